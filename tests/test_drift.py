"""What must agree with each other: models and migrations, code and documentation, files and house rules."""

import re
import subprocess
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.settings import Settings
from models.facts.document import catalogue
from models.tables import metadata
from tests.long import LONG

ROOT = Path(__file__).parents[1]


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_files_that_begin_first_are_there():
    assert [name for name in LONG if not (ROOT / name).is_file()] == []


async def test_migrations_make_what_the_models_say(database):
    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_readme_lists_every_setting():
    readme = (ROOT / "README.md").read_text()
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert {name for name in names if f"`{name}`" not in readme} == set()


def test_the_readme_shows_the_drill_in_under_sixty_lines_with_a_screenshot():
    readme = (ROOT / "README.md").read_text()
    drill = readme.partition("## Try it")[2].partition("\n## ")[0]
    assert len(drill.splitlines()) < 60
    for needed in ("make demo", "alertmanager", "graphql-ws", "curl"):
        assert needed in drill
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", readme):
        assert 0 < (ROOT / picture).stat().st_size < 200_000


def test_every_event_kind_is_documented():
    """`python -m models.facts.document > docs/events.md` brings it up to date."""
    assert (ROOT / "docs/events.md").read_text() == catalogue()


def test_every_benchmark_is_in_the_list_of_benchmarks():
    told = (ROOT / "bench/README.md").read_text()
    ours = [path for path in tracked("bench/*.py") if path.parent.name == "bench"]
    runnable = [path.stem for path in ours if '__name__ == "__main__"' in path.read_text()]
    assert len(runnable) > 20
    assert [name for name in runnable if not re.search(rf"`(?:bench\.)?{name}\b|make {name}\b", told)] == []


def test_files_name_no_registry_host_and_no_path_of_a_machine():
    forbidden = re.compile(r"/(?:work|farm|root|home/\w+)/|registry\.npm" + r"js|python" + r"hosted|pypi\." + r"org")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".svg", ".css", ".js", ".ico"} or path == Path(__file__):
            continue
        found += [f"{path.name}: {match}" for match in forbidden.findall(path.read_text(errors="replace"))]
    assert found == []


def test_no_link_leads_out_of_the_repository():
    """A link to a folder of somebody's machine is a broken file for everybody else."""
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if line.startswith("120000 ")] == []


def test_python_files_stay_readable():
    """DESIGN: p90 of 250 lines, none over 400. The first migration holds every table and is let off."""
    sizes = sorted(
        (len(path.read_text().splitlines()), path.name) for path in tracked("*.py") if "versions" not in path.parts
    )
    assert sizes[-1][0] <= 400, sizes[-3:]
    assert sizes[int(len(sizes) * 0.9)][0] <= 250
