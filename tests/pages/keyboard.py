"""A page without a mouse: Tab reaches everything, in order, and shows where it is."""

SLACK = 2
"""Presses more than there are stops, so that a trap or an unlisted stop is noticed."""
PARTS = 8
"""Stops within an input for a date and a time, at most."""
SETTLED = "new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)))"
"""When scripts have added what they add while nobody waits (`muster.idle`)."""


async def walk(page):
    """Findings of one walk with Tab from the top of a page, unfolded, to its end."""
    await page.goto(page.url.partition("#")[0])
    await page.evaluate(SETTLED)
    names = await page.evaluate("measures.unfold(), measures.fromTheTop(), measures.listStops()")
    findings, reached = [], []
    within = 0
    while len(reached) < len(names) + SLACK:
        await page.keyboard.press("Tab")
        at = await page.evaluate("measures.focused()")
        if at is not None and at["parted"] and reached[-1:] == [at["index"]] and within < PARTS:
            within += 1
            continue
        within = 0
        if at is None or at["index"] in reached:
            break
        reached.append(at["index"])
        if not at["ring"]:
            findings.append(f"keyboard: the focus is not shown on {at['name']}")
        if not at["seen"]:
            findings.append(f"keyboard: {at['name']} is covered, or out of sight, when it has the focus")
    findings += [f"keyboard: Tab does not reach {names[i]}" for i in range(len(names)) if i not in reached]
    if reached != sorted(reached):
        findings.append(f"keyboard: Tab goes another way than the page reads: {[names[i] for i in reached]}")
    return findings


async def skip(page):
    """Findings about the skip link: the first stop, seen there, and it leads into `main`. Nothing before, no link."""
    await page.reload()
    await page.evaluate("measures.listStops()")
    await page.keyboard.press("Tab")
    at = await page.evaluate("measures.focused()")
    if at is None or at["inMain"]:
        return []
    if not str(at["target"]).startswith("#"):
        return ["keyboard: the first stop is no link that skips to the content"]
    if not at["seen"]:
        return ["keyboard: the skip link is not seen when it has the focus"]
    await page.keyboard.press("Enter")
    stops = await page.evaluate("document.querySelectorAll('main a[href], main button, main summary').length")
    await page.keyboard.press("Tab")
    after = await page.evaluate("measures.focused()")
    if stops and (after is None or not after["inMain"]):
        return ["keyboard: after the skip link Tab does not go on within the content"]
    return []


async def unfold(page):
    """Findings about the first thing that unfolds: the keyboard opens and closes it."""
    summary = page.locator("summary:visible").first
    if not await summary.count():
        return []
    opened = "(it) => it.parentElement.open"
    before = await summary.evaluate(opened)
    await summary.press("Enter")
    changed = await summary.evaluate(opened)
    await summary.press("Space")
    return [] if (before, changed) == (await summary.evaluate(opened), not before) else ["keyboard: a fold is stuck"]
