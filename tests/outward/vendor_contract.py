"""Whether a request is as a vendor's own description of its API has it (shared/contracts: OpenAPI 3, Swagger 2)."""

import json
import re
from functools import cache
from pathlib import Path

import jsonschema_rs

FOLDER = Path(__file__).parents[3] / "shared" / "contracts"
VERBS = ("get", "post", "put", "patch", "delete")


class Contract:
    """One document. Without it, nothing is wrong with anything: `there` says whether it is."""

    def __init__(self, name):
        self.there = (FOLDER / name).exists()
        self.whole = json.loads((FOLDER / name).read_text()) if self.there else {"paths": {}}

    def faults(self, verb, path, query, headers, body):
        """What is wrong with a request, in words."""
        if not self.there:
            return []
        operation = self._operation(verb.lower(), path)
        if operation is None:
            return [f"there is no {verb} {path}"]
        taken = [self._resolved(each) for each in operation.get("parameters", [])]
        names = {each["name"] for each in taken if each["in"] == "query"}
        wrong = [f"{path} takes no {name}" for name in query if name not in names]
        given = {"query": query, "header": {name.casefold(): value for name, value in headers.items()}}
        wrong += [
            f"{path} needs {each['name']}"
            for each in taken
            if each.get("required") and each["in"] in given and each["name"].casefold() not in given[each["in"]]
        ]
        return wrong + self._body_faults(operation, taken, body)

    def _body_faults(self, operation, taken, body):
        schema = next((each["schema"] for each in taken if each["in"] == "body"), None)
        if "requestBody" in operation:
            schema = self._resolved(operation["requestBody"])["content"]["application/json"]["schema"]
        if schema is None:
            return ["it takes no body"] if body else []
        shared = {key: self.whole[key] for key in ("components", "definitions") if key in self.whole}
        validator = jsonschema_rs.validator_for({**schema, **shared})
        return [str(error)[:400] for error in validator.iter_errors(json.loads(body or b"null"))]

    def _operation(self, verb, path):
        fitting = [
            (template.count("{"), operations)
            for template, operations in self.whole["paths"].items()
            if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)), path) and verb in operations
        ]
        return min(fitting, key=lambda each: each[0])[1][verb] if fitting else None

    def _resolved(self, part):
        while "$ref" in part:
            found = self.whole
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/")]
            part = found
        return part


@cache
def contract(name):
    """A document, read once."""
    return Contract(name)
