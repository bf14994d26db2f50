"""GitHub with one repository: it keeps issues, knows its tokens, and fails as it is told."""

import json

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.outward.obeying import Obeying
from tests.outward.ticket_posting import Posting

TOKEN, LOGIN = "s3cret", "muster-bot"


class GitHub(Posting, Obeying):
    """The repository acme/shop: its `issues`, oldest first; what the search knows of them: `indexed`."""

    field, delivery = "x-hub-signature-256", "x-github-delivery"

    def __init__(self):
        super().__init__()
        self.token, self.app_token, self.may_open = TOKEN, False, True
        self.issues, self.indexed = [], set()
        self.repository = {
            "full_name": "acme/shop",
            "has_issues": True,
            "archived": False,
            "permissions": {"push": True},
        }

    def app(self):
        """It, to be served."""
        return Starlette(routes=[Route("/{path:path}", self.handle, methods=["GET", "POST", "PATCH"])])

    def add(self, title, body, login=LOGIN, kind="User", **more):
        """An issue that somebody opened."""
        number = len(self.issues) + 1
        url = f"https://github.example/acme/shop/issues/{number}"
        user = {"login": login, "type": kind}
        issue = {"number": number, "title": title, "body": body, "html_url": url, "user": user, **more}
        self.issues.append({**issue, "state": "open", "state_reason": None, "assignees": []})
        self.tell(number, "opened")
        return self.issues[-1]

    def tell(self, number, action, event="issues"):
        """What the webhook is told of an issue."""
        told = {"action": action, "issue": self.issues[number - 1], "repository": {"full_name": "acme/Shop"}}
        self.post(told, x_github_event=event)

    def change(self, number, state, reason=None):
        """Somebody closes or reopens an issue."""
        issue = self.issues[number - 1]
        if issue["state"] != state:
            issue |= {"state": state, "state_reason": reason}
            self.tell(number, "closed" if state == "closed" else "reopened")

    def assign(self, number, *logins):
        """Somebody gives an issue to others."""
        self.issues[number - 1]["assignees"] = [{"login": login} for login in logins]
        self.tell(number, "assigned")

    def answer(self, request, body):
        """What it answers to a request, with its effect."""
        assert request.headers["x-github-api-version"] == "2022-11-28"
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"message": "Bad credentials"}, 401)
        path, asked = request.path_params["path"], request.query_params
        if (request.method, path) == ("POST", "repos/acme/shop/issues"):
            return self._create(json.loads(body))
        if path.startswith("repos/acme/shop/issues/") and path.endswith("/comments"):
            return self._comments(request.method, int(path.split("/")[-2]), body, asked)
        if path.startswith("repos/acme/shop/issues/"):
            return self._one(request.method, int(path.split("/")[-1]), body)
        return self._read(path, asked)

    def _one(self, method, number, body):
        if not 0 < number <= len(self.issues):
            return JSONResponse({"message": "Not Found"}, 404)
        if method == "PATCH":
            given = json.loads(body)
            assert given["state_reason"] in ("completed", "not_planned", "duplicate", "reopened")
            self.change(number, given["state"], given["state_reason"])
        return JSONResponse(self.issues[number - 1])

    def _read(self, path, asked):
        if path == "user" and self.app_token:
            return JSONResponse({"message": "Resource not accessible by integration"}, 403)
        if path == "user":
            return JSONResponse({"login": LOGIN})
        if path == "repos/acme/shop":
            return JSONResponse(self.repository)
        if path == "repos/acme/shop/issues":
            return self._list(asked)
        if path == "search/issues":
            return self._search(asked["q"])
        return JSONResponse({"message": "Not Found"}, 404)

    def _create(self, given):
        if not self.may_open:
            return JSONResponse({"message": "Resource not accessible by personal access token"}, 403)
        if not self.repository["has_issues"]:
            return JSONResponse({"message": "Issues are disabled for this repo"}, 410)
        if not given.get("title") or len(given["title"]) > 256:
            errors = [{"resource": "Issue", "field": "title", "code": "invalid"}]
            return JSONResponse({"message": "Validation Failed", "errors": errors}, 422)
        login, kind = ("muster[bot]", "Bot") if self.app_token else (LOGIN, "User")
        return JSONResponse(self.add(given["title"], given["body"], login, kind, labels=given["labels"]), 201)

    def _comments(self, method, number, body, asked):
        if not 0 < number <= len(self.issues):
            return JSONResponse({"message": "Not Found"}, 404)
        comments = self.issues[number - 1].setdefault("notes", [])
        if method == "GET":
            page, size = int(asked["page"]), int(asked["per_page"])
            return JSONResponse(comments[(page - 1) * size : page * size])
        self.comment(number, json.loads(body)["body"])
        return JSONResponse(comments[-1], 201)

    def comment(self, number, text, login=LOGIN):
        """A comment that somebody wrote."""
        notes = self.issues[number - 1].setdefault("notes", [])
        url = f"https://github.example/acme/shop/issues/{number}#issuecomment-{len(notes) + 1}"
        user = {"login": login, "type": "User"}
        notes.append({"id": len(notes) + 1, "body": text, "html_url": url, "user": user})
        self.tell(number, "created", "issue_comment")

    def _list(self, asked):
        assert (asked["state"], asked["sort"], asked["direction"]) == ("all", "created", "desc")
        theirs = [
            each for each in self.issues[::-1] if asked.get("creator", each["user"]["login"]) == each["user"]["login"]
        ]
        page, size = int(asked["page"]), int(asked["per_page"])
        return JSONResponse(theirs[(page - 1) * size : page * size])

    def _search(self, question):
        assert "repo:acme/shop" in question
        words = question.split('"')[1]
        found = [each for each in self.issues if each["number"] in self.indexed and words in each["body"]]
        return JSONResponse({"total_count": len(found), "items": found})
