"""Inspect a page the way its readers meet it. For a new page write a test in tests/pages:

    async def test_the_list_of_incidents(world, product, inspect):
        await world.do(make_incident, 7)                     # bring about the state that is to be looked at
        await inspect(f"{product}/console/incidents", "console, list")

The fixture `product` is the address of the whole web application on the world's database; `inspect` fails with every
finding at once. `status=404` for a page that is to be an error, `cookies=[(name, value)]` for who is signed in,
`exempt=[Exempt(rule, selector, why)]` for a finding of axe that is let pass and says why, and
`application=True` for a page that is nothing without its script (then its text must say so where there is none).
Inspect each state that can look different: nothing there yet, one, many, very long, other scripts, gone wrong.

Looked at: markup (vnu-jar, html-validate), axe-core at WCAG 2.2 AA and its best practices, what the console says, the
content policy, other hosts, structure, 320, 375 and 1280 px with text as usual, twice as large and spaced, both themes,
forced colours, more contrast, paper, less motion, no JavaScript, and the keyboard: all of it in `make prove`, and of
one page in sixteen in every run of the tests. Of the others every fourth one is measured and audited once in a
browser, and the rest have their markup checked.
MUSTER_PICTURES=folder keeps pictures of every page that is looked at in a browser, in each width and theme.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import httpx

from tests.effort import FULL
from tests.pages import aspects, axe, keyboard
from tests.pages.visit import IN_PAGE, missing, visiting

AUDITED = (((320, "light"),), (), (), (), ((1280, "dark"),), (), (), ())
"""Widths and themes in which axe looks, at one page and at the next; in a proof it looks in all. A page at which it
does not look is not opened in a browser, unless it is looked at in every way: that takes a hundred times as long as to
check its markup."""
EVERYWHERE = tuple((width, theme) for width in aspects.WIDTHS for theme in aspects.THEMES)
WHOLE = 16
"""One page of so many is looked at in every way in a run of the tests, the same ones each time; in a proof all are."""
OF_MAILS = re.compile("attribute on the “(table|td)” element is obsolete|“mso-hide”: Property")
"""Complaints that are let pass in mails: Outlook lays out by tables and by these attributes, and has CSS of its own."""
PICTURES = os.environ.get("MUSTER_PICTURES")
ALL_OF_IT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".sect { content-visibility: visible !important }");
  document.adoptedStyleSheets.push(sheet);
}"""
"""What is far below is drawn, as it is for who scrolls there: axe and pictures take a page as a whole."""


@dataclass
class Inspector:
    """Inspects pages, and counts what it did for the figures."""

    chromium: object
    checker: object
    markup: object
    pages: int = 0
    audits: int = 0
    rules: int = 0
    findings: int = 0
    vnu_messages: int = 0

    async def __call__(self, address, name, **how):
        self._judge(name, await self.look(address, name, **how))

    async def mail(self, html, name):
        """Inspect the HTML of a mail: markup, axe, widths; it has to bring all that it shows."""
        told = self.checker.complaints("html", html.encode())
        found = await self.chromium.do(self._mail(html, name))
        self._judge(name, [it for it in told if not OF_MAILS.search(it)] + found)

    async def look(self, address, name, *, whole=FULL, application=False, **how):
        """Every finding about a page, as sentences."""
        place = crc32(name.encode())
        audits = EVERYWHERE if whole else AUDITED[place // WHOLE % len(AUDITED)]
        whole = whole or place % WHOLE == 0
        if whole or audits or application:
            how |= {"whole": whole, "audits": audits, "application": application}
            body, found = await self.chromium.do(self._in_browser(address, name, **how))
        else:
            body, found = await served(address, **how)
        return [*self.checker.complaints("html", body), *self.markup.complaints(body), *found]

    def _judge(self, name, found):
        self.pages += 1
        self.findings += len(found)
        self.vnu_messages += sum(each.startswith("vnu") for each in found)
        assert not found, f"{name}: {len(found)} findings\n  " + "\n  ".join(found)

    async def _in_browser(self, address, name, *, exempt=(), application, whole, audits, **how):
        browser = self.chromium.browser
        async with visiting(browser, address, **how) as visit:
            words = await visit.page.evaluate("measures.words()")
            if application:
                found = await aspects.fits(visit.page)
            else:
                found = await aspects.structure(visit.page)
                if whole:
                    found += await keyboard.skip(visit.page) + await keyboard.unfold(visit.page)
                    found += await keyboard.walk(visit.page)
                    found += await aspects.widths(visit.page, visit.page.context)
                    found += await aspects.media(visit.page)
                else:
                    found += await aspects.fits(visit.page)
            found += await self._audits(visit.page, name, audits, exempt, strict=not application)
        if FULL or (whole and b"<script" in visit.body):  # what has no script is the same without
            async with visiting(browser, address, java_script_enabled=False, **how) as plain:
                found += await without_script(plain, words, application=application)
        return visit.body, list(dict.fromkeys([*visit.complaints, *found]))

    async def _mail(self, html, name):
        audits = EVERYWHERE if FULL else AUDITED[crc32(name.encode()) // WHOLE % len(AUDITED)]
        context = await self.chromium.browser.new_context(viewport={"width": 1280, "height": 900})
        asked = []
        context.on("request", lambda request: asked.append(f"network: a mail asks for {request.url}"))
        try:
            page = await context.new_page()
            await page.add_init_script(path=IN_PAGE)
            await page.goto("about:blank")
            await page.set_content(html)
            return asked + await aspects.fits(page) + await self._audits(page, name, audits)
        finally:
            await context.close()

    async def _audits(self, page, name, audits, exempt=(), *, strict=True):
        found = []
        await page.evaluate(ALL_OF_IT)
        for width, theme in audits:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=theme)
            ran, violations, unsure = await axe.audit(page, exempt)
            self.audits, self.rules = self.audits + 1, max(self.rules, ran)
            found += [f"{each} [{width} px, {theme}]" for each in violations]
            found += [f"axe can't decide {each} [{width} px, {theme}]" for each in unsure if strict]
            if PICTURES:
                await take_picture(page, f"{name}-{width}-{theme}")
        return found


async def served(address, *, status=200, cookies=(), exempt=()):
    """A page as it is served, and what its headers lack."""
    del exempt  # from findings of axe
    async with httpx.AsyncClient(trust_env=False, cookies=dict(cookies), follow_redirects=True) as client:
        answer = await client.get(address)
    return answer.content, missing(answer.status_code, answer.headers, status)


def timeless(words):
    """Words without a share of time in them, which is another one a moment later."""
    return re.sub(r"[0-9.]+ %", "# %", words)


async def without_script(visit, words, *, application):
    """Findings about a page whose scripts do not run: it says the same, or at least that it needs them."""
    await visit.page.evaluate(IN_PAGE.read_text())
    plain = await visit.page.evaluate("measures.words()")
    if application:
        said = any("JavaScript" in each for each in plain)
        return visit.complaints + ([] if said else ["without JavaScript: it does not say that it needs it"])
    words, plain = (list(map(timeless, said)) for said in (words, plain))
    other = [each for each in [*words, *plain] if each not in words or each not in plain]
    return visit.complaints + ([f"without JavaScript: other words: {other[:5]}"] if other else [])


async def take_picture(page, name):
    """A picture of a page, as it is now, for people to look at: small, for there are some hundreds of them."""
    stem = re.sub(r"\W+", "-", name).strip("-")
    await page.screenshot(path=Path(PICTURES) / f"{stem}.jpg", type="jpeg", quality=60, full_page=True)
