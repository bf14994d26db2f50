"""What a client sent to one of our OAuth endpoints, as Authlib wants to read it."""

from collections.abc import Mapping

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload


class FormRequest(OAuth2Request):
    """A POST with a form of single values, and perhaps an Authorization header.

    Authlib refuses (insecure_transport) an address that is neither https nor loopback: RFC 6749 §3.1 and §3.2.
    """

    def __init__(self, uri: str, form: Mapping[str, str], authorization: str | None) -> None:
        super().__init__("POST", uri, headers={} if authorization is None else {"Authorization": authorization})
        self._form = dict(form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        """Its fields."""
        return self._form
