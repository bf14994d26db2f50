"""axe-core in a page: WCAG 2.0 to 2.2, A and AA, and its best practices. Any violation counts, however small."""

from dataclasses import dataclass
from functools import cache

from tests.npm.tools import package

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

TRIES = 5
"""A page that redraws itself meanwhile (an editor) is asked again: what is gone can't be placed in it."""

RUN = """async ({ tags, exempt }) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags },
    preload: false,  // style sheets are ours and readable as they are; fetching them again would breach the policy
    resultTypes: ["violations", "incomplete"],
    elementRef: true,
  });
  const isExempt = (id, node) => exempt.some(([rule, within]) => rule === id && node.element?.closest(within));
  const reported = [...found.violations, ...found.incomplete].flatMap(({ nodes }) => nodes);
  const told = ({ id, impact, help, nodes }) =>
    nodes.filter((node) => !isExempt(id, node))
      .map((node) => ({ rule: id, impact, help, target: node.target.flat().join(" "), why: node.failureSummary }));
  return {
    ran: found.passes.length + found.violations.length + found.incomplete.length + found.inapplicable.length,
    violations: found.violations.flatMap(told),
    unsure: found.incomplete.flatMap(told),
    gone: reported.some((node) => node.element && !node.element.isConnected),
  };
}"""


@dataclass(frozen=True)
class Exempt:
    """What is let pass: findings of an axe rule within elements of a CSS selector, and why."""

    rule: str
    within: str
    why: str


@cache
def source():
    return (package("axe-core") / "axe.min.js").read_text()


async def audit(page, exempt=()):
    """What axe finds on a page as it stands: (rules run, findings, what it could not decide)."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(source())
    passing = [(each.rule, each.within) for each in exempt]
    for _ in range(TRIES):
        found = await page.evaluate(RUN, {"tags": TAGS, "exempt": passing})
        if not found["gone"]:
            break
    return found["ran"], [f"axe {told(it)}" for it in found["violations"]], [told(it) for it in found["unsure"]]


def told(it):
    why = " ".join(str(it["why"]).split())
    return f"{it['rule']} ({it['impact']}): {it['help']} at {it['target']}. {why}"
