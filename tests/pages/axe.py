"""axe-core in a page: WCAG 2.0 to 2.2, A and AA, and its best practices. Any violation counts, however small."""

from dataclasses import dataclass
from functools import cache

from tests.npm.tools import package

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

RUN = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags },
    preload: false,  // style sheets are ours and readable as they are; fetching them again would breach the policy
    resultTypes: ["violations", "incomplete"],
  });
  const told = ({ id, impact, help, nodes }) =>
    nodes.map((node) => ({ rule: id, impact, help, target: node.target.flat().join(" "), why: node.failureSummary }));
  return {
    ran: found.passes.length + found.violations.length + found.incomplete.length + found.inapplicable.length,
    violations: found.violations.flatMap(told),
    unsure: found.incomplete.flatMap(told),
  };
}"""


@dataclass(frozen=True)
class Exempt:
    """A finding that is let pass: an axe rule, a part of the selector that it names, and why."""

    rule: str
    within: str
    why: str

    def covers(self, it):
        return it["rule"] == self.rule and self.within in it["target"]


@cache
def source():
    return (package("axe-core") / "axe.min.js").read_text()


async def audit(page, exempt=()):
    """What axe finds on a page as it stands: (rules run, findings, what it could not decide)."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(source())
    found = await page.evaluate(RUN, list(TAGS))
    kept = [it for it in found["violations"] if not any(each.covers(it) for each in exempt)]
    return found["ran"], [f"axe {told(it)}" for it in kept], [told(it) for it in found["unsure"]]


def told(it):
    why = " ".join(str(it["why"]).split())
    return f"{it['rule']} ({it['impact']}): {it['help']} at {it['target']}. {why}"
