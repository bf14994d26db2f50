"""What contributed: several kinds of factors, from a list that admins keep, and never a person."""

from dataclasses import dataclass

import pytest

from actions.postmortems.factors import choose_factors, save_factor_kind
from actions.postmortems.reassembly import reassemble_postmortem
from core.errors import DomainError, ErrorCode
from models.words import PostmortemStatus
from tests.actions.postmortems.incident import assemble, resolved, written


@dataclass
class Chosen:
    kind: str
    note: str | None = None


async def test_chosen_factors_stand_as_what_people_said_and_stay(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    await world.do(save_factor_kind, world.dov, key="weather", name="Weather", description="Storms.")
    given = [Chosen("capacity", "The pool was full."), Chosen("weather")]
    about = {"incident": incident.reference, "factors": given, "expected_version": 1}
    await world.do(choose_factors, world.chi, **about)
    await world.do(reassemble_postmortem, world.chi, incident=incident.reference, expected_version=2)
    found = await written(world, incident.id)
    said = [(s.text, s.generated) for s in found.statements if s.section == "contributing_factors"]
    assert said == [("Capacity: The pool was full.", False), ("Weather.", False)]
    assert "- Capacity: The pool was full.\n- Weather." in found.sections["contributing_factors"].markdown
    assert found.row.status is PostmortemStatus.DRAFT
    (event,) = await world.events(incident.id, "postmortem.factors_chosen")
    assert len(event.data["factor_kind_ids"]) == 2


@pytest.mark.parametrize(
    ("name", "suggested"), [("Human error", "look right"), ("Operator mistake", "look right"), ("Root cause", "never")]
)
async def test_no_kind_is_a_person_or_the_one_cause(world, name, suggested):
    with pytest.raises(DomainError) as refusal:
        await world.do(save_factor_kind, world.dov, key="x", name=name, description="…")
    assert (refusal.value.code, refusal.value.field) == (ErrorCode.INVALID_INPUT, "name")
    assert suggested in refusal.value.hint


async def test_an_unknown_kind_is_refused_with_those_that_there_are(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    for kind in ("ben", "a\x00b"):
        with pytest.raises(DomainError) as refusal:
            about = {"incident": incident.reference, "factors": [Chosen(kind)], "expected_version": 1}
            await world.do(choose_factors, world.chi, **about)
        assert refusal.value.field == "factors.0.kind"
        assert "change, capacity, dependency" in refusal.value.hint
