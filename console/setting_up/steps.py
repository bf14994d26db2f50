"""The steps of the first set-up: what each is called, and why it comes."""

from typing import NamedTuple

from actions.setting_up import STEPS
from core.errors import not_found

PATH = "/console/setup"


class Step(NamedTuple):
    """One step."""

    key: str
    title: str
    why: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"{PATH}/{self.key}"


_WORDS = {
    "organisation": (
        "Your organisation",
        "Its name stands on the status page and in mails; its zone is that of public times.",
    ),
    "team": (
        "A team and a service",
        "A service is what you run, and a team owns it: so an alert finds people.",
    ),
    "components": ("What customers see", "Components are the parts of your product that customers know by name."),
    "look": ("How the status page looks", "Your colours, in both themes, before anybody needs the page."),
    "mail": ("Mail", "By mail people are called to an incident. Find out now whether it arrives."),
    "chat": ("A chat", "With a chat, each incident gets a channel of its own, and the timeline hears what is said."),
    "alerts": ("Alerts", "Let a monitor post here, and see its first alert arrive."),
    "drill": ("A drill", "Everything as in a real incident, and nothing public. You know the rest once you did it."),
}


def every() -> list[Step]:
    """All steps, in their order."""
    return [Step(key, *_WORDS[key]) for key in STEPS]


def step_of(key: str) -> Step:
    """One of them. NOT_FOUND."""
    if key not in _WORDS:
        raise not_found("step", "step of the set-up", key)
    return Step(key, *_WORDS[key])


def after(key: str) -> str:
    """Where it goes on after a step: the next one, and after the last the overview."""
    place = STEPS.index(key) + 1
    return f"{PATH}/{STEPS[place]}" if place < len(STEPS) else PATH
