"""What goes with a person's role."""

from models.person import User
from models.words import AccessRole

Changed = dict[str, object]


def give_access_role(user: User, role: AccessRole, changed: Changed) -> None:
    """Give a person a role, and note in `changed` what that changes.

    The explicit right to see private incidents is an admin's, and goes with that role (ADR 0013).
    """
    if role is not user.access_role:
        changed["access_role"] = {"from": user.access_role.value, "to": role.value}
        user.access_role = role
    if user.sees_private and role is not AccessRole.ADMIN:
        user.sees_private = False
        changed["sees_private"] = {"from": True, "to": False}
