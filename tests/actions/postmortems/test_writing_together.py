"""Several people write one postmortem: history, conflicts that show both, reviews, remarks, suggestions, templates."""

from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.due import sweep_postmortems
from actions.postmortems.remarks import comment_on_postmortem, decide_suggestion, resolve_comment, suggest_edit
from actions.postmortems.reviewing import request_review, review_postmortem
from actions.postmortems.templates import save_postmortem_template
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError, ErrorCode
from models.delivery import Delivery
from models.job import JobName
from models.words import (
    ActorKind,
    DeliveryState,
    IncidentKind,
    PostmortemStatus,
    ReviewDecision,
    SuggestionState,
    Visibility,
)
from models.writing import PostmortemComment, SectionRevision, SectionSuggestion
from tests.actions.lifecycle import declared
from tests.actions.postmortems.incident import assemble, resolve, resolved, written
from tests.jobs.inline import jobs_with, run_jobs

APPROVED, CHANGES = ReviewDecision.APPROVED, ReviewDecision.CHANGES_REQUESTED


@dataclass
class Extra:
    key: str
    title: str = "Data"
    guidance: str = "Whose data?"


async def drafted(world):
    incident = await resolved(world)
    await assemble(world, incident.id)
    return incident


async def edit(world, who, incident, text, version, section="summary"):
    about = {"incident": incident.reference, "section": section, "expected_version": version}
    return await world.do(edit_postmortem, who, markdown=text, **about)


async def rows(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).order_by(model.id))


async def refused(world, action, who, **given):
    with pytest.raises(DomainError) as refusal:
        await world.do(action, who, **given)
    return refusal.value


async def test_what_a_section_said_before_is_kept_with_who_made_it_so(world):
    incident = await drafted(world)
    generated = (await written(world, incident.id)).sections["summary"].markdown
    await edit(world, world.ben, incident, "One.", 1)
    await edit(world, world.chi, incident, "Two.", 2)
    kept = [(row.version, row.markdown, row.author_kind, row.author_id) for row in await rows(world, SectionRevision)]
    assert kept == [
        (1, generated, ActorKind.SYSTEM, None),
        (2, "One.", ActorKind.USER, world.ben.id),
        (3, "Two.", ActorKind.USER, world.chi.id),
    ]


async def test_of_two_edits_at_the_same_time_the_second_is_shown_both(world):
    incident = await drafted(world)
    await edit(world, world.ben, incident, "Mine.", 1)
    with pytest.raises(DomainError) as refusal:
        await edit(world, world.chi, incident, "Yours.", 1)
    assert refusal.value.code is ErrorCode.VERSION_CONFLICT
    assert (refusal.value.version, refusal.value.theirs, refusal.value.yours) == (2, "Mine.", "Yours.")


async def test_who_asks_for_changes_keeps_it_from_being_published_until_they_approve(world):
    incident = await drafted(world)
    about = {"incident": incident.reference}
    asked = {"reviewers": [world.id_of("chi"), world.id_of("dov")], "expected_version": 1}
    row = await world.do(request_review, world.ben, **about, **asked)
    assert (row.status, row.version) == (PostmortemStatus.IN_REVIEW, 2)
    await world.do(review_postmortem, world.chi, **about, decision=CHANGES, note="Whose alert was it?")
    refusal = await refused(world, publish_postmortem, world.dov, **about)
    assert (refusal.code, refusal.message) == (
        ErrorCode.CONFLICT,
        "Chi Tran asks for changes to this postmortem.",
    )
    await world.do(review_postmortem, world.chi, **about, decision=APPROVED)
    await world.do(publish_postmortem, world.dov, **about)
    said = await world.events(incident.id, "postmortem.review_requested", "postmortem.reviewed")
    assert [event.data.get("decision") for event in said] == [None, "CHANGES_REQUESTED", "APPROVED"]
    assert (await refused(world, review_postmortem, world.chi, **about, decision=APPROVED)).code is ErrorCode.CONFLICT
    empty = await refused(world, review_postmortem, world.chi, **about, decision=CHANGES)
    assert empty.field == "note"


async def test_only_who_may_see_the_incident_is_asked(world):
    incident = await drafted(world)
    hidden = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "Security"}
    await world.do(change_visibility, world.ben, **hidden)
    given = {"incident": incident.reference, "expected_version": 1}
    refusal = await refused(world, request_review, world.ben, reviewers=[world.id_of("eve")], **given)
    assert refusal.field == "reviewers.0"
    assert (await refused(world, request_review, world.ben, reviewers=[], **given)).field == "reviewers"


async def test_who_is_asked_for_a_review_gets_a_mail_unless_it_was_they_who_asked(world, tmp_path):
    incident = await drafted(world)
    reviewers = [world.id_of("ben"), world.id_of("chi")]
    await world.do(request_review, world.ben, incident=incident.reference, reviewers=reviewers, expected_version=1)
    with jobs_with(world.database, tmp_path):
        await run_jobs(world.database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
    mails = [row for row in await rows(world, Delivery) if row.template == "review_asked"]
    assert [(row.user_id, row.state) for row in mails] == [(world.chi.id, DeliveryState.SENT)]
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in tmp_path.rglob("*.eml")]
    asked = [each.get_body(("plain",)).get_content() for each in letters if "please review" in each["Subject"]]
    there = f"/console/incidents/{incident.reference}/postmortem\r\n"
    assert [there in body for body in asked] == [True], "where it is reviewed"


async def test_who_asked_for_a_review_is_told_of_the_decision_also_of_what_was_written_down_later(world, tmp_path):
    incident = await resolve(world, await declared(world, kind=IncidentKind.BACKFILLED))
    await assemble(world, incident.id)
    about = {"incident": incident.reference}
    await world.do(request_review, world.ben, **about, reviewers=[world.id_of("chi")], expected_version=1)
    await world.do(review_postmortem, world.chi, **about, decision=CHANGES, note="Whose alert was it?")
    with jobs_with(world.database, tmp_path):
        await run_jobs(world.database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
    mails = [(row.template, row.user_id, row.state) for row in await rows(world, Delivery)]
    assert mails == [
        ("review_asked", world.chi.id, DeliveryState.SENT),
        ("review_decided", world.ben.id, DeliveryState.SENT),
    ]


async def test_action_items_are_the_living_ones_until_it_is_published(world):
    incident = await drafted(world)
    about = {"incident": incident.reference}
    await world.do(request_review, world.ben, **about, reviewers=[world.id_of("chi")], expected_version=1)
    before = await written(world, incident.id)
    await world.do(add_action_item, world.ben, **about, title="Limit the pool", owner="payments")
    after = await assemble(world, incident.id)
    assert after.texts("action_items")[0].startswith("Limit the pool — ")
    assert after.sections["action_items"].version == before.sections["action_items"].version + 1
    assert after.texts("timeline") == before.texts("timeline"), "the rest waits for somebody who asks"
    await world.do(add_action_item, world.ben, **about, title="Add an alert", owner="payments")
    await world.do(publish_postmortem, world.dov, **about)
    assert len((await written(world, incident.id)).texts("action_items")) == 2, "published with what was just added"
    await world.do(add_action_item, world.ben, **about, title="Too late", owner="payments")
    assert len((await assemble(world, incident.id)).texts("action_items")) == 2


async def test_words_that_blame_are_counted_again_when_a_suggestion_is_accepted(world):
    incident = await drafted(world)
    about = {"incident": incident.reference}
    await world.do(publish_postmortem, world.dov, **about)
    given = {"section": "summary", "markdown": "The engineer forgot it.", "expected_version": 1}
    await world.do(suggest_edit, world.chi, **about, **given)
    (row,) = await rows(world, SectionSuggestion)
    key = ids.encode("SectionSuggestion", row.id)
    await world.do(decide_suggestion, world.ben, **about, suggestion=key, accept=True)
    published, decided = await world.events(incident.id, "postmortem.published", "postmortem.suggestion_decided")
    assert decided.data["blaming"] == published.data.get("blaming", 0) + 1


async def test_a_remark_is_resolved_and_taken_up_again(world):
    incident = await drafted(world)
    about = {"incident": incident.reference}
    said = {"section": "impact", "body": "How many?", "quote": "Services concerned"}
    await world.do(comment_on_postmortem, world.chi, **about, **said)
    (row,) = await rows(world, PostmortemComment)
    key = ids.encode("PostmortemComment", row.id)
    for resolved_now in (True, True, False):
        await world.do(resolve_comment, world.ben, **about, comment=key, resolved=resolved_now)
        (row,) = await rows(world, PostmortemComment)
        assert (row.resolved_at is not None) is resolved_now
    assert len(await world.events(incident.id, "postmortem.comment_resolved")) == 2
    other = await drafted(world)
    assert (await refused(world, resolve_comment, world.ben, incident=other.reference, comment=key)).field == "comment"
    nowhere = {**said, "section": "a\x00b"}
    assert (await refused(world, comment_on_postmortem, world.chi, **about, **nowhere)).field == "section"


async def test_a_suggestion_changes_nothing_until_it_is_accepted(world):
    incident = await drafted(world)
    about = {"incident": incident.reference}
    before = await written(world, incident.id)
    for text in ("Shorter.", "Longer, much longer."):
        given = {"section": "summary", "markdown": text, "expected_version": 1, "reason": "Clearer"}
        await world.do(suggest_edit, world.chi, **about, **given)
    assert await written(world, incident.id) == before
    first, second = (ids.encode("SectionSuggestion", row.id) for row in await rows(world, SectionSuggestion))
    await world.do(decide_suggestion, world.ben, **about, suggestion=first, accept=True)
    assert (await written(world, incident.id)).sections["summary"].markdown == "Shorter."
    stale = await refused(world, decide_suggestion, world.ben, **about, suggestion=second, accept=True)
    assert (stale.code, stale.theirs, stale.yours) == (
        ErrorCode.VERSION_CONFLICT,
        "Shorter.",
        "Longer, much longer.",
    )
    await world.do(decide_suggestion, world.ben, **about, suggestion=second, accept=False)
    states = [row.state for row in await rows(world, SectionSuggestion)]
    assert states == [SuggestionState.ACCEPTED, SuggestionState.DECLINED]
    again = await refused(world, decide_suggestion, world.ben, **about, suggestion=first, accept=True)
    assert again.code is ErrorCode.CONFLICT


async def test_templates_add_sections_the_most_particular_first(world):
    save = save_postmortem_template
    await world.do(save, world.dov, name="All", sections=[Extra("data", "All data"), Extra("legal", "Legal")])
    own = {"service": "checkout-api", "severity": "SEV2"}
    await world.do(save, world.dov, name="Checkout", sections=[Extra("data", "Orders")], **own)
    await world.do(save, world.dov, name="Search", sections=[Extra("index", "Index")], service="search-api")
    incident = await drafted(world)
    found = await written(world, incident.id)
    extra = [(s.key, s.title) for s in sorted(found.sections.values(), key=lambda s: s.position)][-2:]
    assert extra == [("data", "Orders"), ("legal", "Legal")]
    assert "## Orders\n\nWhose data?" in found.markdown
    await edit(world, world.ben, incident, "Forty orders.", 1, section="data")
    assert (await written(world, incident.id)).texts("data") == ["Forty orders."]
    for wrong in ([Extra("summary")], [Extra("data"), Extra("data")], [Extra("No key")], [Extra("x", guidance=" ")]):
        refusal = await refused(world, save, world.dov, name="Odd", sections=wrong)
        assert refusal.field.startswith(f"sections.{len(wrong) - 1}.")


async def test_who_leads_is_reminded_a_day_before_and_when_it_is_due(world, tmp_path):
    incident = await drafted(world)
    due = (await written(world, incident.id)).row.due_at
    assert await sweep_postmortems(world.database) == 0
    for moment in (due - timedelta(hours=23), due - timedelta(hours=22), due + timedelta(minutes=1), due):
        world.clock.moment = max(world.clock.moment, moment)
        await sweep_postmortems(world.database)
        assert await sweep_postmortems(world.database) == 0
    reminded = await world.events(incident.id, "postmortem.reminded")
    assert [event.data["due_at"] for event in reminded] == [due.isoformat()] * 2
    with jobs_with(world.database, tmp_path):
        await run_jobs(world.database, JobName.MAIL_NOTIFY, JobName.MAIL_SEND)
    mails = [row for row in await rows(world, Delivery) if row.template == "postmortem_due"]
    assert [row.user_id for row in mails] == [world.ben.id] * 2
    assert await sweep_postmortems(world.database) == 0


async def test_nobody_is_reminded_of_what_is_published(world):
    incident = await drafted(world)
    await world.do(publish_postmortem, world.dov, incident=incident.reference)
    world.clock.advance(days=30)
    await sweep_postmortems(world.database)
    assert await world.events(incident.id, "postmortem.reminded") == []
