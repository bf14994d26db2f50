"""What is looked at on a page, one aspect a function; each returns its findings as sentences."""

from itertools import pairwise

WIDTHS = (320, 375, 1280)
THEMES = ("light", "dark")
LARGE = {"standard": 32, "fixed": 26}
"""Twice the sizes of text that browsers come with: a reader's own setting (WCAG 1.4.4)."""
USUAL = {"standard": 16, "fixed": 13}


async def structure(page):
    """Language, title, headings, names, ids; nothing inline, nothing from another host."""
    it = await page.evaluate("measures.structure()")
    findings = [
        (not it["lang"], "no language"),
        (not it["title"], "no title"),
        ("width=device-width" not in it["viewport"], "no viewport"),
        ("maximum-scale" in it["viewport"] or "user-scalable" in it["viewport"], "zooming is forbidden"),
        (it["mains"] != 1, f"{it['mains']} main parts"),
        (it["levels"].count(1) != 1 or it["levels"][0] != 1, f"not one first heading before all: {it['levels']}"),
        (any(after - before > 1 for before, after in pairwise(it["levels"])), f"headings skip: {it['levels']}"),
        (it["twice"], f"ids are used twice: {it['twice']}"),
        (it["unnamed"], f"links or buttons without words: {it['unnamed']}"),
        (it["inline"], f"style attributes: {it['inline']}"),
        (it["handlers"], f"handlers in markup: {it['handlers']}"),
        (it["elsewhere"], f"loads from another host: {it['elsewhere']}"),
        (it["unstyled"], "the style sheet is not applied"),
    ]
    return [f"structure: {words}" for wrong, words in findings if wrong]


async def layout(page, when):
    """No horizontal scroll, and no text cut off."""
    it = await page.evaluate("measures.layout()")
    findings = []
    if it["overflow"] > 0:
        findings.append(f"layout: {it['overflow']} px stick out {when}: {it['wide']}")
    if it["cut"]:
        findings.append(f"layout: cut off {when}: {it['cut']}")
    return findings


async def fits(page):
    """For what lays itself out: no horizontal scroll of the page at any width."""
    findings = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        over = (await page.evaluate("measures.layout()"))["overflow"]
        findings += [f"layout: {over} px stick out at {width} px"] if over > 0 else []
    return findings


async def widths(page, context):
    """At every width, with text twice as large, and with the spacing of WCAG 1.4.12."""
    findings = []
    devtools = await context.new_cdp_session(page)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        findings += await layout(page, f"at {width} px")
        await page.evaluate("measures.spaceText()")
        findings += await layout(page, f"at {width} px with spaced text")
        await page.evaluate("measures.unspaceText()")
        await devtools.send("Page.setFontSizes", {"fontSizes": LARGE})
        findings += await layout(page, f"at {width} px with text of 200 %")
        await devtools.send("Page.setFontSizes", {"fontSizes": USUAL})
    await devtools.detach()
    return findings


async def media(page):
    """Themes, forced colours and paper show the same words; nothing moves for who does not want it."""
    findings = []
    usual = await page.evaluate("measures.words()")
    for given in ({"color_scheme": "dark"}, {"forced_colors": "active"}, {"contrast": "more"}):
        await page.emulate_media(**given)
        if await page.evaluate("measures.words()") != usual:
            findings.append(f"media: other words with {given}")
        await page.emulate_media(**dict.fromkeys(given, "null"))
    for_paper = await page.evaluate("measures.words({ onPaper: true })")
    await page.emulate_media(media="print")
    printed = await page.evaluate("measures.words({ onPaper: true })")
    await page.emulate_media(media="null")
    lost = [each for each in for_paper if each not in printed]
    if lost:
        findings.append(f"media: not printed: {lost[:5]}")
    moving = await page.evaluate("measures.moving()")
    if moving:
        findings.append(f"media: moves though less motion is wished for: {moving[:5]}")
    return findings
