"""How one language says things: its catalogue of sentences, and the dates, numbers and lists of the CLDR.

A value and no state of the process: pages of several languages are rendered side by side, in threads. English is the
language of the sources, so it needs no catalogue; of every other one, `locale/<code>/LC_MESSAGES/messages.po` is read
when it is first spoken (statuspage.catalogue keeps it).
"""

import gettext
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.phrase import Phrase
from models.language import PageLanguage

FOLDER = Path(__file__).parent / "locale"
LOCALES = {PageLanguage.EN: Locale("en", "GB"), PageLanguage.DE: Locale("de", "DE")}
"""Whose dates, numbers and lists a language has: days before months, and 24 hours, as the looks want them."""

DAY_WITH_YEAR = {PageLanguage.EN: "E d MMM y"}
"""Where the looks differ from the CLDR, which has a comma here."""

LETTERS = 5
"""So many at most has the short name of a time zone: MEZ, MESZ."""


def N_(message: str) -> str:  # noqa: N802 (as gettext calls it)
    """Mark a sentence for the catalogues that is said later, by `Language.say`."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 (as gettext calls it)
    """The same for a sentence about a number of things, said later by `Language.count`."""
    return one, many


class Language:
    """One language. Its methods depend on their arguments alone."""

    def __init__(self, code: PageLanguage) -> None:
        self.code = code.value
        self.locale = LOCALES[code]
        self._catalogue = _catalogue(code)
        self._zones: dict[tuple[str, str], str] = {}
        self._day = self.locale.datetime_skeletons["MMMEd"].pattern
        self._day_with_year = DAY_WITH_YEAR.get(code) or self.locale.datetime_skeletons["yMMMEd"].pattern

    def gettext(self, message: str) -> str:
        """A sentence, its gaps not yet filled."""
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The sentence for a number of things, its gaps not yet filled."""
        return self._catalogue.ngettext(one, many, number)

    def say(self, message: str, /, **values: object) -> str:
        """A sentence with its gaps filled. It ends with one full stop, also behind an abbreviation ("10 Min.")."""
        return _one_stop(self._catalogue.gettext(message) % values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The sentence for a number of things, which fills the gap `number`."""
        return _one_stop(self._catalogue.ngettext(one, many, number) % {"number": number, **values})

    def told(self, sentence: str) -> str:
        """What another room put into words in English, as a Phrase; anything else as it is."""
        return self.say(sentence.message, **sentence.values) if isinstance(sentence, Phrase) else sentence

    def listed(self, names: Sequence[str]) -> str:
        """`Checkout`, `Checkout and Search`, `Checkout, Search and Mail`."""
        return format_list(names, locale=self.locale)

    def duration(self, length: timedelta) -> str:
        """`31 min`, `1 h 3 min`, `2 h`, `2 d 4 h`, `2 d`: whole minutes, cut, and nothing that is none."""
        minutes = max(int(length.total_seconds()) // 60, 0)
        hours, days = minutes // 60, minutes // (24 * 60)
        if minutes == 0:
            return self.say("less than 1 min")
        if hours == 0:
            return self.say("%(minutes)d min", minutes=minutes)
        if days == 0 and minutes % 60 == 0:
            return self.say("%(hours)d h", hours=hours)
        if days == 0:
            return self.say("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes % 60)
        if hours % 24 == 0:
            return self.count("%(number)d d", "%(number)d d", days)
        return self.count("%(number)d d %(hours)d h", "%(number)d d %(hours)d h", days, hours=hours % 24)

    def percent(self, share: float | None) -> str:
        """`99.88 %`; `100 %` only for a share without loss, which is cut and never rounded up before."""
        if share is None:
            return self.say("no data")
        return self.say("%(share)s %%", share=_percent(share, self.locale))

    def between(self, start: datetime, end: datetime) -> str:
        """How long it was from one written minute to another: 03:14 to 03:56 is 42 min, whatever the seconds."""
        return self.duration(_minute(end) - _minute(start))

    def day(self, day: date, *, year: bool) -> str:
        """`Tue 24 Nov`, or with its year."""
        return _date(day, self._day_with_year if year else self._day, self.locale)

    def month(self, month: date) -> str:
        """`November 2026`."""
        return _date(month.replace(day=1), "LLLL y", self.locale)

    def zone(self, moment: datetime) -> str:
        """The short name of a local moment's zone: `UTC`, `CET`, or `UTC+05:30` for zones that have no letters."""
        name = moment.tzname() or "UTC"
        if self.code != PageLanguage.EN:
            key = (str(moment.tzinfo), name)
            if key not in self._zones:
                self._zones[key] = _zone(moment, name, self.locale)
            name = self._zones[key]
        return f"UTC{name}" if name[0] in "+-" else name


def _date(day: date, pattern: str, locale: Locale) -> str:
    return _dates(day.year, day.month, day.day, pattern, locale)


@lru_cache(maxsize=4096)
def _percent(share: float, locale: Locale) -> str:
    return format_decimal(share, "0" if share >= 100 else "0.00", locale)  # noqa: PLR2004 (per cent)


@lru_cache(maxsize=4096)
def _dates(year: int, month: int, day: int, pattern: str, locale: Locale) -> str:
    return format_date(date(year, month, day), pattern, locale)


def _zone(moment: datetime, name: str, locale: Locale) -> str:
    """A zone's own short name in a language, where it has one; else the one that it has everywhere."""
    own = get_timezone_name(moment, "short", locale=locale)
    return own if own.isalpha() and len(own) <= LETTERS else name


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _one_stop(said: str) -> str:
    return said[:-1] if said.endswith("..") else said


def _catalogue(code: PageLanguage) -> gettext.NullTranslations:
    if code is PageLanguage.EN:
        return gettext.NullTranslations()
    with path_of(code).open("rb") as file:
        found = read_po(file, locale=code.value)
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def path_of(code: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


_languages = lru_cache(Language)


@lru_cache(maxsize=256)
def language_of(code: str) -> Language:
    """The language of a code; English for one that is not spoken here."""
    return _languages(PageLanguage(code) if code in set(PageLanguage) else PageLanguage.EN)


ENGLISH = language_of("en")
