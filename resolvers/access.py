"""Credentials: tokens, service accounts, browser sessions. One's own are for oneself, all for whoever keeps people."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Select, select

from auth.permission import Permission, require
from core.ids import decode_as
from models.access import AccessToken, BrowserSession, OAuthClient, ServiceAccount, good_tokens
from resolvers.context import Context
from resolvers.people import Who
from resolvers.rows import children

MOST = 1000
"""How many of them a list holds at most."""


async def service_accounts(ctx: Context) -> list[ServiceAccount]:
    """All service accounts, the newest first, archived ones last."""
    order = (ServiceAccount.archived_at.is_not(None), ServiceAccount.id.desc())
    return await ctx.reader.rows(ServiceAccount, select(ServiceAccount).order_by(*order).limit(MOST))


async def tokens(ctx: Context, *, user: strawberry.ID | None = None) -> list[AccessToken]:
    """The tokens that are good, the newest first; with `user`, those of one person."""
    chosen = [] if user is None else [AccessToken.user_id == decode_as("User", user, "user")]
    return await ctx.reader.rows(AccessToken, _tokens(ctx, *chosen))


async def sessions(ctx: Context, *, user: strawberry.ID | None = None) -> list[BrowserSession]:
    """The browser sessions that are good, the newest first; with `user`, those of one person."""
    chosen = [] if user is None else [BrowserSession.user_id == decode_as("User", user, "user")]
    return await ctx.reader.rows(BrowserSession, _sessions(ctx, *chosen))


async def own_tokens(ctx: Context, actors: Sequence[Who]) -> list[list[AccessToken] | None]:
    """The viewer's own tokens; None for other actors. Needs READ, as everything does that is kept."""
    mine = (
        AccessToken.user_id == ctx.actor.user_id
        if ctx.actor.user_id is not None
        else AccessToken.service_account_id == ctx.actor.service_account_id
    )
    known = ctx.actor.user_id is not None or ctx.actor.service_account_id is not None
    if not known or not any(_viewer(ctx, actor) for actor in actors):
        return [None] * len(actors)
    require(ctx.actor, Permission.READ)
    found = await ctx.reader.rows(AccessToken, _tokens(ctx, mine))
    return [found if _viewer(ctx, actor) else None for actor in actors]


async def own_sessions(ctx: Context, actors: Sequence[Who]) -> list[list[BrowserSession] | None]:
    """The viewer's own sessions; None for other actors, and for scripts, which have none."""
    if ctx.actor.user_id is None or not any(_viewer(ctx, actor) for actor in actors):
        return [None] * len(actors)
    require(ctx.actor, Permission.READ)
    found = await ctx.reader.rows(BrowserSession, _sessions(ctx, BrowserSession.user_id == ctx.actor.user_id))
    return [found if _viewer(ctx, actor) else None for actor in actors]


async def tokens_of_accounts(ctx: Context, accounts: Sequence[ServiceAccount]) -> list[list[AccessToken]]:
    """The tokens of each service account that are good, the newest first."""
    keys = {account.id for account in accounts}
    good = _tokens(ctx, AccessToken.service_account_id.in_(keys)).add_columns(
        AccessToken.service_account_id.label("owner")
    )
    found: dict[int, list[AccessToken]] = await children(ctx, AccessToken, good)
    return [found.get(account.id, []) for account in accounts]


async def clients_of_accounts(ctx: Context, accounts: Sequence[ServiceAccount]) -> list[list[OAuthClient]]:
    """The OAuth clients of each service account that were not revoked, the newest first."""
    keys = {account.id for account in accounts}
    good = (
        select(OAuthClient, OAuthClient.service_account_id.label("owner"))
        .where(OAuthClient.service_account_id.in_(keys), OAuthClient.revoked_at.is_(None))
        .order_by(OAuthClient.id.desc())
        .limit(MOST)
    )
    found: dict[int, list[OAuthClient]] = await children(ctx, OAuthClient, good)
    return [found.get(account.id, []) for account in accounts]


async def is_current_token(ctx: Context, tokens: Sequence[AccessToken]) -> list[bool]:
    """Whether it is the token that asks."""
    return [token.id == ctx.identity.token_id for token in tokens]


async def is_current_session(ctx: Context, sessions: Sequence[BrowserSession]) -> list[bool]:
    """Whether it is the session that asks."""
    return [session.id == ctx.identity.session_id for session in sessions]


def _viewer(ctx: Context, who: Who) -> bool:
    return who.id is not None and (who.kind, who.id) == (ctx.actor.kind, ctx.actor.id)


def _tokens(ctx: Context, *conditions: ColumnElement[bool]) -> Select[Any]:
    rows = select(AccessToken).where(good_tokens(ctx.runtime.database.clock.now()), *conditions)
    return rows.order_by(AccessToken.id.desc()).limit(MOST)


def _sessions(ctx: Context, *conditions: ColumnElement[bool]) -> Select[Any]:
    now, idle = ctx.runtime.database.clock.now(), timedelta(hours=ctx.runtime.settings.session_idle_hours)
    good = (
        BrowserSession.revoked_at.is_(None),
        BrowserSession.expires_at > now,
        BrowserSession.last_seen_at > now - idle,
    )
    return select(BrowserSession).where(*good, *conditions).order_by(BrowserSession.id.desc()).limit(MOST)
