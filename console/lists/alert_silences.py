"""Silencing what is like several alerts: one silence for those that say the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from actions.alerts.silences import save_silence
from auth.visibility import visible_alerts
from console.alike import labels_like
from console.desk import Desk
from console.fields import Fields
from console.lists.each import KEY_LENGTH, Line
from console.posting import KEY
from core.errors import DomainError, not_found
from core.ids import decode_as, encode
from models.alert import Alert
from resolvers.mutations.perform import Deed, carry_out, of_row
from resolvers.rows import by_key


async def silence_each(desk: Desk, fields: Fields, references: Sequence[str], span: timedelta) -> list[Line]:
    """Set the silences that alerts need, each once; what became of each alert's.

    A refused one leaves the others as they are. Alerts that are not there for the viewer are NOT_FOUND, as elsewhere.
    """
    reason = fields["reason"]
    keys = {reference: decode_as("Alert", reference, "alert") for reference in references}
    known = await by_key(desk.ctx, Alert, keys.values(), visible_alerts(desk.actor))
    wanted: dict[str, tuple[dict[str, Any], list[str]]] = {}
    lines: list[Line] = []
    for reference, key in keys.items():
        if (alert := known.get(key)) is None:
            lines.append(Line(reference, not_found("alert", "alert", reference)))
            continue
        given = {"matchers": labels_like(alert.labels), "source": encode("AlertSource", alert.source_id)}
        wanted.setdefault(repr(given), (given, []))[1].append(reference)
    sent, until = fields.text(KEY)[:KEY_LENGTH], desk.now + span
    for given, alike in wanted.values():
        key_of_form = f"{sent} {alike[0][:KEY_LENGTH]}" if sent else None
        refused: DomainError | None = None
        try:
            told = {**given, "reason": reason, "ends_at": until}
            await carry_out(desk.ctx, "saveSilence", told, Deed(save_silence, of_row), idempotency_key=key_of_form)
        except DomainError as error:
            refused = error
        lines += [Line(reference, refused) for reference in alike]
    return lines
