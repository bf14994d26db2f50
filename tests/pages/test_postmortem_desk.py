"""The pages on which a postmortem is written together: in the middle of it, and when it is published."""

import pytest
from playwright.async_api import expect

from actions.action_items import add_action_item
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.public import publish_postmortem_publicly
from actions.postmortems.remarks import comment_on_postmortem, resolve_comment, suggest_edit
from actions.postmortems.reviewing import request_review, review_postmortem
from core.ids import encode
from models.words import ActionItemKind, Audience, PublicStatus, ReviewDecision
from tests.actions.postmortems.incident import assemble, declared, note, publish, resolve, written
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.stories import ARABIC, MARKDOWN, UNBROKEN
from tests.pages.visit import visiting

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http


async def drafted(world):
    """A resolved incident that customers know to be over, and its draft."""
    made = await declared(world)
    for text in (MARKDOWN, UNBROKEN[:300], ARABIC):
        await note(world, world.chi, made, text)
    said = {"audience": Audience.PUBLIC, "public_title": "Orders can't be placed"}
    await publish(world, world.ben, made, "We look into it.", status=PublicStatus.INVESTIGATING, **said)
    await resolve(world, made)
    await publish(world, world.ben, made, "It works.", status=PublicStatus.RESOLVED, audience=Audience.PUBLIC)
    await assemble(world, made.id)
    return made


async def busy(world):
    """The same with a little of everything that people do with it."""
    made = await drafted(world)
    ref = {"incident": made.reference}
    blaming = f"Chi forgot it: human error.\n\n{MARKDOWN}\n\n{UNBROKEN[:200]}"
    await world.do(edit_postmortem, world.chi, section="response", markdown=blaming, expected_version=1, **ref)
    for number, text in enumerate(("Which words?", MARKDOWN, ARABIC)):
        await world.do(comment_on_postmortem, world.ben, section="response", body=text, quote=UNBROKEN[:90], **ref)
        if not number:
            await world.do(resolve_comment, world.ben, comment=encode("PostmortemComment", 1), **ref)
    for section, version in (("response", 2), ("summary", 1)):
        about = {"section": section, "expected_version": version, "reason": "Shorter"}
        await world.do(suggest_edit, world.dov, markdown=f"Orders failed.\n\n{UNBROKEN[:90]}", **about, **ref)
    owned = {"owner": "payments", "kind": ActionItemKind.PREVENT, "assignee": world.id_of("chi")}
    await world.do(add_action_item, world.ben, title=UNBROKEN[:150], **owned, **ref)
    version = (await written(world, made.id)).row.version
    both = [world.id_of("chi"), world.id_of("ben")]
    await world.do(request_review, world.ben, reviewers=both, expected_version=version, **ref)
    await world.do(review_postmortem, world.chi, decision=ReviewDecision.CHANGES_REQUESTED, note=MARKDOWN, **ref)
    return made


async def test_in_the_middle_of_writing(world, product, inspect, cookies_of):
    made = await busy(world)
    await note(world, world.chi, made, "Something more.")
    here, cookies = f"{product}/console/incidents/{made.reference}/postmortem", await cookies_of("ben")
    await inspect(f"{here}?edit=response", "postmortem, written", cookies=cookies)
    for path in ("?suggest=summary", "/reassembly", "/public", "/history/response"):
        await inspect(here + path, f"postmortem {path}", cookies=cookies)


async def test_published_to_everybody(world, product, inspect, cookies_of):
    made = await drafted(world)
    here = f"{product}/console/incidents/{made.reference}/postmortem"
    await world.do(publish_postmortem, world.dov, incident=made.reference)
    await world.do(publish_postmortem_publicly, world.ben, incident=made.reference, body=MARKDOWN, notify=False)
    await inspect(here, "postmortem, published, viewer", cookies=await cookies_of("eve"))
    await inspect(f"{here}/public", "postmortem, for customers", cookies=await cookies_of("ben"))
    open_one = await declared(world)
    await inspect(
        f"{product}/console/incidents/{open_one.reference}/postmortem",
        "postmortem, not drafted yet",
        cookies=await cookies_of("ben"),
    )


async def test_what_is_written_stays_while_it_is_looked_at_and_when_somebody_was_faster(
    world, product, chromium, cookies_of
):
    made = await drafted(world)
    here, cookies = f"{product}/console/incidents/{made.reference}/postmortem", await cookies_of("ben")
    faster = {"section": "response", "markdown": "Faster.", "expected_version": 1, "incident": made.reference}

    async def look(page):
        await page.locator("textarea[name=markdown]").fill("My **words**.")
        await page.get_by_role("button", name="Preview").click()
        await expect(page.locator("#preview strong")).to_have_text("words")
        await expect(page.locator("textarea[name=markdown]")).to_have_value("My **words**.")

    async def save(page):
        await page.get_by_role("button", name="Save section").click()
        await expect(page.locator("#fault-edit-response")).to_contain_text("Saved meanwhile")
        await expect(page.locator("textarea[name=markdown]")).to_have_value("My **words**.")
        await page.locator("textarea[name=markdown]").fill("Faster. My **words**.")
        await page.get_by_role("button", name="Save section").click()
        await expect(page.locator(".md.hand")).to_have_text("Faster. My words.")

    async def write():
        async with visiting(chromium.browser, f"{here}?edit=response", cookies=cookies) as visit:
            await look(visit.page)
            yield
            await save(visit.page)

    steps = write()
    await chromium.do(anext(steps))
    await world.do(edit_postmortem, world.chi, **faster)
    await chromium.do(anext(steps, None))
    assert (await written(world, made.id)).sections["response"].edited == "Faster. My **words**."
