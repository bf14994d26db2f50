"""A postmortem written together from its pages, without JavaScript: every form, its effect, and its refusals."""

import re

from sqlalchemy import event as on

from actions.postmortems.changes import edit_postmortem
from actions.postmortems.remarks import comment_on_postmortem, suggest_edit
from actions.visibility_changes import change_visibility
from models.public_postmortem import PublicPostmortem
from models.words import PostmortemStatus, ReviewDecision, SuggestionState, Visibility
from models.writing import PostmortemComment, SectionSuggestion
from tests.actions.postmortems.incident import assemble, declared, note, resolve, written
from tests.actions.postmortems.test_writing_together import rows
from tests.console.desk import words


def at(incident, deed=""):
    return f"/console/incidents/{incident.reference}/postmortem" + (f"/do/{deed}" if deed else "")


def hidden(page, name, after=""):
    """The value of a hidden field, the first after some words of the page."""
    return re.search(rf'name="{name}" value="([^"]*)"', page.partition(after)[2] if after else page)[1]


def text(section, markdown, version=1, **more):
    return {"section": section, "markdown": markdown, "expected_version": str(version), **more}


async def test_a_story_from_the_draft_to_what_customers_read(world, sits, incident):
    ben, chi, dov = await sits("ben"), await sits("chi"), await sits("dov")
    page = await chi.reads(at(incident))
    assert "Step 1 of 3: Draft" in page
    assert "What customers read Nothing of this page is public by itself." in page
    assert "One section only asks." not in page
    assert "sections only ask." in page

    await _edited(incident, ben, chi)
    await _talked_over(world, incident, ben, chi)
    await _learned_from(world, incident, ben, chi)
    await _published(world, incident, ben, chi, dov)


async def _edited(incident, ben, chi):
    """Somebody was slower, sees both texts, and loses nothing."""
    assert 'name="markdown"' in (await chi.get(f"{at(incident)}?edit=response")).text
    assert (await chi.does(at(incident, "edit"), text("response", "Chi's words."))).endswith("/postmortem#s-response")
    page = await ben.is_refused(at(incident, "edit"), text("response", "Ben's **words**."))
    assert "Saved meanwhile Chi's words. Yours Ben's **words**." in words(page)
    assert "Ben&#39;s **words**.</textarea>" in page
    version = hidden(page, "expected_version", "form-edit-response")
    assert version == "2"
    await ben.does(at(incident, "edit"), text("response", "Chi's words. Ben's **words**.", version))
    page = (await chi.get(at(incident))).text
    assert "Ben's <strong>words</strong>." in page.replace("&#39;", "'")
    assert "Response written by Ben Silva," in words(page)
    assert "Step 2 of 3: In review" in words(page)
    history = await chi.reads(f"{at(incident)}/history/response")
    assert "Version 3 Ben Silva" in history
    assert "Version 2 Chi Tran" in history


async def _talked_over(world, incident, ben, chi):
    """Remarked, dealt with; suggested, accepted."""
    await chi.does(at(incident, "comment"), {"section": "response", "body": "Which *words*?", "quote": "words"})
    assert len(await rows(world, PostmortemComment)) == 1
    page = (await ben.get(at(incident))).text
    assert "<em>words</em>?" in page
    assert "A comment is open. Response." in words(page)
    resolving = {"section": "response", "comment": hidden(page, "comment", "Which")}
    await ben.does(at(incident, "resolve"), resolving)
    assert "1 dealt with" in await chi.reads(at(incident))
    await ben.does(at(incident, "resolve"), {**resolving, "again": "yes"})
    assert (await rows(world, PostmortemComment))[0].resolved_at is None
    await ben.does(at(incident, "resolve"), resolving)
    await chi.does(at(incident, "suggest"), text("summary", "Orders failed for 46 min.", reason="Shorter"))
    page = (await ben.get(at(incident))).text
    assert "Shorter" in page
    assert "Added: Orders failed for 46 min." in words(page)
    suggestion = hidden(page, "suggestion")
    await ben.does(at(incident, "decide"), {"section": "summary", "suggestion": suggestion, "accept": "yes"})
    [decided] = await rows(world, SectionSuggestion)
    assert decided.state is SuggestionState.ACCEPTED
    assert (await written(world, incident.id)).sections["summary"].edited == "Orders failed for 46 min."


async def _learned_from(world, incident, ben, chi):
    """Factors and action items."""
    page = (await ben.get(at(incident))).text
    version = str((await written(world, incident.id)).row.version)
    kinds = re.findall(r'<option value="([a-z-]+)">', page.partition("form-factors")[2])
    chosen = {"kind-0": kinds[0], "note-0": "A release.", "kind-1": "", "kind-3": kinds[1]}
    await ben.does(at(incident, "factors"), {**chosen, "expected_version": version})
    [event] = await world.events(incident.id, "postmortem.factors_chosen")
    assert len(event.data["factor_kind_ids"]) == 2
    assert "A release." in await chi.reads(at(incident))
    item = {"title": "Canary releases", "owner": "payments", "kind": "PREVENT", "priority": "2", "due_on": "2027-01-10"}
    await ben.does(at(incident, "item"), item)
    [event] = await world.events(incident.id, "action_item.added")
    assert event.data["due_on"] == "2027-01-10"
    page = await chi.reads(at(incident))
    assert "Canary releases Open · Payments, nobody yet · priority 2 · due Sun 10 Jan 2027 · prevents it" in page


async def _published(world, incident, ben, chi, dov):
    """Reviewed, refused while somebody asks for changes, published."""
    version = str((await written(world, incident.id)).row.version)
    asked = {"reviewers": world.id_of("chi"), "expected_version": version}
    await ben.does(at(incident, "request"), asked)
    assert "You are asked to review it." in await chi.reads(at(incident))
    await chi.does(at(incident, "review"), {"decision": "CHANGES_REQUESTED", "note": "Say *why*."})
    assert "Chi Tran asks for changes." in await dov.reads(at(incident))
    assert "Chi Tran asks for changes" in words(await dov.is_refused(at(incident, "publish")))
    await chi.does(at(incident, "review"), {"decision": "APPROVED"})
    [*_, reviewed] = await world.events(incident.id, "postmortem.reviewed")
    assert reviewed.data["decision"] == ReviewDecision.APPROVED
    assert "Publish postmortem" not in await ben.reads(at(incident))
    now = (await written(world, incident.id)).row.version
    stale = words(await dov.is_refused(at(incident, "publish"), {"expected_version": str(now - 1)}))
    assert f"is at version {now} by now" in stale
    await dov.does(at(incident, "publish"), {"expected_version": str(now)})
    assert (await written(world, incident.id)).row.status is PostmortemStatus.PUBLISHED
    page = await chi.reads(at(incident))
    assert "Step 3 of 3: Published" in page
    assert "Ask for a review" not in page


async def test_customers_read_nothing_that_was_not_looked_at(world, sits, incident):
    ben = await sits("ben")
    page = await ben.reads(f"{at(incident)}/public")
    assert "Preview as customers read it" in page
    said = {"body": "A release broke orders. Ben Silva rolled it back.", "notify": "yes"}
    answer = await ben.post(at(incident, "tell"), said)
    assert answer.status_code == 200
    assert "This sentence tells what is internal" in words(answer.text)
    assert "Ben Silva rolled it back." in words(answer.text)
    assert await world.events(incident.id, "public_postmortem.published") == []
    seen = hidden(answer.text, "seen")
    other = await ben.post(at(incident, "tell"), {**said, "body": "Not what I saw.", "seen": seen})
    assert other.status_code == 200
    assert await world.events(incident.id, "public_postmortem.published") == []
    said["body"] = "A release broke orders."
    answer = await ben.post(at(incident, "tell"), said)
    assert "No person, team, service, reference or address is named." in words(answer.text)
    for _ in range(2):
        seen = hidden(answer.text, "seen")
        where = await ben.does(at(incident, "tell"), {**said, "seen": seen, "_key": "once"})
        assert where == f"{at(incident)}#customers"
    [event] = await world.events(incident.id, "public_postmortem.published")
    assert event.data["notify"] is True
    public = f"/incidents/{incident.reference}"
    assert "A release broke orders." in words((await ben.get(public)).text)
    assert "A release broke orders." in await ben.reads(at(incident))

    better = {"body": "A release of ours broke orders.", "expected_version": "1"}
    seen = hidden((await ben.post(at(incident, "reword"), better)).text, "seen")
    await ben.does(at(incident, "reword"), {**better, "seen": seen})
    assert await _customers_read(world) == ["A release of ours broke orders."]
    page = await ben.is_refused(at(incident, "reword"), {**better, "body": "Late.", "seen": await _seen(ben, incident)})
    assert "Saved meanwhile A release of ours broke orders. Yours Late." in words(page)
    assert hidden(page, "expected_version") == "2"
    assert "This is needed." in words(await ben.is_refused(at(incident, "withdraw"), {"reason": " "}))
    await ben.does(at(incident, "withdraw"), {"reason": "A name slipped in"})
    assert await _customers_read(world) == []
    page = await ben.is_refused(at(incident, "reword"), {"body": "", "expected_version": "9"})
    assert "This is needed." in words(page)


async def _customers_read(world):
    return [row.body for row in await rows(world, PublicPostmortem) if row.withdrawn_at is None]


async def _seen(person, incident):
    answer = await person.post(at(incident, "reword"), {"body": "Late.", "expected_version": "1"})
    return hidden(answer.text, "seen")


async def test_statements_lead_to_the_lines_that_they_rest_on(sits, incident):
    ben = await sits("ben")
    page = (await ben.get(at(incident))).text
    links = re.findall(r'<a class="src" href="([^"]+)">', page)
    assert links
    for href in set(links):
        address, _, anchor = href.partition("#")
        assert f'id="{anchor}"' in (await ben.get(address)).text, href


async def test_old_lines_are_found_on_the_stretch_that_ends_with_them(world, sits):
    made = await declared(world)
    await note(world, world.chi, made, "The very first line.")
    for number in range(60):
        await note(world, world.chi, made, f"line {number}")
    await resolve(world, made)
    await assemble(world, made.id)
    ben = await sits("ben")
    page = (await ben.get(at(made))).text
    old = next(href for href in re.findall(r'<a class="src" href="([^"]+)">', page) if "?before=" in href)
    address, _, anchor = old.partition("#")
    assert f'id="{anchor}"' in (await ben.get(address)).text


async def test_the_lint_suggests_and_blocks_nothing(world, sits, incident):
    ben = await sits("ben")
    answer = await ben.post(at(incident, "edit"), text("response", "Chi forgot the *flag*.", _do="preview"))
    assert answer.status_code == 200
    assert "It would read Chi forgot the flag ." in words(answer.text)
    assert "<q>Chi forgot</q>" in answer.text
    assert await world.events(incident.id, "postmortem.edited") == []
    await ben.does(at(incident, "edit"), text("response", "Chi forgot the *flag*."))
    assert "<q>Chi forgot</q>" in (await ben.get(at(incident))).text
    assert len(await world.events(incident.id, "postmortem.edited")) == 1


async def test_what_is_new_in_the_record_is_shown_before_it_is_taken_over(world, sits, incident):
    ben = await sits("ben")
    assert "says all that the record has" in await ben.reads(f"{at(incident)}/reassembly")
    await note(world, world.chi, incident, "We were lucky that it was night.", pinned=True)
    page = (await ben.get(f"{at(incident)}/reassembly")).text
    assert "Added:" in words(page)
    assert await world.events(incident.id, "postmortem.reassembled") == []
    given = {"expected_version": hidden(page, "expected_version"), "seen": hidden(page, "seen")}
    await note(world, world.chi, incident, "One more line.")
    page = await ben.is_refused(at(incident, "reassemble"), given)
    assert "More has been recorded since that preview." in words(page)
    assert "One more line." in words(page)
    await ben.does(at(incident, "reassemble"), {**given, "seen": hidden(page, "seen")})
    assert "One more line." in (await written(world, incident.id)).markdown


async def test_what_was_written_comes_back_with_the_reason(world, sits, incident):
    ben = await sits("ben")
    page = await ben.is_refused(at(incident, "edit"), text("summary", "  "))
    assert 'aria-invalid="true"' in page
    page = await ben.is_refused(at(incident, "edit"), text("summary", "My words.", "soon"))
    assert "My words." in page
    assert "is not a whole number" in words(page)
    page = await ben.is_refused(
        at(incident, "comment"), {"section": "summary", "body": "My remark.", "quote": "x" * 600}
    )
    assert "My remark." in page
    assert '<details class="fold" id="fold-comment-summary" open>' in page
    page = await ben.is_refused(at(incident, "review"), {"decision": "CHANGES_REQUESTED"})
    assert "Nobody knows which changes." in words(page)
    assert 'value="CHANGES_REQUESTED" required checked' in page
    page = await ben.is_refused(at(incident, "request"), {"expected_version": "1"})
    assert "Nobody is asked." in words(page)
    page = await ben.is_refused(at(incident, "item"), {"title": "Canaries", "owner": "payments", "due_on": "soon"})
    assert 'value="Canaries"' in page
    assert "is not a day" in words(page)
    page = await ben.is_refused(at(incident, "item"), {"title": "Canaries", "owner": "nobody"})
    assert "Canaries" in page
    page = (await ben.get(at(incident))).text
    kind = re.findall(r'<option value="([a-z-]+)">', page.partition("form-factors")[2])[0]
    factors = {"kind-1": kind, "note-1": "x" * 1001, "expected_version": "1"}
    page = await ben.is_refused(at(incident, "factors"), factors)
    assert re.search(r'id="factors-note-1"[^>]*aria-invalid="true"', page)
    assert "x" * 1001 in page
    page = await ben.is_refused(at(incident, "factors"), {**factors, "note-1": "", "expected_version": "7"})
    assert "version" in words(page)
    await ben.is_refused(at(incident, "decide"), {"section": "summary", "suggestion": "nonsense"})
    await ben.is_refused(at(incident, "edit"), text("no_such", "Words."))
    assert (await ben.post(at(incident, "dance"))).status_code == 404
    assert (await ben.get(f"{at(incident)}/history/dance")).status_code == 404
    assert (await ben.get(at(incident, "edit"))).headers["location"] == at(incident)
    assert (await ben.get(at(incident, "tell"))).headers["location"] == f"{at(incident)}/public"
    changed = ("postmortem.edited", "postmortem.commented", "postmortem.reviewed", "action_item.added")
    assert await world.events(incident.id, *changed) == []


async def test_a_suggestion_for_an_older_text_is_shown_beside_it(world, sits, incident):
    about = {"incident": incident.reference, "section": "summary"}
    await world.do(suggest_edit, world.chi, markdown="Suggested.", expected_version=1, **about)
    await world.do(edit_postmortem, world.ben, markdown="Edited.", expected_version=1, **about)
    ben = await sits("ben")
    suggestion = hidden((await ben.get(at(incident))).text, "suggestion")
    page = await ben.is_refused(
        at(incident, "decide"), {"section": "summary", "suggestion": suggestion, "accept": "yes"}
    )
    assert "Saved meanwhile Edited. Yours Suggested." in words(page)
    assert (await written(world, incident.id)).sections["summary"].edited == "Edited."
    await ben.does(at(incident, "decide"), {"section": "summary", "suggestion": suggestion})
    assert "1 decided" in await ben.reads(at(incident))


async def test_a_form_that_is_sent_twice_is_carried_out_once(world, sits, incident):
    ben = await sits("ben")
    for _ in range(2):
        await ben.does(at(incident, "comment"), {"section": "summary", "body": "Once", "_key": "the-same"})
        await ben.does(at(incident, "edit"), text("summary", "Once", _key="the-same"))
        await ben.does(at(incident, "item"), {"title": "Once", "owner": "payments", "_key": "the-same"})
    once = ("postmortem.edited", "postmortem.commented", "action_item.added")
    assert len(await world.events(incident.id, *once)) == 3


async def test_whoever_may_not_is_offered_nothing_and_refused(world, sits, incident):
    await world.do(
        comment_on_postmortem, world.ben, incident=incident.reference, section="summary", body="Is this all?"
    )
    eve = await sits("eve")
    page = (await eve.get(f"{at(incident)}?edit=summary")).text
    assert "Is this all?" in page
    for offered in ("/do/", "<textarea", "?edit=", "/reassembly", "/public"):
        assert offered not in page, offered
    assert "/do/" not in (await eve.get(f"{at(incident)}/public")).text
    assert "/do/" not in (await eve.get(f"{at(incident)}/reassembly")).text
    before = len(await world.events(incident.id))
    for deed, fields in (
        ("edit", text("summary", "Mine")),
        ("comment", {"section": "summary", "body": "Mine"}),
        ("publish", {}),
        ("withdraw", {"reason": "x"}),
        ("reassemble", {"expected_version": "1", "seen": "x"}),
    ):
        assert "may not do this" in words(await eve.is_refused(at(incident, deed), fields)), deed
    page = await eve.is_refused(at(incident, "comment"), {"section": "summary", "body": "Nobody loses this."})
    assert "What you wrote: Nobody loses this." in words(page)
    ben = await sits("ben")
    assert "may not do this" in words(await ben.is_refused(at(incident, "publish")))
    answer = await ben.post(at(incident, "edit"), text("summary", "x"), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert len(await world.events(incident.id)) == before


async def test_a_private_one_is_there_for_its_members_alone(world, sits, incident):
    closing = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "Keys"}
    await world.do(change_visibility, world.ben, **closing)
    ben, eve = await sits("ben"), await sits("eve")
    page = (await ben.get(at(incident))).text
    assert "Private" in words(page)
    assert "Eve Novak" not in page.partition("form-request")[2]
    assert "customers are told nothing of it" in await ben.reads(f"{at(incident)}/public")
    for path in ("", "/reassembly", "/public", "/history/summary"):
        assert (await eve.get(at(incident) + path)).status_code == 404
    for deed in ("edit", "tell"):
        assert (await eve.post(at(incident, deed), text("summary", "I guess"))).status_code == 404


async def test_before_there_is_a_draft(world, sits):
    made = await declared(world)
    ben = await sits("ben")
    assert "Nothing is drafted yet." in await ben.reads(at(made))
    for path in ("/reassembly", "/public", "/history/summary"):
        assert (await ben.get(at(made) + path)).status_code == 404
    assert (await ben.get("/console/incidents/INC-999999/postmortem")).status_code == 404


async def test_the_page_asks_the_database_as_often_however_much_there_is(world, sits, incident):
    ben = await sits("ben")
    await world.do(comment_on_postmortem, world.ben, incident=incident.reference, section="summary", body="One")
    await world.do(
        suggest_edit, world.ben, incident=incident.reference, section="summary", markdown="x", expected_version=1
    )
    asked = []
    engine = world.database.engine.sync_engine
    on.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    await ben.get(at(incident))
    few = len(asked)
    for number in range(8):
        about = {"incident": incident.reference, "section": ("summary", "impact")[number % 2]}
        await world.do(comment_on_postmortem, world.chi, body=f"{number}", **about)
        await world.do(suggest_edit, world.dov, markdown=f"{number}", expected_version=1, **about)
    asked.clear()
    await ben.get(at(incident))
    assert 0 < len(asked) <= few
