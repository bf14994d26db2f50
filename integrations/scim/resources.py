"""The resources of SCIM as Muster keeps them (RFC 7643 §4): what `/Schemas` publishes, and what is read of a request.

Published is what is kept, and nothing else: whatever more a directory sends is passed over (`POLICY`), so that no
attribute seems to be stored that is not. Requests are read with wider models, because directories write what they may
only read (an `emails` that repeats the userName, the `primary` of the only role).
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    Returned,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models.urn import URN

MOST_RESULTS = 100
"""Resources in one answer."""

POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""As Microsoft Entra needs it."""

USER = URN("urn:ietf:params:scim:schemas:core:2.0:User")
GROUP = URN("urn:ietf:params:scim:schemas:core:2.0:Group")
ROLES = ["viewer", "responder", "manager", "admin"]


class Name(ComplexAttribute):
    """The parts of a name."""

    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """The userName once more, for directories that look for it here."""

    value: Annotated[str | None, Mutability.read_only] = None
    type: Annotated[str | None, Mutability.read_only] = None
    primary: Annotated[bool | None, Mutability.read_only] = None


class Membership(ComplexAttribute):
    """A group that a person is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class Role(ComplexAttribute):
    """What a person may do."""

    value: str | None = Field(None, examples=ROLES[:3])


class User(Resource[Any]):
    """A person who works with Muster."""

    __schema__ = USER

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(
        None, description="The e-mail address by which the person signs in."
    )
    name: Name | None = None
    display_name: Annotated[str | None, Required.true] = Field(
        None, description="The name that is shown; made of the others if it is not sent."
    )
    active: Annotated[bool | None, Required.true] = Field(
        None, description="Whether the person may come in; true if it is not sent. False ends all their access at once."
    )
    emails: Annotated[list[Email] | None, Mutability.read_only] = Field(None, description="The userName.")
    roles: Annotated[list[Role] | None, Required.true] = Field(
        None, description="The one access role; responder if it is not sent. Only an admin can make and unmake admins."
    )
    groups: Annotated[list[Membership] | None, Mutability.read_only] = None


class Member(ComplexAttribute):
    """A person in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    display: Annotated[str | None, Mutability.read_only, Returned.request] = None


class Group(Resource[Any]):
    """A team. Directories keep its name and who is in it; services and action items stay its own."""

    __schema__ = GROUP

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    members: list[Member] | None = None


class WrittenName(Name):
    """A name as directories write it."""

    formatted: str | None = None


class WrittenItem(ComplexAttribute):
    """An entry of a list as directories write it: more than is kept of it."""

    value: str | None = None
    type: str | None = None
    display: str | None = None
    primary: bool | None = None


class WrittenUser(Resource[Any]):
    """A person as directories write them; integrations.scim.people says what of it counts."""

    __schema__ = USER

    user_name: Annotated[str | None, Required.true] = None
    name: WrittenName | None = None
    display_name: str | None = None
    active: bool | None = None
    emails: list[WrittenItem] | None = None
    roles: list[WrittenItem] | None = None


class WrittenMember(ComplexAttribute):
    """A member as directories write it."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: str | None = Field(None, serialization_alias="$ref", validation_alias="$ref")
    type: str | None = None
    display: str | None = None


class WrittenGroup(Resource[Any]):
    """A group as directories write it."""

    __schema__ = GROUP

    display_name: Annotated[str | None, Required.true] = None
    members: list[WrittenMember] | None = None

    Members: ClassVar[type[ComplexAttribute]] = WrittenMember


CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token of a service account with the scope admin:people, in the Authorization header.",
            spec_uri="https://www.rfc-editor.org/info/rfc6750",
            primary=True,
        )
    ],
)

PROVIDER = ScimProvider(models=[User, Group], config=CONFIG, policy=POLICY)
"""What the discovery endpoints tell (RFC 7644 §4)."""
