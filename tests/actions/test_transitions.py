"""Every action in every stage: carried out where the table allows it, refused with ways on where not (DESIGN §3)."""

from functools import partial

import pytest

from actions.declarations import declare_incident
from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.merges import merge_incident
from actions.reports import acknowledge_incident
from actions.stages import change_stage
from auth.actor import ANONYMOUS
from core.errors import DomainError, ErrorCode
from models.lifecycle import Verb, is_legal, ways_on
from models.words import Stage
from tests.actions.lifecycle import declared, incident_in, reported

VERBS = {
    Verb.ACKNOWLEDGE: (Stage.TRIAGE, acknowledge_incident),
    Verb.DECLARE: (Stage.RESPONSE, partial(declare_incident, severity="SEV2")),
    Verb.DECLINE: (Stage.DECLINED, partial(decline_incident, reason="nothing found")),
    Verb.CANCEL: (Stage.CANCELLED, partial(cancel_incident, reason="not worth it")),
    Verb.MERGE: (Stage.MERGED, merge_incident),
    Verb.REOPEN: (Stage.RESPONSE, partial(reopen_incident, reason="it came back")),
}
EVERYTHING = [(verb, target, action) for verb, (target, action) in VERBS.items()] + [
    (Verb.CHANGE_STAGE, stage, partial(change_stage, stage=stage)) for stage in Stage
]


@pytest.mark.parametrize("stage", list(Stage))
async def test_in_each_stage_exactly_the_legal_verbs_are_carried_out(world, stage):
    other = await reported(world)
    stays = await incident_in(world, stage)
    for verb, target, action in EVERYTHING:
        more = {"into": other.reference} if verb is Verb.MERGE else {}
        if is_legal(stage, verb, target):
            incident = await incident_in(world, stage)
            await world.do(action, world.ben, incident=incident.reference, **more)
            after = await world.incident(incident.id)
            assert (after.stage, after.version) == (target, incident.version + 1)
            continue
        events = len(await world.events())
        with pytest.raises(DomainError) as refused:
            await world.do(action, world.ben, incident=stays.reference, **more)
        assert refused.value.code is ErrorCode.ILLEGAL_TRANSITION, (verb, target)
        assert f"is in {stage}" in refused.value.message
        assert all(way in refused.value.hint for way in ways_on(stage))
        assert await world.incident(stays.id) == stays
        assert len(await world.events()) == events


async def test_a_merged_incident_says_where_it_goes_on(world):
    incident = await incident_in(world, Stage.MERGED)
    with pytest.raises(DomainError, match="changeStage can't take it") as refused:
        await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESPONSE)
    assert (refused.value.field, refused.value.hint) == ("stage", f"It goes on as INC-{incident.merged_into_id}.")


@pytest.mark.parametrize("verb", [*VERBS, Verb.CHANGE_STAGE])
async def test_a_viewer_moves_nothing(world, verb):
    incident, other = await declared(world), await declared(world)
    for v, _, action in EVERYTHING:
        if v is verb:
            more = {"into": other.reference} if verb is Verb.MERGE else {}
            with pytest.raises(DomainError) as refused:
                await world.do(action, world.eve, incident=incident.reference, **more)
            assert refused.value.code is ErrorCode.FORBIDDEN
            with pytest.raises(DomainError) as refused:
                await world.do(action, ANONYMOUS, incident=incident.reference, **more)
            assert refused.value.code is ErrorCode.UNAUTHENTICATED
