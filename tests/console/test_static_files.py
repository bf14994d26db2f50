"""Scripts and styles of the command centre: kept for ever by those who ask for the version that there is."""

import gzip
import re

import brotli
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from console.static_files import FOLDER, KeptFiles, versioned
from statuspage.static_files import FOLDER as PAGE
from tests.console.desk import browser


@pytest.fixture
async def http():
    async with browser(Starlette(routes=[Mount("/console/static", KeptFiles(directory=FOLDER))])) as client:
        yield client


async def test_a_version_is_compressed_and_kept(http):
    plain = (FOLDER / "muster.css").read_bytes()
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes)):
        async with http.stream("GET", versioned("muster.css"), headers={"Accept-Encoding": coding}) as answer:
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert unpack(body) == plain
        assert answer.headers.get("content-encoding", "identity") == coding
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/css")


async def test_other_versions_and_other_paths(http):
    answer = await http.get("/console/static/muster.css?v=0123456789ab")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers.get("cache-control", "")
    for path in ("nothing.css", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "vendor/../../app.py"):
        assert (await http.get(f"/console/static/{path}")).status_code == 404, path


def test_the_console_has_the_colours_of_the_status_page():
    """One look: a colour that is changed on one side and not on the other would be noticed by nobody else."""
    ours, theirs = ((folder / "muster.css").read_text() for folder in (FOLDER, PAGE))
    colours = re.compile(r"--[\w-]+:(?:#[0-9a-f]{3,6}|light-dark\([^;}]*\))")
    assert len(colours.findall(theirs)) > 25
    assert set(colours.findall(theirs)) <= set(colours.findall(ours))


@pytest.mark.parametrize("sheet", sorted(FOLDER.glob("*.css")), ids=lambda sheet: sheet.name)
def test_every_block_of_a_style_sheet_is_closed(sheet):
    """A browser closes what is open at the end: all that follows an open @media counts for wide screens alone."""
    open_at = []
    for number, line in enumerate(
        re.sub(r"/\*.*?\*/", lambda it: "\n" * it[0].count("\n"), sheet.read_text(), flags=re.DOTALL).splitlines(), 1
    ):
        for sign in re.findall("[{}]", line):
            if sign == "{":
                open_at.append(number)
            else:
                open_at.pop()
    assert open_at == [], f"{sheet.name}: the block of line {open_at} is not closed"
