"""`muster --help` answers at once: a command is loaded when it is run, and what runs elsewhere loads no server."""

import subprocess
import sys

import click
import pytest

from server.cli import SUMMARIES, main
from server.commands.incidents import incident
from tests.server.processes import ROOT, environment

HEAVY = (
    "sqlalchemy",
    "strawberry",
    "graphql",
    "pydantic",
    "starlette",
    "httpx",
    "asyncpg",
    "models",
    "actions",
    "auth",
)


@pytest.mark.parametrize("group", [main, incident], ids=["muster", "incident"])
def test_a_list_of_commands_says_what_each_says_itself(group):
    ctx = click.Context(group)
    assert set(group.summaries) == set(group.list_commands(ctx))
    for name, told in group.summaries.items():
        command = group.get_command(ctx, name)
        assert command.help.splitlines()[0] == told, name
    assert "incident" in SUMMARIES


@pytest.mark.parametrize(
    "arguments",
    ["", "incident", "incident list", "incident watch", "incident declare", "apply", "oncall", "login"],
)
def test_help_loads_nothing_of_the_server(arguments):
    code = (
        "import sys\nfrom server.cli import main\n"
        f"main({[*arguments.split(), '--help']}, standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Usage: " in done.stdout


def test_shells_complete_commands_options_and_words(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "muster").write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m server "$@"\n')
    (folder / "muster").chmod(0o755)
    base = environment()
    variables = {**base, "PATH": f"{folder}:{base['PATH']}", "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*command, **more):
        return subprocess.run(
            command, env={**variables, **more}, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def completed(line):
        script = (
            'eval "$(muster completion bash)"; read -ra COMP_WORDS <<< "$1"; COMP_WORDS+=("${2}");'
            ' COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _muster_completion muster; echo "${COMPREPLY[@]}"'
        )
        before, _, last = line.rpartition(" ")
        return run("bash", "-c", script, "bash", before, last).split()

    assert completed("muster inc") == ["incident"]
    assert set(completed("muster incident ")) == set(incident.summaries)
    assert completed("muster incident stage INC-1 MIT") == ["mitigation"]
    assert "--filter" in completed("muster incident list --f")
    assert completed("muster incident show INC") == [], "nobody is signed in: there is nothing to offer, and no error"
    assert run("muster", "completion", "zsh").startswith("#compdef muster")
    assert "complete --no-files --command muster" in run("muster", "completion", "fish")
    zsh = run("muster", _MUSTER_COMPLETE="zsh_complete", COMP_WORDS="muster oncal", COMP_CWORD="1").splitlines()
    assert zsh == ["plain", "oncall", SUMMARIES["oncall"]]
