"""The command centre as a whole: strangers stay outside, and whatever it changes is an action of the API's."""

import ast
import importlib
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount, Route

import console.app
from console.incident.deeds import DEEDS
from console.lists import alert_forms
from console.postmortem_desk.deeds import DEEDS as WRITING
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from resolvers.mutations.perform import Deed
from schema.build import schema
from server.asgi import build_app
from tests.console.desk import BASE, OURS

HERE = Path(console.app.__file__).parent
OPEN = {"/console/graphiql"}
"""Pages that people without a session get, which say how to get in."""
BEFORE = (
    "sign_in.py",
    "provider.py",
    "device.py",
    "oauth.py",
    "page_pass.py",
    "paged.py",
    "app.py",
    "audit.py",
    "download.py",
)
"""Doorways that stood before the command centre, each with tests of its own."""


@pytest.fixture
def runtime(world, tmp_path):
    return Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database))


def routes(runtime):
    """The addresses of the console, with something in place of their parts."""
    for route in console.app.routes(runtime):
        if isinstance(route, Route) and route.path.startswith("/console"):
            path = route.path
            for kind in (":int", ":path"):
                path = path.replace(kind, "")
            parts = dict.fromkeys(route.param_convertors, "1")
            yield path.format(**parts), route.methods or {"GET"}
        else:
            assert isinstance(route, Mount) or route.path.startswith("/auth/"), route


async def test_strangers_are_led_to_sign_in_and_change_nothing(world, runtime):
    before = len(await world.events())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime)), base_url=BASE) as stranger:
        for path, methods in routes(runtime):
            if path in OPEN:
                continue
            if "GET" in methods:
                answer = await stranger.get(path)
                signing_in = answer.status_code == 303 and answer.headers["location"].startswith("/auth/login")
                assert signing_in or answer.status_code == 401, (path, answer.status_code)
            if "POST" in methods:
                assert (await stranger.post(path, data={"a": "b"})).status_code == 403, path
                assert (await stranger.post(path, data={"a": "b"}, headers=OURS)).status_code == 401, path
    assert len(await world.events()) == before


def modules():
    """The modules of the command centre, as (name, syntax tree)."""
    for path in sorted(HERE.rglob("*.py")):
        if path.name not in BEFORE:
            name = ".".join(("console", *path.relative_to(HERE).with_suffix("").parts))
            yield name.removesuffix(".__init__"), ast.parse(path.read_text())


def api():
    """The action of each mutation of the API."""
    found = {}
    for field in schema.mutation.__strawberry_definition__.fields:
        resolver = field.base_resolver.wrapped_func
        cells = [cell.cell_contents for cell in resolver.__closure__ or ()]
        found[field.graphql_name or field.python_name] = [each.action for each in cells if isinstance(each, Deed)]
    return {_camel(name): actions[0] for name, actions in found.items() if actions}


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_what_a_form_does_is_what_the_api_does_under_that_name():
    known = api()
    assert len(known) > 80
    for name, doing in (*DEEDS.items(), *WRITING.items()):
        assert known[doing.mutation] is doing.action, name
    for mutation, action in alert_forms.DEEDS.values():
        assert known[mutation] is action
    calls = 0
    for name, tree in modules():
        module = None
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("do", "do_each")
            ):
                continue
            if len(node.args) < 4 or not isinstance(node.args[2], ast.Constant):
                continue
            module = module or importlib.import_module(name)
            calls += 1
            mutation, action = node.args[2].value, node.args[3]
            assert isinstance(action, ast.Name), f"{name}:{node.lineno}: name the action"
            assert known[mutation] is getattr(module, action.id), f"{name}:{node.lineno}: {mutation}"
    assert calls > 0


def test_the_command_centre_writes_nothing_by_itself():
    writing = {"insert", "update", "delete"}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                assert not writing & {each.name for each in node.names}, name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("unit_of_work", "add_all"), f"{name}:{node.lineno}: use console.posting.do"
