"""What our authorization server tells about itself (RFC 8414), so that clients are given one address."""

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

from actions.oauth.parties import WITH_SECRET
from actions.oauth.server import DEVICE_PATH, REVOKE_PATH, TOKEN_PATH
from auth.scope import Scope

METADATA_PATH = "/.well-known/oauth-authorization-server"


class Metadata(AuthorizationServerMetadata):
    """Authlib's, for a server without an authorization endpoint."""

    def validate_response_types_supported(self) -> None:
        """Accept that there are none: RFC 8414 §3.2 wants lists without elements left out, Authlib refuses that."""


def metadata(base_url: str) -> Metadata:
    """The document. The issuer is the base of every link of ours."""
    return Metadata(
        issuer=base_url,
        token_endpoint=base_url + TOKEN_PATH,
        device_authorization_endpoint=base_url + DEVICE_PATH,
        revocation_endpoint=base_url + REVOKE_PATH,
        grant_types_supported=["client_credentials", DEVICE_CODE_GRANT_TYPE],
        token_endpoint_auth_methods_supported=[*WITH_SECRET, "none"],
        revocation_endpoint_auth_methods_supported=[*WITH_SECRET, "none"],
        scopes_supported=[scope.value for scope in Scope],
    )
