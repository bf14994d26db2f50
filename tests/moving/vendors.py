"""The four tools' APIs on a loopback port, as far as an import reads them; each page of a list has one row."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from graphql import build_schema, parse, validate

from tests.moving import exports

KEYS = {
    "pagerduty": "Token token=secret",
    "opsgenie": "GenieKey secret",
    "grafana-oncall": "secret",
    "goalert": "Bearer secret",
}

GOALERT = build_schema((Path(__file__).parent / "goalert.graphql").read_text())


def of_pagerduty(path, asked, _):
    whole = exports.pagerduty()
    name = path.rpartition("/")[2]
    if name == "schedules":
        assert asked["include[]"] == "schedule_layers"
    if name == "overrides":
        assert asked["since"] < asked["until"]
    page, more = paged(whole[name], int(asked["offset"]) // 100)
    return {name: page, "more": more}


def of_opsgenie(path, asked, _):
    whole = exports.opsgenie()
    match path.strip("/").split("/"):
        case ["v2", "teams", key]:
            return {"data": next(team for team in whole["teams"] if team["id"] == key)}
        case ["v2", "schedules", _, "overrides"]:
            return {"data": whole["overrides"]}
        case ["v2", "teams"]:
            return {"data": [{"id": team["id"], "name": team["name"]} for team in whole["teams"]]}
        case [_, name]:
            if "offset" not in asked:
                return {"data": whole[name]}
            page, more = paged(whole[name], int(asked["offset"]) // 100)
            return {"data": page, "paging": {"next": "there"} if more else {}}


def of_grafana_oncall(path, asked, _):
    page, more = paged(exports.grafana_oncall()[path.strip("/").split("/")[2]], int(asked["page"]) - 1)
    return {"results": page, "next": "there" if more else None}


def of_goalert(path, _, body):
    assert path == "/api/graphql"
    assert validate(GOALERT, parse(body["query"])) == []
    whole = exports.goalert()["data"]
    name = next(each for each in whole if f"{each}(input" in body["query"])
    after = body["variables"]["input"]["after"]
    page, more = paged(whole[name]["nodes"], int(after or 0))
    return {"data": {name: {"nodes": page, "pageInfo": {"endCursor": str(int(after or 0) + 1), "hasNextPage": more}}}}


def paged(rows, number):
    return rows[number : number + 1], len(rows) > number + 1


@contextmanager
def vendor(name):
    """An address at which a tool answers whoever has its key."""
    answer_of = globals()[f"of_{name.replace('-', '_')}"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, body):
            parts = urlsplit(self.path)
            asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
            known = self.headers["Authorization"] == KEYS[name]
            said = answer_of(parts.path, asked, body) if known else {"message": "No."}
            sent = json.dumps(said).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
