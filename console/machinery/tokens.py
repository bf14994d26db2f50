"""`/console/settings/tokens`: what acts for people without them, and where they are signed in; and how that ends."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.oauth.clients import create_oauth_client, revoke_oauth_client
from actions.sessions import revoke_session, revoke_sessions
from actions.tokens import create_token, revoke_token, rotate_token
from auth.permission import Permission, may, require
from auth.scope import SCOPES, WORDS
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery.frame import back, machine_page
from console.posting import Refused, do, posted, to
from console.settings.areas import area_of
from core.errors import DomainError, invalid
from core.ids import encode
from models.words import AccessRole, ActorKind
from resolvers import access
from resolvers.mutations.perform import Given, Outcome
from resolvers.people import Who, names

AREA = "tokens"
PATH = area_of(AREA).path
TOKEN, CLIENT = "token", "client"
ROLES = tuple(AccessRole)
DAYS = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"))
USUAL_DAYS = "90"
USE = "Send it as the header `Authorization: Bearer …`."
USE_CLIENT = "Its program fetches tokens at `/oauth/token` with this and with its client ID."


async def index(desk: Desk) -> Response:
    """One's own; with `?all=yes`, for whoever keeps people, everybody's."""
    return await _page(desk)


async def _page(desk: Desk, refused: Refused | None = None) -> Response:
    keeps = may(desk.actor, Permission.ADMINISTER_PEOPLE)
    everybody = keeps and asked(desk.request).flag("all")
    return await machine_page(
        desk,
        AREA,
        "machinery/tokens.html",
        refused=refused,
        everybody=everybody,
        keeps=keeps,
        roles=[(role.value, role.lower()) for role in ROLES if _reaches(desk, role)],
        scopes=[(scope.value, WORDS[scope]) for scope in SCOPES],
        days=DAYS,
        usual=USUAL_DAYS,
        **(await _all(desk) if everybody else await _own(desk)),
    )


def _reaches(desk: Desk, role: AccessRole) -> bool:
    """Whether the viewer's tokens may have a role: no more than their own."""
    return desk.actor.access_role is not None and ROLES.index(role) <= ROLES.index(desk.actor.access_role)


async def _own(desk: Desk) -> dict[str, Any]:
    me = [Who(ActorKind.USER, desk.actor.user_id)]
    tokens = (await access.own_tokens(desk.ctx, me))[0] or []
    sessions = (await access.own_sessions(desk.ctx, me))[0] or []
    return {"tokens": await _tokens(desk, tokens), "sessions": await _sessions(desk, sessions), "accounts": []}


async def _all(desk: Desk) -> dict[str, Any]:
    accounts = [row for row in await access.service_accounts(desk.ctx) if not row.archived]
    clients = await access.clients_of_accounts(desk.ctx, accounts)
    return {
        "tokens": await _tokens(desk, await access.tokens(desk.ctx)),
        "sessions": await _sessions(desk, await access.sessions(desk.ctx)),
        "accounts": [
            (account, encode("ServiceAccount", account.id), [(row, encode("OAuthClient", row.id)) for row in own])
            for account, own in zip(accounts, clients, strict=True)
        ],
    }


async def _tokens(desk: Desk, rows: Any) -> list[tuple[Any, ...]]:
    """Each token with its id, whose it is, whether that is the viewer, and whether the viewer may rotate it."""
    owners = [
        Who(ActorKind.USER, row.user_id) if row.user_id else Who(ActorKind.SERVICE_ACCOUNT, row.service_account_id)
        for row in rows
    ]
    called = await names(desk.ctx, owners)
    return [
        (row, encode("Token", row.id), name, row.user_id == desk.actor.user_id, _rotates(desk, row))
        for row, name in zip(rows, called, strict=True)
    ]


def _rotates(desk: Desk, row: Any) -> bool:
    own = row.user_id is not None and row.user_id == desk.actor.user_id
    kept = row.service_account_id is not None and may(desk.actor, Permission.ADMINISTER_PEOPLE)
    return (own or kept) and row.rotated_at is None and row.oauth_client_id is None


async def _sessions(desk: Desk, rows: Any) -> list[tuple[Any, ...]]:
    called = await names(desk.ctx, [Who(ActorKind.USER, row.user_id) for row in rows])
    current = await access.is_current_session(desk.ctx, rows)
    return [(row, encode("Session", row.id), name, here) for row, name, here in zip(rows, called, current, strict=True)]


async def create(desk: Desk, fields: Fields) -> Response:
    """A token of one's own, shown once."""
    try:
        days = fields.number("days")
        given: Given = {
            "name": fields["name"],
            "access_role": fields.one_of("access_role", {role.value: role for role in ROLES}),
            "scopes": fields.all("scopes") or None,
            "networks": fields.text("networks").split() or None,
            "expires_at": _until(desk, days),
        }
        made = await do(desk, fields, "createToken", create_token, **given)
    except DomainError as error:
        return await _page(desk, back(TOKEN, fields, error))
    return await shown_once(desk, f"Token {fields['name']}", made, USE)


def _until(desk: Desk, days: int | None) -> Any:
    """When a token ends; in whole minutes, so that the same form sent twice asks for the same."""
    if days is None:
        raise invalid("days", "Say how long it is good.", "Choose a time.")
    return None if days == 0 else desk.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


async def rotate(desk: Desk, fields: Fields) -> Response:
    """A successor, shown once; the old one ends in an hour."""
    try:
        made = await do(desk, fields, "rotateToken", rotate_token, token=desk.request.path_params["id"])
    except DomainError as error:
        return await _page(desk, back("rotate", fields, error))
    return await shown_once(desk, "The token's successor", made, f"{USE} The old one is good for an hour from now.")


async def revoke(desk: Desk, fields: Fields) -> Response:
    """End a token at once."""
    await do(desk, fields, "revokeToken", revoke_token, token=desk.request.path_params["id"])
    return to(f"{PATH}?done=revoked{_scope(fields)}")


async def end_session(desk: Desk, fields: Fields) -> Response:
    """End a session at once."""
    await do(desk, fields, "endSession", revoke_session, session=desk.request.path_params["id"])
    return to(f"{PATH}?done=ended{_scope(fields)}")


async def end_sessions(desk: Desk, fields: Fields) -> Response:
    """End all sessions of the viewer, this one included."""
    await do(desk, fields, "endSessions", revoke_sessions, user=encode("User", desk.actor.user_id or 0))
    return to("/auth/login")


async def create_client(desk: Desk, fields: Fields) -> Response:
    """An OAuth client of a service account; its secret is shown once."""
    require(desk.actor, Permission.ADMINISTER_PEOPLE)
    try:
        given: Given = {
            "service_account": fields["service_account"],
            "name": fields["name"],
            "access_role": fields.one_of("access_role", {role.value: role for role in ROLES}),
            "scopes": fields.all("scopes") or None,
            "networks": fields.text("networks").split() or None,
        }
        made = await do(desk, fields, "createOAuthClient", create_oauth_client, **given)
    except DomainError as error:
        return await _page(desk, back(CLIENT, fields, error))
    name = made.row.client_id if made.row is not None else fields["name"]
    return await shown_once(desk, f"OAuth client {name}", made, USE_CLIENT)


async def end_client(desk: Desk, fields: Fields) -> Response:
    """End a client and all tokens that it fetched."""
    await do(desk, fields, "revokeOAuthClient", revoke_oauth_client, client=desk.request.path_params["id"])
    return to(f"{PATH}?done=revoked&all=yes")


def _scope(fields: Fields) -> str:
    return "&all=yes" if fields.flag("all") else ""


async def shown_once(desk: Desk, what: str, made: Outcome, use: str, *, key: str = AREA) -> Response:
    """The page with a secret, for this once; a form that was sent twice says that it was shown before."""
    return await machine_page(desk, key, "machinery/secret.html", what=what, secret=made.secret, use=use)


async def home(_: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(PATH)


def routes() -> list[BaseRoute]:
    """Its routes."""
    posts = {
        f"{PATH}/new": create,
        f"{PATH}/clients/new": create_client,
        f"{PATH}/clients/{{id}}/revoke": end_client,
        f"{PATH}/sessions/end": end_sessions,
        f"{PATH}/sessions/{{id}}/end": end_session,
        f"{PATH}/{{id}}/rotate": rotate,
        f"{PATH}/{{id}}/revoke": revoke,
    }
    return [
        Route(PATH, view(index)),
        *(Route(path, posted(act), methods=["POST"]) for path, act in posts.items()),
        *(Route(path, view(home)) for path in posts),
    ]
