"""The sentences of the public page for translators: `make words` collects them and brings every catalogue up to date.

A sentence whose English has changed becomes one that is not translated yet: a stale one must not be shown. Where it
stands is not noted, so that moving a line changes no catalogue.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from models.language import PageLanguage
from statuspage.language import FOLDER, path_of

ROOT = Path(__file__).parents[1]
SOURCES = (
    ("python", "statuspage/**/*.py"),
    ("python", "jobs/subscribers/*.py"),
    ("python", "actions/subscribers/*.py"),
    ("python", "actions/check.py"),
    ("jinja2.ext.babel_extract", "statuspage/templates/**/*"),
    *(("jinja2.ext.babel_extract", f"jobs/templates/mail/{folder}/*") for folder in ("confirm", "manage", "news")),
    ("jinja2.ext.babel_extract", "jobs/templates/mail/status/*"),
)
"""What speaks to customers: pages, feeds, mails to subscribers, and what is wrong with a form that they sent."""

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "NN_": (1, 2), "say": None, "count": (1, 2)}
KEYWORDS["phrase"] = None
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
TEMPLATE = FOLDER / "messages.pot"
WIDTH = 120


def collected() -> Catalog:
    """All sentences, sorted."""
    found = Catalog(project="Muster", header_comment="# What the public page of Muster says.")
    for method, pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                for sentence, comments in _sentences(method, path):
                    found.add(sentence, auto_comments=comments, flags=["python-format"] if _gaps(sentence) else [])
    return found


def _sentences(method: str, path: Path) -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    for _, sentence, comments, _ in extract_from_file(method, path, KEYWORDS, ("Translators:",), OPTIONS):
        yield sentence, comments


def _gaps(sentence: str | tuple[str, ...]) -> bool:
    return any("%(" in each for each in ((sentence,) if isinstance(sentence, str) else sentence))


def written(catalogue: Catalog) -> bytes:
    """A catalogue as a file, without dates: the same sentences are the same bytes."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    if catalogue.locale is not None:
        head += f'"Language: {catalogue.locale_identifier}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n'
    file = BytesIO()
    write_po(file, catalogue, width=WIDTH, no_location=True, sort_output=True, omit_header=True, ignore_obsolete=True)
    return f"{catalogue.header_comment}\n{head}\n".encode() + file.getvalue()


def main() -> None:
    """Write the template, and update the catalogues by it."""
    template = collected()
    TEMPLATE.write_bytes(written(template))
    for code in PageLanguage:
        if code is not PageLanguage.EN:
            with path_of(code).open("rb") as file:
                catalogue = read_po(file, locale=code.value)
            catalogue.update(template, no_fuzzy_matching=True)
            path_of(code).write_bytes(written(catalogue))


if __name__ == "__main__":
    main()
