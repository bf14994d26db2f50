"""What has to be changed in vendors' documents before prism serves them, and what is newer than they are."""

from tests.outward.slack_contract import AS_ARRAYS, NEWER


def rooted(document):
    """Prism looks at whole paths, so that they have to have what stands before them at the vendor's."""
    servers = document.pop("servers", [{"url": ""}])
    base = document.pop("basePath", servers[0]["url"].partition("://")[2].partition("/")[2]).strip("/")
    document["paths"] = {f"/{base}{path}" if base else path: each for path, each in document["paths"].items()}


def versioned(document):
    """PagerDuty answers in the version that a request accepts; its document has that for requests alone."""
    for operations in document["paths"].values():
        for answer in _answers(operations):
            for kind, content in list(answer.get("content", {}).items()):
                answer["content"][f"application/vnd.pagerduty+{kind.partition('/')[2]};version=2"] = content


def newer_jira(document):
    """What Jira's document, a mirror of 2022, does not have yet (developer.atlassian.com, REST API v3)."""
    issues = {"issues": [{"id": "10002", "key": "OPS-1", "properties": {}}]}
    texts, flag, number = {"type": "array", "items": {"type": "string"}}, {"type": "boolean"}, {"type": "integer"}
    bulk = {"issueIdsOrKeys": texts, "fields": texts, "properties": texts, "expand": texts, "fieldsByKeys": flag}
    schema = {"type": "object", "properties": bulk, "additionalProperties": False, "required": ["issueIdsOrKeys"]}
    granted = {"permissions": {"CREATE_ISSUES": {"havePermission": True}}}
    screen = {"fields": [{"fieldId": "customfield_1", "name": "Team", "required": True}], "total": 1}
    found = {"jql": {"type": "string"}, "maxResults": number, "fields": texts, "properties": texts}
    document["paths"] |= {
        "/rest/api/3/search/jql": {"get": _asked(issues, **found)},
        "/rest/api/3/mypermissions": {
            "get": _asked(granted, projectKey={"type": "string"}, permissions={"type": "string"})
        },
        "/rest/api/3/issue/createmeta/{project}/issuetypes/{kind}": {
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in ("project", "kind")
            ],
            "get": _asked(screen, startAt=number, maxResults=number),
        },
        "/rest/api/3/issue/bulkfetch": {
            "post": {
                **_asked(issues),
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            }
        },
    }


def _asked(answer, **query):
    """An operation of OpenAPI 3 that takes all of a query, and always has the same answer."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": True, "style": "form", "explode": False, "schema": schema}
            for name, schema in query.items()
        ],
        "responses": {"200": {"description": "So.", "content": {"application/json": {"example": answer}}}},
    }


def newer_slack(document):
    """What Slack's document of 2021 does not have yet."""
    for (verb, method), parts in NEWER.items():
        where = "query" if verb == "GET" else "formData"
        document["paths"][f"/api/{method}"] = {
            verb.lower(): {
                "produces": ["application/json"],
                "parameters": [{"name": name, **part, "in": where} for name, part in parts.items()],
                "responses": {"200": {"description": "So.", "examples": {"application/json": {"ok": True}}}},
            }
        }


def not_acknowledged(document):
    """Opsgenie's alerts wait for somebody."""
    document["definitions"]["BaseAlert"]["properties"]["acknowledged"]["enum"] = [False]


def forms_as_json(document):
    """Slack takes as JSON what the document has as forms, and views by POST (docs.slack.dev, "POST bodies")."""
    for path, operations in document["paths"].items():
        if path.startswith("/api/views."):
            operations["post"] = operations.pop("get")
            for each in operations["post"]["parameters"]:
                each["in"] = each["in"].replace("query", "formData")
        for operation in operations.values():
            _as_json(operation)


def _as_json(operation):
    form = [each for each in operation["parameters"] if each["in"] == "formData"]
    if form:
        kinds = {each["name"]: {} if each["name"] in AS_ARRAYS else {"type": each["type"]} for each in form}
        needed = [each["name"] for each in form if each.get("required")]
        schema = {"type": "object", "properties": kinds, "additionalProperties": False, "required": needed}
        rest = [each for each in operation["parameters"] if each not in form]
        body = {"name": "body", "in": "body", "required": True, "schema": schema}
        operation["parameters"], operation["consumes"] = [*rest, body], ["application/json"]


def examples_alone(document):
    """Where the document has an example of an answer, that is given; some of Slack's don't keep to their own schema."""
    for operations in document["paths"].values():
        for answer in _answers(operations):
            if "examples" in answer:
                answer.pop("schema", None)
                for example in answer["examples"].values():
                    example.pop("response_metadata", None)  # its lists have no end


def _answers(operations):
    return [answer for each in operations.values() if isinstance(each, dict) for answer in each["responses"].values()]
