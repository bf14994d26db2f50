"""A Jira Cloud site with one project: it keeps issues, knows its accounts, and fails as it is told."""

import base64
import json
import re

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.outward.obeying import Obeying
from tests.outward.ticket_posting import Posting
from tests.outward.vendor_contract import contract

EMAIL, TOKEN = "muster@shop.example", "s3cret"
TASK = {"id": "10001", "name": "Task", "subtask": False}
SUBTASK = {"id": "10002", "name": "Subtask", "subtask": True}
OWN = {"project": "Project", "issuetype": "Issue Type", "summary": "Summary"}


STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done", "Rejected": "done"}
CONTRACT = "jira-cloud-v3.trimmed.openapi.json"


def way(number, name, to, **fields):
    """A transition, with the fields on its screen that it can't do without."""
    asked = {key: {"name": title, "required": True, "hasDefaultValue": False} for key, title in fields.items()}
    return {"id": str(number), "name": name, "to": _status(to), "isAvailable": True, "fields": asked}


def _status(name):
    return {"name": name, "statusCategory": {"key": STATUSES[name]}}


class Jira(Posting, Obeying):
    """The site. It has `issues` by key; its search knows those that are `indexed`; `faults`: of what it was asked."""

    field, delivery = "x-hub-signature", "x-atlassian-webhook-identifier"

    def __init__(self):
        super().__init__()
        self.token, self.permissions = TOKEN, {"BROWSE_PROJECTS", "CREATE_ISSUES", "TRANSITION_ISSUES", "LINK_ISSUES"}
        self.issues, self.links, self.indexed, self.index_lags = {}, {}, set(), False
        self.required, self.screen = {}, {"labels": "Labels", "description": "Description"}
        self.last, self.faults = 0, []
        self.ways = [way(11, "Back", "To Do"), way(21, "Start", "In Progress"), way(31, "Finish", "Done")]

    def app(self):
        """It, to be served."""
        return Starlette(routes=[Route("/rest/api/3/{path:path}", self.handle, methods=["GET", "POST"])])

    def index(self):
        """Let the search know everything."""
        self.indexed = set(self.issues)

    def add(self, **fields):
        """An issue that somebody else opened."""
        self.last += 1
        key = f"OPS-{self.last}"
        given = {"labels": [], "status": _status("To Do"), "assignee": None, **fields}
        self.issues[key] = {"fields": given, "properties": {}}
        self.tell(key, "jira:issue_created")
        return key

    def tell(self, key, event="jira:issue_updated", **changed):
        """What the webhook is told of an issue; `changed`: field, and what it was before."""
        told = {"timestamp": 1, "webhookEvent": event, "issue": self.shown(key)}
        if changed:
            items = [{"field": field, "fromString": before} for field, before in changed.items()]
            told["changelog"] = {"id": "1", "items": items}
        self.post(told)

    def change(self, key, status):
        """Somebody takes an issue to another status."""
        fields = self.issues[key]["fields"]
        before, fields["status"] = fields["status"]["name"], _status(status)
        self.tell(key, status=before)

    def assign(self, key, name):
        """Somebody gives an issue to somebody."""
        self.issues[key]["fields"]["assignee"] = {"displayName": name}
        self.tell(key, assignee=None)

    def shown(self, key):
        """An issue as it shows it."""
        return {"id": key.rpartition("-")[2], "key": key, "fields": self.issues[key]["fields"]}

    def answer(self, request, body):
        """What it answers to a request, with its effect."""
        expected = "Basic " + base64.b64encode(f"{EMAIL}:{self.token}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return JSONResponse({"errorMessages": ["Client must be authenticated"]}, 401)
        path, asked = request.path_params["path"], request.query_params
        if (request.method, path) == ("POST", "issue"):
            return self._create(json.loads(body))
        if (request.method, path) == ("POST", "issue/bulkfetch"):
            wanted = json.loads(body)["issueIdsOrKeys"]
            assert len(wanted) <= 100
            return JSONResponse({"issues": [self._shown(key) for key in wanted if key in self.issues]})
        if re.match(r"issue/[A-Z]+-\d+", path):
            return self._of_issue(request, path, body)
        return self._read(path, asked)

    def _of_issue(self, request, path, body):
        method, asked = request.method, request.query_params
        if method == "POST" and path.endswith("/remotelink"):
            return self._link(path.split("/")[1], json.loads(body))
        if path.endswith("/comment"):
            return self._comments(method, path.split("/")[1], body, asked)
        headers = dict(request.headers)
        self.faults += contract(CONTRACT).faults(method, request.url.path, dict(asked), headers, body)
        return self._one(method, path, body)

    def _one(self, method, path, body):
        key = path.split("/")[1]
        if key not in self.issues:
            return JSONResponse({"errorMessages": ["Issue does not exist"], "errors": {}}, 404)
        if path == f"issue/{key}":
            return JSONResponse(self.shown(key))
        here = self.issues[key]["fields"]["status"]
        ways = [each for each in self.ways if each["to"] != here and "TRANSITION_ISSUES" in self.permissions]
        if method == "GET":
            return JSONResponse({"transitions": ways})
        given = json.loads(body)
        taken = next((each for each in ways if each["id"] == given["transition"]["id"]), None)
        if taken is None or taken["fields"].keys() - given.get("fields", {}).keys():
            return JSONResponse({"errorMessages": ["It can't be taken."], "errors": {}}, 400)
        self.change(key, taken["to"]["name"])
        return Response(status_code=204)

    def _comments(self, method, key, body, asked):
        if key not in self.issues:
            return JSONResponse({"errorMessages": ["Issue does not exist"], "errors": {}}, 404)
        notes = self.issues[key].setdefault("notes", [])
        if method == "GET":
            assert (asked["orderBy"], asked["expand"]) == ("-created", "properties")
            return JSONResponse({"comments": notes[::-1][: int(asked["maxResults"])], "total": len(notes)})
        given = json.loads(body)
        notes.append({"id": str(len(notes) + 1), **given})
        self.tell(key, "comment_created")
        return JSONResponse(notes[-1], 201)

    def _read(self, path, asked):
        if path == "myself":
            return JSONResponse({"accountId": "1", "emailAddress": EMAIL})
        if path == "search/jql":
            return self._search(asked["jql"], int(asked["maxResults"]))
        if path == "mypermissions":
            names = asked["permissions"].split(",")
            held = {name: {"key": name, "havePermission": name in self.permissions} for name in names}
            return JSONResponse({"permissions": held})
        if path == "project/OPS" and "BROWSE_PROJECTS" in self.permissions:
            return JSONResponse({"key": "OPS", "name": "Operations", "issueTypes": [TASK, SUBTASK]})
        if path == "issue/createmeta/OPS/issuetypes/10001" and "CREATE_ISSUES" in self.permissions:
            return self._screen(int(asked["startAt"]))
        return JSONResponse({"errorMessages": [f"No {path} here"], "errors": {}}, 404)

    def _screen(self, start):
        """The fields of the create screen, two at a time."""
        fields = [
            *({"fieldId": key, "name": name, "required": True, "hasDefaultValue": False} for key, name in OWN.items()),
            *({"fieldId": key, "name": name, "required": True} for key, name in self.required.items()),
            *({"fieldId": key, "name": name, "required": False} for key, name in self.screen.items()),
            {"fieldId": "reporter", "name": "Reporter", "required": True, "hasDefaultValue": True},
        ]
        return JSONResponse({"fields": fields[start : start + 2], "startAt": start, "total": len(fields)})

    def _search(self, jql, most):
        known = sorted(self.indexed, key=lambda key: int(key.rpartition("-")[2]), reverse=True)
        if label := re.fullmatch(r'project = "OPS" AND labels = "(.+)"', jql):
            known = [key for key in known if label[1] in self.issues[key]["fields"]["labels"]]
        else:
            assert jql == 'project = "OPS" ORDER BY key DESC'
        return JSONResponse({"issues": [self._shown(key) for key in known[:most]], "isLast": True})

    def _shown(self, key):
        return {"id": key.rpartition("-")[2], "key": key, "properties": self.issues[key]["properties"]}

    def _create(self, given):
        fields = given["fields"]
        errors = {key: f"{name} is required." for key, name in self.required.items() if key not in fields}
        if fields["project"] != {"key": "OPS"} or "BROWSE_PROJECTS" not in self.permissions:
            errors["project"] = "Specify a valid project ID or key"
        elif fields["issuetype"] != {"name": "Task"}:
            errors["issuetype"] = "Specify a valid issue type"
        for key in fields.keys() - OWN.keys() - self.screen.keys() - self.required.keys():
            errors[key] = f"Field '{key}' cannot be set. It is not on the appropriate screen, or unknown."
        if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
            errors["summary"] = "Summary must be one line of less than 255 characters."
        if errors:
            return JSONResponse({"errorMessages": [], "errors": errors}, 400)
        if "CREATE_ISSUES" not in self.permissions:
            return JSONResponse({"errorMessages": ["You do not have permission to create issues"]}, 403)
        key = self.add(**fields)
        self.issues[key]["properties"] = {each["key"]: each["value"] for each in given["properties"]}
        if not self.index_lags:
            self.index()
        number = key.rpartition("-")[2]
        return JSONResponse({"id": number, "key": key, "self": f"https://x/rest/api/3/issue/{number}"}, 201)

    def _link(self, key, given):
        if "LINK_ISSUES" not in self.permissions:
            return JSONResponse({"errorMessages": ["You do not have permission to link issues"]}, 403)
        links = self.links.setdefault(key, {})
        status = 200 if given["globalId"] in links else 201
        links[given["globalId"]] = given["object"]
        return JSONResponse({"id": len(links)}, status)
