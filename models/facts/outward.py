"""Facts about what was done at vendors for an incident, and how the accounts there are."""

from dataclasses import field

from models.facts.base import Fact, Names, fact
from models.words import OutwardVerb, PageChange

DONE = {
    OutwardVerb.OPEN_BRIDGE: "opened the bridge",
    OutwardVerb.OPEN_TICKET: "opened the ticket",
    OutwardVerb.OPEN_CHANNEL: "opened the channel",
    OutwardVerb.ARCHIVE_CHANNEL: "archived the channel",
    OutwardVerb.PAGE: "paged who is on call",
    OutwardVerb.ACKNOWLEDGE_PAGE: "took note that the page is acknowledged",
    OutwardVerb.RESOLVE_PAGE: "took note that the page is resolved",
    OutwardVerb.FOLLOW_CHANNEL: "brought the channel up to date",
    OutwardVerb.ANNOUNCE: "announced the incident",
    OutwardVerb.FOLLOW_ANNOUNCEMENT: "brought the announcement up to date",
    OutwardVerb.RELAY_UPDATE: "passed the update on",
    OutwardVerb.SAY: "said in the channel what it was to say",
    OutwardVerb.COMMENT_TICKET: "commented on the ticket",
    OutwardVerb.FOLLOW_TICKET: "brought the ticket up to date",
}
"""What was done, by verb."""
TO_DO = {
    OutwardVerb.OPEN_BRIDGE: "open the bridge",
    OutwardVerb.OPEN_TICKET: "open the ticket",
    OutwardVerb.OPEN_CHANNEL: "open the channel",
    OutwardVerb.ARCHIVE_CHANNEL: "archive the channel",
    OutwardVerb.PAGE: "page who is on call",
    OutwardVerb.ACKNOWLEDGE_PAGE: "be told that the page is acknowledged",
    OutwardVerb.RESOLVE_PAGE: "be told that the page is resolved",
    OutwardVerb.FOLLOW_CHANNEL: "bring the channel up to date",
    OutwardVerb.ANNOUNCE: "announce the incident",
    OutwardVerb.FOLLOW_ANNOUNCEMENT: "bring the announcement up to date",
    OutwardVerb.RELAY_UPDATE: "pass the update on",
    OutwardVerb.SAY: "say something in the channel",
    OutwardVerb.COMMENT_TICKET: "comment on the ticket",
    OutwardVerb.FOLLOW_TICKET: "bring the ticket up to date",
}


@fact("outward.done")
class OutwardDone(Fact):
    """Something was done at a vendor for the incident."""

    action_id: int
    integration_id: int
    verb: OutwardVerb
    url: str | None = None
    uninvited_user_ids: list[int] = field(default_factory=list)
    """Members of the incident whom the vendor does not know, or can't let in."""
    refused: str | None = None
    """What the vendor refused of it, in words that say what to mend."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        vendor = names.of("integration", self.integration_id)
        said = f"{vendor} {DONE[OutwardVerb(self.verb)]}"
        whole = f"{said}: {self.url}" if self.url else f"{said}."
        if self.uninvited_user_ids:
            people = ", ".join(names.of("user", key) for key in self.uninvited_user_ids)
            whole = f"{whole} (not invited, as {vendor} does not take them in: {people})"
        return f"{whole} Not all of it could be done. {self.refused}" if self.refused else whole


@fact("outward.failed")
class OutwardFailed(Fact):
    """Something could not be done at a vendor for the incident; `error` says what to mend."""

    action_id: int
    integration_id: int
    verb: OutwardVerb
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        name = names.of("integration", self.integration_id)
        return f"{name} could not {TO_DO[OutwardVerb(self.verb)]}: {self.error}"


@fact("ticket.closed")
class TicketClosed(Fact):
    """Somebody closed the incident's ticket where it is kept. The incident stays in its stage.

    `ticket` is what the vendor calls it, `status` how it says that it is closed.
    """

    action_id: int
    integration_id: int
    ticket: str
    status: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"The ticket {self.ticket} was closed in {names.of('integration', self.integration_id)} ({self.status})."


@fact("ticket.reopened")
class TicketReopened(Fact):
    """Somebody reopened the incident's ticket where it is kept. The incident stays in its stage."""

    action_id: int
    integration_id: int
    ticket: str
    status: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        vendor = names.of("integration", self.integration_id)
        return f"The ticket {self.ticket} was reopened in {vendor} ({self.status})."


HEARD = {
    PageChange.ACKNOWLEDGED: ("acknowledged the page", "the page was acknowledged"),
    PageChange.UNACKNOWLEDGED: ("took the acknowledgement back", "nobody has the page any more"),
    PageChange.RESOLVED: ("resolved the page", "the page was resolved"),
    PageChange.REOPENED: ("reopened the page", "the page was reopened"),
    PageChange.REASSIGNED: ("reassigned the page", "the page was reassigned"),
    PageChange.ESCALATED: ("escalated the page", "the page was escalated"),
    PageChange.ANNOTATED: ("wrote a note on the page", "a note was written on the page"),
    PageChange.RESPONDER_ADDED: ("asked a responder to join", "a responder was asked to join"),
    PageChange.RESPONDER_REPLIED: ("answered whether they join", "a responder answered whether they join"),
}
"""What became of a page: done by somebody whom we know, and by somebody else."""


@fact("page.heard")
class PageHeard(Fact):
    """A pager's vendor told what became of the incident's page there.

    `user_id`: who did it, if it is one of us; `note`: who it was otherwise, or what they wrote; `delivery`: what the
    vendor calls this piece of news.
    """

    action_id: int
    integration_id: int
    change: PageChange
    delivery: str
    user_id: int | None = None
    note: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        vendor = names.of("integration", self.integration_id)
        by_us, by_others = HEARD[PageChange(self.change)]
        said = f"{names.of('user', self.user_id)} {by_us} in {vendor}" if self.user_id else f"{vendor}: {by_others}"
        return f"{said} ({self.note})." if self.note else f"{said}."


@fact("page.acknowledged")
class PageAcknowledged(Fact):
    """Somebody here took what stands at pagers for the incident."""

    action_ids: list[int]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} acknowledged the page." if len(self.action_ids) == 1 else f"{who} acknowledged the pages."


@fact("page.repeated")
class PageRepeated(Fact):
    """Who is on call is to be paged once more, though a page stands."""

    action_id: int
    integration_id: int
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} had {names.of('integration', self.integration_id)} page once more: {self.reason}"


@fact("integration.failing")
class IntegrationFailing(Fact):
    """An integration ceased to work. Told once, not at each attempt."""

    integration_id: int
    error: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('integration', self.integration_id)} does not work: {self.error}"


@fact("integration.recovered")
class IntegrationRecovered(Fact):
    """An integration works again."""

    integration_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('integration', self.integration_id)} works again."


@fact("integration.checked")
class IntegrationChecked(Fact):
    """An integration was examined; what was found stands on it."""

    integration_id: int
    good: bool

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        found = "found nothing wrong" if self.good else "found something to mend"
        return f"An examination of {names.of('integration', self.integration_id)} {found}."
