"""Service accounts: who scripts and bots are."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME, begin
from actions.record import now, record, record_saved
from actions.standing import require_standing
from actions.token_bounds import refuse_bound_maker
from actions.violations import flush
from auth.actor import Actor
from auth.permission import Permission, require
from auth.reach import require_reach
from core.errors import invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.access import AccessToken, OAuthClient, ServiceAccount
from models.facts.access import AccessRevoked
from models.words import AccessRole, Visibility


async def create_service_account(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str,
    access_role: AccessRole,
    issuer: str | None = None,
    subject: str | None = None,
) -> ServiceAccount:
    """Add a service account. It can do nothing before a token or a client is made for it.

    With `issuer` and `subject` it can act at once by that issuer's access tokens (auth.external), if the settings trust
    it. INVALID_INPUT for one without the other, CONFLICT if that subject is another account.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    require_reach(actor, access_role, None)
    if (issuer is None) != (subject is None):
        raise invalid(
            "issuer" if issuer is None else "subject",
            "An account that another issuer vouches for has both an issuer and a subject.",
            "Send `iss` and `sub` exactly as its access tokens have them.",
        )
    await require_standing(session, actor)
    if issuer is not None:
        await refuse_bound_maker(session)
    account = ServiceAccount(
        name=check.text(name, "name", limit=NAME),
        access_role=access_role,
        issuer=check.optional_text(issuer, "issuer", limit=check.LINE),
        subject=check.optional_text(subject, "subject", limit=check.LINE),
        created_at=now(session),
    )
    session.add(account)
    await flush(session)
    changed = {"access_role": {"from": None, "to": access_role}}
    record_saved(session, actor, "service_account", account.id, changed, created=True)
    return account


async def save_service_account(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str,  # noqa: A002 (the input's name)
    name: str | Unset | None = UNSET,
    access_role: AccessRole | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> ServiceAccount:
    """Change a service account. Its tokens and clients never reach beyond its role, and end when it is archived."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    saving = await begin(session, ServiceAccount, id)
    await require_standing(session, actor)
    role = saving.given("access_role", access_role)
    if not isinstance(role, Unset) and role is not saving.row.access_role:
        require_reach(actor, role, None)
    saving.text("name", name)
    saving.set("access_role", role)
    if saving.archive(archived):
        await _end_credentials(session, actor, saving.row)
    await saving.write()
    saving.record(actor)
    return saving.row


async def _end_credentials(session: AsyncSession, actor: Actor, account: ServiceAccount) -> None:
    for noun, model in (("oauth_client", OAuthClient), ("token", AccessToken)):
        ended = await session.scalars(
            update(model)
            .where(model.service_account_id == account.id, model.revoked_at.is_(None))
            .values(revoked_at=now(session))
            .returning(model.id)
        )
        for key in sorted(ended):
            record(session, actor, AccessRevoked(noun=noun, key=key), visibility=Visibility.PRIVATE)


async def find_account(session: AsyncSession, reference: str) -> ServiceAccount:
    """The service account that is to be given a credential, locked against being archived meanwhile.

    NOT_FOUND, and INVALID_INPUT for one that is archived.
    """
    key = decode_as("ServiceAccount", reference, "service_account")
    found = await session.get(ServiceAccount, key, with_for_update={"read": True, "key_share": True})
    if found is None:
        raise not_found("service_account", "service account", reference)
    if found.archived:
        raise invalid("service_account", f"{found.name} is archived.", "Bring it back first, or choose another.")
    return found


async def service_account_named(session: AsyncSession, name: str) -> ServiceAccount | None:
    """The service account in use with a name, the newest if there are several."""
    named = select(ServiceAccount).where(ServiceAccount.name == name, ServiceAccount.archived_at.is_(None))
    return (await session.scalars(named.order_by(ServiceAccount.id.desc()).limit(1))).first()
