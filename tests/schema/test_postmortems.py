"""Postmortems through the API: what each statement rests on, what blames, what would change, and writing together."""

import pytest

from actions.postmortems.assembly import assemble_postmortem
from tests.actions.postmortems.incident import note, resolved
from tests.schema.doorway import Doorway

LOOK = """query($ref: String!) { incident(ref: $ref) { postmortem { version
  sections { key edited version markdown blame { phrase start end suggestion }
    statements { text generated sourceCount sources(first: 1) { kind } messages { id } }
    history { version markdown author { name } diff { change text } } }
  reassembly { changes version cursor sections { key kept changes diff { change text } } }
  factors { kind { key } note } metrics { name } reviewers { user { name } decision }
  comments { id body resolvedAt } suggestions { id state diff { change text } }
} } }"""


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
async def incident(world):
    made = await resolved(world)
    await assemble_postmortem(world.database, made.id)
    return made


async def look(api, incident, person="ben"):
    data, refusals = await api.ask(person, LOOK, ref=incident.reference)
    assert refusals == []
    found = data["incident"]["postmortem"]
    return found, {section["key"]: section for section in found["sections"]}


async def test_sections_show_their_statements_and_what_they_rest_on(api, incident):
    _, sections = await look(api, incident)
    (first, *_) = sections["summary"]["statements"]
    assert first["generated"]
    assert (first["sourceCount"], first["sources"]) == (1, [{"kind": "incident.declared"}])
    refused = "query($ref: String!) { incident(ref: $ref) { postmortem { statements { sources(first: 0) { id } } } } }"
    assert (await api.ask("ben", refused, ref=incident.reference))[1][0][1:] == ("INVALID_INPUT", "first")


async def test_what_blames_is_marked_and_not_blocked(api, incident):
    phrases = [{"phrase": "cowboy deploy", "suggestion": "Say what was skipped."}]
    saved = await api.do("ada", "saveOrganisation", "cursor", blameless=True, blamePhrases=phrases)
    assert saved["cursor"]
    said = "é Ben Silva should have known. A cowboy deploy."
    about = {"incident": incident.reference, "section": "summary", "expectedVersion": 1}
    await api.do("chi", "editPostmortem", "cursor", markdown=said, **about)
    _, sections = await look(api, incident)
    marks = sections["summary"]["blame"]
    assert [(mark["phrase"], mark["start"]) for mark in marks] == [("should have known", 12), ("cowboy deploy", 33)]
    assert marks[1]["suggestion"] == "Say what was skipped."
    assert sections["timeline"]["blame"] == []


async def test_a_conflict_shows_both_texts(api, incident):
    about = {"incident": incident.reference, "section": "summary", "expectedVersion": 1}
    await api.do("chi", "editPostmortem", "cursor", markdown="Mine.", **about)
    document = "mutation($input: EditPostmortemInput!) { editPostmortem(input: $input) { cursor } }"
    answer = (await api.post("ben", document, input={**about, "markdown": "Yours."})).json()
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "VERSION_CONFLICT"
    assert error["extensions"]["conflict"] == {"version": 2, "theirs": "Mine.", "yours": "Yours."}
    _, sections = await look(api, incident)
    before, now = sections["summary"]["history"]
    assert (before["version"], before["author"]["name"], now["author"]["name"]) == (1, "Muster", "Chi Tran")
    assert {"change": "ADDED", "text": "Mine."} in now["diff"]


async def test_a_reassembly_is_looked_at_before_it_is_asked_for(api, world, incident):
    factor = [{"kind": "capacity", "note": "The pool was full."}]
    await api.do("chi", "chooseFactors", "cursor", incident=incident.reference, factors=factor, expectedVersion=1)
    await note(world, world.ben, incident, "Something new")
    found, _ = await look(api, incident)
    assert found["factors"] == [{"kind": {"key": "capacity"}, "note": "The pool was full."}]
    seen = found["reassembly"]
    assert seen["changes"]
    assert [s["key"] for s in seen["sections"] if s["changes"]] == ["response", "timeline"]
    given = {"incident": incident.reference, "expectedVersion": seen["version"], "seen": seen["cursor"]}
    await api.do("chi", "reassemblePostmortem", "cursor", **given)
    found, sections = await look(api, incident)
    assert not found["reassembly"]["changes"]
    assert "Something new" in sections["timeline"]["markdown"]
    assert "Capacity: The pool was full." in sections["contributing_factors"]["markdown"]
    assert await api.refused("chi", "reassemblePostmortem", **given) == ("VERSION_CONFLICT", "expectedVersion")


async def test_it_is_reviewed_remarked_on_and_reworded(api, world, incident):
    ref = {"incident": incident.reference}
    asked = {"reviewers": [world.id_of("chi")], "expectedVersion": 1}
    await api.do("ben", "requestPostmortemReview", "postmortem { status }", **ref, **asked)
    await api.do("chi", "reviewPostmortem", "cursor", **ref, decision="CHANGES_REQUESTED", note="How many?")
    await api.do("chi", "commentOnPostmortem", "cursor", **ref, section="impact", body="How many?")
    given = {"section": "impact", "markdown": "Forty orders.", "expectedVersion": 1}
    await api.do("chi", "suggestPostmortemEdit", "cursor", **ref, **given)
    found, _ = await look(api, incident)
    assert found["reviewers"] == [{"user": {"name": "Chi Tran"}, "decision": "CHANGES_REQUESTED"}]
    comment, suggestion = found["comments"][0]["id"], found["suggestions"][0]["id"]
    assert {"change": "ADDED", "text": "Forty orders."} in found["suggestions"][0]["diff"]
    await api.do("ben", "resolvePostmortemComment", "cursor", **ref, comment=comment)
    await api.do("ben", "decidePostmortemSuggestion", "cursor", **ref, suggestion=suggestion, accept=True)
    found, sections = await look(api, incident)
    assert (found["comments"][0]["resolvedAt"] is not None, found["suggestions"][0]["state"]) == (True, "ACCEPTED")
    assert sections["impact"]["markdown"] == "Forty orders."
    assert await api.refused("dov", "publishPostmortem", **ref) == ("CONFLICT", "incident")


async def test_kinds_of_factors_templates_and_metrics_are_kept(api):
    await api.do(
        "ada", "saveIntegration", "cursor", vendor="prometheus", configuration={"base_url": "https://p.example"}
    )
    metric = {"integration": "prometheus", "name": "Errors", "query": "errors", "unit": "%"}
    shown = "service { metrics { name query unit integration { key } } }"
    service = {"slug": "cart-api", "name": "Cart API", "metrics": [metric]}
    saved = await api.do("dov", "saveService", shown, **service)
    assert saved["service"]["metrics"] == [{**metric, "integration": {"key": "prometheus"}}]
    extra = [{"key": "data", "title": "Data", "guidance": "Whose?"}]
    given = {"name": "Security", "severity": "SEV1", "sections": extra}
    template = "template { name severity { name } sections { key title guidance } version }"
    saved = await api.do("dov", "savePostmortemTemplate", template, **given)
    assert saved["template"]["sections"] == extra
    await api.do("dov", "saveFactorKind", "cursor", key="weather", name="Weather", description="Storms.")
    data, _ = await api.ask("eve", "{ factorKinds { key } postmortemTemplates { name } }")
    assert "weather" in [each["key"] for each in data["factorKinds"]]
    assert data["postmortemTemplates"] == [{"name": "Security"}]
