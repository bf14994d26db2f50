"""Facts about words, and about people, that are gone."""

from models.facts.base import Fact, Names, fact


@fact("text.erased", audited=True)
class TextErased(Fact):
    """An admin erased words for good. `event_ids`: the events that had them as their text.

    They were those of an update (`audience`: whom it addressed), of an update of planned work, of a postmortem for
    customers, or of the line of a timeline with a `number`; without any of these, of a line of the audit trail.
    """

    reason: str
    event_ids: list[int]
    update_id: int | None = None
    audience: str | None = None
    maintenance_id: int | None = None
    maintenance_update_id: int | None = None
    public_postmortem_id: int | None = None
    number: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} erased the text of {self._what()}: {self.reason}"

    def _what(self) -> str:
        if self.update_id is not None:
            return "a public update" if self.audience == "PUBLIC" else "an internal update"
        if self.maintenance_update_id is not None:
            return "an update of planned work"
        if self.public_postmortem_id is not None:
            return "the postmortem for customers"
        return f"entry {self.number}" if self.number is not None else "a line of the audit trail"


@fact("person.erased", audited=True)
class PersonErased(Fact):
    """Who a person was is not known any more. `rows`: of what how many rows were erased."""

    user_id: int
    reason: str
    rows: dict[str, int] | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} erased a person, who is {names.of('user', self.user_id)} from now on: {self.reason}"
