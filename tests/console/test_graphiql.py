"""GraphiQL in a real browser, beside the demo: the sign-in link opens it, and its examples run as they stand."""

import re

import pytest
from playwright.sync_api import sync_playwright

from tests.pages.browser import CHROMIUM, QUIET
from tests.server.processes import running, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine: GraphiQL is not tried"),
]

RUN = ".graphiql-execute-button"
SHOWN = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
READ = "name => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.operationName === name"


@pytest.fixture
def folder(tmp_path):
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    return tmp_path / "data"


def test_every_example_runs_as_it_stands_and_the_subscription_hears(folder):
    with running(folder, "--demo") as up, sync_playwright() as playwright:
        out = folder.parent / "out.txt"
        wait_until(lambda: "Sign in once" in out.read_text(), "the link")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page, blocked = browser.new_page(), []
        page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(re.search(r"http://\S+/auth/link/\S+", out.read_text()).group())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console/incidents")
        page.goto(f"{page.url.removesuffix('/incidents')}/graphiql")
        page.wait_for_selector(RUN)
        tabs = page.locator(".graphiql-tab-button")
        names = tabs.all_inner_texts()
        assert names == ["OpenIncidents", "Declare", "People", "TakeCommand", "Tell", "Watch"]
        for number, name in enumerate(names[:-1]):
            tabs.nth(number).click()
            page.wait_for_function(READ, arg=name)
            with page.expect_response("**/graphql") as response:
                page.click(RUN)
            answer = response.value.json()
            assert "errors" not in answer, f"{name}: {answer}"
        tabs.nth(5).click()
        page.wait_for_function(READ, arg="Watch")
        page.click(RUN)
        token = up.token("responder")
        told = re.search(r"INC-\d+ is under way", out.read_text()).group().split()[0]
        write = (
            f'mutation {{ addEntry(input: {{incident: "{told}", kind: NOTE, text: "heard"}}) {{ event {{ id }} }} }}'
        )

        def heard():
            up.graphql(write, token)  # again each time: it listens from some moment on
            return "heard" in page.evaluate(SHOWN)

        wait_until(heard, "the subscription's first event")
        assert blocked == []
        browser.close()
