"""Every sentence of the public page is in the catalogues, and every catalogue is complete."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

import statuspage
from jobs import letter
from models.language import PageLanguage
from statuspage.catalogue import SOURCES, TEMPLATE, collected, written
from statuspage.language import ENGLISH, path_of
from statuspage.render import environment_of

ROOT = Path(statuspage.__file__).parents[1]
OTHERS = [code for code in PageLanguage if code is not PageLanguage.EN]
GAP = re.compile(r"%\((\w+)\)|%%")
READ = ("alt", "title", "aria-label", "placeholder", "label", "summary")
OURS = {"Muster", "https://www.rssboard.org/rss-specification", "·", "–"}
"""What is the same in every language."""


def catalogue(code):
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code.value)


def test_all_sentences_are_collected():
    assert TEMPLATE.read_bytes() == written(collected()), "run `make words`"


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_is_complete(code):
    found = catalogue(code)
    said = {message.id for message in found if message.id}
    assert said == {message.id for message in collected() if message.id}, "run `make words`"
    assert not found.obsolete
    for message in found:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert message.id == "" or all(forms), f"not translated: {message.id}"
        assert message.id == "" or not message.fuzzy, f"not sure: {message.id}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_the_same_gaps(code):
    for message in catalogue(code):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id:
            gaps = {frozenset(GAP.findall(text)) for text in (*ids, *forms)}
            most = frozenset().union(*gaps)
            assert all(most - gap <= {"number", "num"} for gap in gaps), message.id
            assert len(forms) == 1 or gaps == {most} or "number" in most or "num" in most, message.id


def test_german_is_typeset_as_german_is():
    for message in catalogue(PageLanguage.DE):
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            shown = re.sub(r"<[^>]*>", "", text)
            assert message.id == "" or '"' not in shown, text
            assert not re.search(r"[0-9)s] %%", shown), f"no break before a per cent sign: {text}"
            assert not re.search(r"(?<!\u00a0)\b(Min|Std|Uhr)\b", shown), text
            assert "..." not in shown and "“" not in shown.split("„")[0], text  # noqa: PT018 (one rule: its own marks)


class Literals(HTMLParser):
    """The texts of a template that a person reads."""

    def __init__(self, source):
        super().__init__()
        self.found, self._silent = [], False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._silent = tag in ("style", "code", "generator")
        self.found += [value for name, value in attrs if name in READ and value]

    def handle_endtag(self, tag):  # noqa: ARG002 (HTMLParser)
        self._silent = False

    def handle_data(self, data):
        if not self._silent:
            self.found.append(data)


def templates():
    for environment, folders in (
        (environment_of(ENGLISH), None),
        (letter.environment, ("confirm/", "manage/", "news/", "status/")),
    ):
        for name in environment.list_templates():
            if folders is None or name.startswith(folders):
                yield pytest.param(environment, name, id=name)


@pytest.mark.parametrize(("environment", "name"), list(templates()))
def test_a_template_has_no_words_of_its_own(environment, name):
    source, *_ = environment.loader.get_source(environment, name)
    tree = environment.parse(source)
    texts = "q7".join(each.data for each in tree.find_all(nodes.TemplateData))
    found = (text.replace("q7", "").strip() for text in Literals(texts).found)
    words = [text for text in found if re.search("[a-zA-Z]{2}", text)]
    assert not [text for text in words if text not in OURS], "mark it: {{ _(…) }}"
    spoken = {
        id(const) for call in tree.find_all(nodes.Call) for arg in call.args for const in arg.find_all(nodes.Const)
    }
    spoken |= {id(arg) for call in tree.find_all(nodes.Call) for arg in call.args}
    for output in tree.find_all(nodes.Output):
        for const in output.find_all(nodes.Const):
            if isinstance(const.value, str) and id(const) not in spoken:
                assert not re.search("[A-Z][a-z]+|[a-z] [a-z]", re.sub("<[^>]*>", "", const.value)), const.value


def test_every_calendar_knows_its_language():
    for _, pattern in SOURCES[:2]:
        for path in ROOT.glob(pattern):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Calendar":
                    assert len(node.args) == 3, f"{path.name}:{node.lineno}: a Calendar without a language is English"
