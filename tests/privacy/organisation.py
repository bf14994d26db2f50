"""An organisation in which some incidents are private: what Ben and Chi do, in whatever order a test draws.

Everything that they write on an incident holds its word, which stands nowhere else. Nobody but these two is ever a
member of anything, so that everybody else is an outsider to whatever is private in the end.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from actions.action_items import add_action_item
from actions.alerts.changes import link_alert
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.endings import reopen_incident
from actions.entries import add_entry, pin_event
from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.postmortems.assembly import assemble_postmortem
from actions.reports import report_incident
from actions.roles import assign_role, relinquish_role
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.updates import publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook
from core.errors import DomainError
from core.ids import encode
from models.alert import Alert
from models.chat import ChatMessage
from models.incident import Incident
from models.integration import Integration
from models.words import Audience, EntryKind, PublicStatus, Stage, Visibility
from tests.actions.alerting import Monitor, firing, rule
from tests.world import World

WORDS = ("Zebrafish", "Quokkaland", "Narwhalia", "Axolotine", "Pangolino", "Wombatics")
INSIDERS, OUTSIDERS = ("ben", "chi"), ("eve", "dov", "ada")
FIRST = 2
"""So many there are from the beginning: a private one and an open one."""


class StillClock:
    """A clock that moves only when told: two looks at the same world see the same moments."""

    def __init__(self):
        self.moment = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

    def now(self):
        return self.moment


@dataclass
class Organisation:
    """`await lived(steps)`; a step is (what, which incident, which other one, who)."""

    world: World
    monitor: Monitor = None
    incidents: list = field(default_factory=list)
    """References, in order; the n-th has the n-th word."""
    fired: int = 0
    said: int = 0
    chat: Integration = None

    @classmethod
    async def founded(cls, database):
        self = cls(await World.create(database, database.clock))
        await rule(self.world, service="checkout-api", create_incident="NEVER")
        self.monitor = await Monitor.create(self.world)
        await self.world.do(create_webhook, self.world.ada, url="https://hooks.quillhaven.example/all")
        async with database.unit_of_work() as session:
            connected = {"key": "slack", "vendor": "slack", "name": "Slack", "configuration": {}}
            self.chat = Integration(**connected, created_at=database.clock.now())
            session.add(self.chat)
        return self

    async def lived(self, steps):
        """Carry out steps; those that are refused did nothing. At last somebody writes on what is open to all."""
        await self.declare(Visibility.PRIVATE)
        await self.declare(Visibility.ORGANISATION)
        for what in ("entry", "task", "item", "update", "alert", "role", "say"):
            for which in range(FIRST):
                await self._step(what, which, which, "ben")
        for step in steps:
            await self._step(*step)
        await self.declare(Visibility.ORGANISATION)  # the newest event of all is one that everybody may see

    async def declare(self, visibility, *, report=False):
        word = self.word(len(self.incidents))
        given = {"title": f"{word} is down", "summary": f"{word} fell", "visibility": visibility, "labels": {"a": word}}
        if report:
            made = await self._do("ben", report_incident, **given)
        else:
            lead = {"services": ["checkout-api"], "members": [self.world.id_of("chi")]}
            made = await self._do("ben", declare_incident, severity="SEV1", **given, **lead)
        self.incidents.append(made.reference)

    def word(self, place):
        """The word of the n-th incident."""
        return WORDS[place] if place < len(WORDS) else f"Basilisk{place}"

    async def _do(self, who, action, **given):
        return await self.world.do(action, getattr(self.world, who), **given)

    async def _step(self, what, which, other, who):
        place = which % len(self.incidents)
        ref, into = self.incidents[place], self.incidents[other % len(self.incidents)]
        with suppress(DomainError):
            if what == "declare":
                await self._declare(who, place)
            elif what == "merge":
                await self._do(who, merge_incident, incident=ref, into=into, reason=f"{self.word(place)} again")
            else:
                await getattr(self, f"_{what}")(who, ref, self.word(place))

    async def _declare(self, who, place):
        """Another one, private or open; as long as there are words."""
        if len(self.incidents) < len(WORDS) - 1:
            visibility = Visibility.PRIVATE if place % 2 else Visibility.ORGANISATION
            await self.declare(visibility, report=who == "chi")

    async def _hide(self, who, ref, word):
        await self._do(who, change_visibility, incident=ref, visibility=Visibility.PRIVATE, reason=f"{word} leaked")

    async def _show(self, who, ref, word):
        await self._do(
            who, change_visibility, incident=ref, visibility=Visibility.ORGANISATION, reason=f"{word} is over"
        )

    async def _entry(self, who, ref, word):
        event = await self._do(who, add_entry, incident=ref, kind=EntryKind.NOTE, text=f"{word} notes")
        await self._do(who, pin_event, event=encode("Event", event.id), pinned=True)

    async def _edit(self, who, ref, word):
        await self._do(who, edit_incident, incident=ref, title=f"{word} is slow")

    async def _say(self, who, ref, word):
        """Something in its channel."""
        del who
        self.said += 1
        now = self.world.clock.now()
        place = {"integration_id": self.chat.id, "channel": f"C{ref}", "stamp": f"{self.said}.0", "posted_at": now}
        async with self.world.database.unit_of_work() as session:
            session.add(ChatMessage(incident_id=int(ref.removeprefix("INC-")), **place, body=f"{word}!"))

    async def _task(self, who, ref, word):
        task = await self._do(who, add_task, incident=ref, title=f"Look at {word}")
        await self._do(who, claim_task, task=encode("Task", task.id))

    async def _item(self, who, ref, word):
        await self._do(who, add_action_item, incident=ref, title=f"Mend {word}", owner="payments")

    async def _update(self, who, ref, word):
        await self._do(who, publish_update, incident=ref, audience=Audience.INTERNAL, body=f"{word} is looked at")

    async def _public(self, who, ref, word):
        said = {"audience": Audience.PUBLIC, "body": f"{word} was down", "public_title": f"{word} fails"}
        made = await self._do(who, publish_update, incident=ref, status=PublicStatus.INVESTIGATING, **said)
        if who == "chi":
            await self._do(who, withdraw_update, update=encode("Update", made.id), reason=f"{word} is up")
        else:
            await self._do(who, publish_update, incident=ref, status=PublicStatus.RESOLVED, **said)

    async def _alert(self, who, ref, _word):
        """An alert that everybody could see until it was linked: its name is no secret."""
        self.fired += 1
        await self.monitor.sends(firing(f"host-{self.fired}"), key=f"group-{self.fired}")
        async with self.world.database.reading() as reader:
            newest = await reader.scalar(select(Alert.id).order_by(Alert.id.desc()).limit(1))
        await self._do(who, link_alert, alert=encode("Alert", newest), incident=ref)

    async def _role(self, who, ref, _word):
        await self._do(who, assign_role, incident=ref, role="commander", user=self.world.id_of(who))

    async def _unrole(self, who, ref, _word):
        await self._do(who, relinquish_role, incident=ref, role="commander")

    async def _join(self, _who, ref, _word):
        await self._do("ben", add_member, incident=ref, user=self.world.id_of("chi"))

    async def _leave(self, _who, ref, _word):
        await self._do("ben", remove_member, incident=ref, user=self.world.id_of("chi"))

    async def _resolve(self, who, ref, word):
        await self._do(who, change_stage, incident=ref, stage=Stage.RESOLUTION, note=f"{word} is well")
        await assemble_postmortem(self.world.database, int(ref[4:]))

    async def _reopen(self, who, ref, word):
        await self._do(who, reopen_incident, incident=ref, reason=f"{word} is ill")

    async def hidden(self):
        """The references of what is private in the end."""
        async with self.world.database.reading() as reader:
            rows = await reader.execute(select(Incident.id).where(Incident.visibility == Visibility.PRIVATE))
        return sorted((f"INC-{row.id}" for row in rows), key=lambda ref: int(ref[4:]))


STEPS = (
    *("declare", "hide", "show", "entry", "edit", "task", "item", "update", "public", "alert"),
    *("role", "unrole", "join", "leave", "merge", "merge", "resolve", "reopen", "say"),
)
"""What may happen."""
