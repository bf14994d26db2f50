"""The pages of alert sources beyond those of a list: the secret that a sender signs with."""

from dataclasses import replace
from typing import Any, cast

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from strawberry.scalars import JSON

from actions.alerts.source_secrets import set_alert_source_secret
from actions.alerts.sources import EMAIL, GENERIC
from actions.alerts.unread import replay_unread
from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings.alert_sources import PATTERNS, mapped
from console.settings.field import Choice, Control
from console.settings.form import CLOSED, FORM, read_all
from console.settings.frame import area_page
from console.settings.keeping import Keeping
from console.settings.source_kinds import KINDS
from core.errors import DomainError
from resolvers.mutations.perform import Given
from resolvers.source_preview import alert_source_preview

PREVIEW = "_preview"
LIVE = "_live"
"""That somebody is still writing: what fails is told beside the body, and without a body nothing is."""


def _for_mail(control: Control) -> Control:
    """The table of expressions as that of the two patterns for subjects."""
    hint = (
        "Regular expressions (RE2; “(?i)” at the beginning for any case) where the usual reading of subjects does not"
        " do, as the guide to alert sources says."
    )
    named = replace(control.field, label="How its subjects are read", hint=hint)
    offered = {**control.offered, "name": [Choice(name, words) for name, words in PATTERNS.items()]}
    return replace(control, field=named, offered=offered)


class SourcePages(Keeping):
    """The pages of alert sources."""

    async def secret(self, desk: Desk, fields: Fields) -> Response:
        """Give a source a secret, or replace it; one that was made is shown once."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        reference = self.ledger.reference(row)
        given: Given = {"source": reference}
        if fields.optional("secret") is not None:
            given["secret"] = fields.text("secret")
        try:
            minutes = fields.number("overlap_minutes")
            if minutes is not None:
                given["overlap_minutes"] = minutes
            made = await do(desk, fields, "setAlertSourceSecret", set_alert_source_secret, **given)
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, await self.row(desk), Refused("secret", fields, error))
        if "secret" in given:
            return to(f"{self.area.path}/{reference}?done=secret-set")
        return await area_page(
            desk,
            self.ledger.area,
            "settings/secret.html",
            what="Secret of the alert source",
            secret=made.secret,
            sample=None,
            use=KINDS[row.kind].secret,
            back=f"{self.area.path}/{reference}",
            back_words="Back to the source",
        )

    async def no_secret(self, desk: Desk, fields: Fields) -> Response:
        """Take the secret away."""
        require(desk.actor, self.area.permission)
        reference = self.ledger.reference(await self.row(desk))
        await do(desk, fields, "setAlertSourceSecret", set_alert_source_secret, source=reference, secret=None)
        return to(f"{self.area.path}/{reference}?done=secret-gone")

    async def replay(self, desk: Desk, fields: Fields) -> Response:
        """Have a delivery read again that could not be."""
        require(desk.actor, self.area.permission)
        row = await self.row(desk)
        try:
            await do(desk, fields, "replayUnreadDelivery", replay_unread, delivery=fields["delivery"])
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, row, Refused("replay", fields, error))
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done=replayed")

    async def change(self, desk: Desk, fields: Fields) -> Response:
        """Change it, or show what its expressions make of a body."""
        if PREVIEW not in fields:
            return await super().change(desk, fields)
        require(desk.actor, self.area.permission)
        row, live = await self.row(desk), LIVE in fields
        if live and not fields.text("body"):
            return await self.of_row(desk, row, Refused(FORM, fields, None))
        try:
            mapping = mapped(await read_all(desk, self.ledger.fields, fields, new=False))["mapping"]
            body = fields.text("body")
            found = await alert_source_preview(desk.ctx, mapping=cast("JSON", mapping), body=body, kind=row.kind)
        except DomainError as error:
            said = {"live_fault": error} if live else {}
            return await self.of_row(desk, row, Refused(FORM, fields, error), **said)
        return await self.of_row(desk, row, Refused(FORM, fields, None), preview=found)

    async def _page(self, desk: Desk, template: str, *, refused: Refused | None = None, **values: Any) -> Response:
        row = values.get("row")
        if row is not None and row.kind == EMAIL:
            values["controls"] = [
                _for_mail(each) if each.field.name == "mapping" else each for each in values["controls"]
            ]
        elif row is not None and row.kind != GENERIC:
            values["controls"] = [each for each in values["controls"] if each.field.name != "mapping"]
        return await super()._page(desk, template, refused=refused, **values)

    def routes(self) -> list[BaseRoute]:
        """Those of a list, and the secret."""
        one = f"{self.area.path}/{{id}}"
        steps = [("secret", self.secret), ("no-secret", self.no_secret), ("replay", self.replay)]
        made = [Route(f"{one}/{name}", posted(step), methods=["POST"]) for name, step in steps]
        return [*super().routes(), *made, *(Route(f"{one}/{name}", view(self.back)) for name, _ in steps)]
