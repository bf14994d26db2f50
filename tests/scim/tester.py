"""The conformance suite of scim2-tester with our HTTP client. Loading it takes a second, so its test does it alone."""

import uuid
from urllib.parse import urljoin

from scim2_client import BaseSyncSCIMClient
from scim2_tester import Status, check_server, filling
from scim2_tester.checkers import patch_add, patch_replace

__all__ = ["OverHttp", "Status", "check_server", "filling", "patch_add", "patch_replace", "with_addresses"]


class OverHttp(BaseSyncSCIMClient):
    """The suite's client, with the HTTP library that we have."""

    def __init__(self, http):
        super().__init__()
        self._http = http

    def _stays_under_base_url(self, endpoint):
        return urljoin(str(self._http.base_url), endpoint.lstrip("/")).startswith(str(self._http.base_url))

    def _parse_json(self, response):
        return response.json()

    def request(self, method, url, **more):
        return self._http.request(method, url, **more)


def with_addresses(generate):
    """The suite's random values, but userName is an address: people sign in by it, and no schema can say so."""

    def value_of(context, path, *rest, **more):
        made = generate(context, path, *rest, **more)
        named = made is not None and str(path).endswith("userName")
        return f"{uuid.uuid4().hex}@quillhaven.example" if named else made

    return value_of
