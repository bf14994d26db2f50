"""The pages around a subscription: the form, what follows from it, and where subscribers choose or leave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import ids
from core.errors import DomainError
from models.subscriber import Subscriber
from models.words import Channel, NewsKind
from statuspage import render
from statuspage.answer import POLICY
from statuspage.form import Fields, one
from statuspage.language import N_, Language, language_of
from statuspage.read import Site
from statuspage.words import line

FORM_HEADERS = {"Content-Security-Policy": POLICY.replace("form-action 'none'", "form-action 'self'")}
"""A page with a form: it may be sent to us and to nobody else."""

LINK_HEADERS = {**FORM_HEADERS, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""A page behind a link that is somebody's own: its address is told to no other."""

CHANNELS = {
    Channel.EMAIL: N_("E-mail"),
    Channel.WEBHOOK: N_("Webhook"),
    Channel.SLACK: "Slack",
    Channel.TEAMS: "Microsoft Teams",
}
KINDS = {
    NewsKind.INCIDENTS: N_("Incidents"),
    NewsKind.MAINTENANCE: N_("Scheduled maintenance"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Components that stand together on the page."""

    name: str | None
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> int:
        """How many of them are ticked."""
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as somebody filled it in, and what is wrong with it: to be shown again."""

    channel: Channel = Channel.EMAIL
    address: str = ""
    components: Sequence[str] = ()
    kinds: Sequence[str] = tuple(NewsKind)
    error: DomainError | None = None


def groups(site: Site, chosen: Collection[str]) -> list[Group]:
    """The components on the page, with those that are chosen by id."""
    found: dict[str | None, list[Choice]] = {}
    for part in site.shown:
        key = ids.encode("Component", part.id)
        group = line(part.group) if part.group else None
        found.setdefault(group, []).append(Choice(key, line(part.name), key in chosen))
    return [Group(name, tuple(choices)) for name, choices in found.items()]


def kinds(chosen: Collection[str], language: Language) -> list[Choice]:
    """The kinds of news."""
    return [Choice(kind.value, language.say(words), kind.value in chosen) for kind, words in KINDS.items()]


def form_page(site: Site, now: datetime, confirmed: bool) -> bytes:  # noqa: ARG001 (Render)
    """The form, empty. It is the same when the state of things can't be read."""
    return filled_page(site, now, Filled())


def filled_page(site: Site, now: datetime, filled: Filled) -> bytes:
    """The form as somebody filled it in."""
    language = language_of(site.language)
    return render.form(
        "subscribe.html",
        site,
        now,
        filled=filled,
        hooks=[
            (channel.value, channel_words(channel, language))
            for channel in (Channel.SLACK, Channel.TEAMS, Channel.WEBHOOK)
        ],
        groups=groups(site, filled.components),
        kinds=kinds(filled.kinds, language),
    )


def channel_words(channel: Channel, language: Language) -> str:
    """A channel by its name; names of products are the same in every language."""
    return language.say(CHANNELS[channel])


def asked_page(site: Site, now: datetime, channel: Channel, secret: str | None) -> bytes:
    """What everybody reads who sent the form, whoever they are and whatever is known of the address."""
    words = channel_words(channel, language_of(site.language))
    return render.form("subscribe_asked.html", site, now, mail=channel is Channel.EMAIL, channel=words, secret=secret)


def message_page(site: Site, now: datetime, title: str, words: str, *, shape: str = "unknown") -> bytes:
    """A page that says something, and where to go from it; both are phrases (core.phrase)."""
    title, words = _said(site, title), _said(site, words)
    return render.form("subscriber_message.html", site, now, title=title, words=words, shape=shape)


def button_page(site: Site, now: datetime, title: str, words: str, button: str) -> bytes:
    """A page with one button, which posts to its own address."""
    title, words, button = _said(site, title), _said(site, words), _said(site, button)
    return render.form("subscriber_button.html", site, now, title=title, words=words, button=button)


def _said(site: Site, words: str) -> str:
    return language_of(site.language).told(words)


def manage_page(
    site: Site,
    now: datetime,
    subscriber: Subscriber,
    filled: Filled,
    unsubscribe_path: str,
    *,
    saved: bool = False,
) -> bytes:
    """Where a subscriber chooses."""
    language = language_of(site.language)
    return render.form(
        "subscriber_manage.html",
        site,
        now,
        filled=filled,
        channel=channel_words(subscriber.channel, language),
        to=masked(subscriber),
        groups=groups(site, filled.components),
        kinds=kinds(filled.kinds, language),
        unsubscribe_path=unsubscribe_path,
        saved=saved,
    )


def masked(subscriber: Subscriber) -> str:
    """Where the news goes, as much of it as tells the owner which address it is: links are passed on at times."""
    if subscriber.email is None:
        return subscriber.host or ""
    local, _, domain = subscriber.email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def filled_in(fields: Fields) -> Filled:
    """The form as it was sent, to be shown again."""
    channel = one(fields, "channel")
    return Filled(
        Channel(channel) if channel in set(Channel) else Channel.EMAIL,
        one(fields, "address")[:2000],
        fields.get("components", ()),
        fields.get("kinds", ()),
    )
