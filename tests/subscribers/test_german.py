"""Mails and chat messages to subscribers of a German page."""

from actions.update_parts import ClaimInput
from models.words import ComponentStatus, PublicStatus
from tests.statuspage.conftest import name_organisation


async def test_a_subscriber_of_a_german_page_is_told_in_german(page):
    await page.world.do(name_organisation, language="de", time_zone="Europe/Berlin")
    answer = await page.sign_up()
    assert "Sehen Sie in Ihr Postfach." in answer.text
    await page.work()
    (asked,) = page.box.arrived
    assert asked["Subject"] == "[Quillhaven] Bitte bestätigen Sie Ihr Abonnement der Statusmeldungen"
    assert 'lang="de"' in asked.get_body(("html",)).get_content()
    assert "Statusmeldungen erhalten?" in (await page.client.get(page.links()[0])).text
    assert "Sie haben abonniert." in (await page.client.post(page.links()[0])).text

    reference = await page.declare()
    await page.say(reference, components=[ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE)])
    await page.work()
    page.world.clock.advance(minutes=42)
    await page.say(reference, "Orders go through.", PublicStatus.RESOLVED)
    await page.work()
    first, last = page.box.arrived[1:]
    assert first["Subject"] == "[Quillhaven] Schwerer Ausfall: Orders can't be placed (Meldung 1)"
    assert last["Subject"] == "[Quillhaven] Behoben, Dauer: 42 Min.: Orders can't be placed (Meldung 2)"
    text, html = (first.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for words in ("Wird untersucht", "Checkout: Schwerer Ausfall", "Abbestellen: ", "Uhr\u00a0MEZ"):
        assert words in text
    assert "Alle Meldungen lesen" in html
    assert "You get this" not in text + html


async def test_the_form_that_is_sent_again_brings_the_link_in_german(page):
    await page.world.do(name_organisation, language="de")
    await page.sign_up()
    await page.work()
    await page.client.post(page.links()[0])
    page.world.clock.advance(minutes=11)
    page.wait_a_minute()
    await page.sign_up()
    await page.work()
    assert page.box.arrived[-1]["Subject"] == "[Quillhaven] Ihr Link zum Verwalten der Statusmeldungen"
    managed = (await page.client.get(page.links()[0])).text
    assert "Auswahl speichern" in managed
    assert "Nur bestimmte Komponenten" in managed
