"""Settings of identity providers: what is taken, and what is refused with the name of the setting at fault."""

import json

import pytest
from pydantic import ValidationError

from core.settings import Settings

ISSUER = "https://login.example.org"


def test_one_and_several_providers_stand_beside_each_other():
    several = [
        {"key": "partners", "issuer": "https://p.example", "client_id": "m", "allowed_domains": "A.example, b.example"}
    ]
    made = Settings(OIDC_ISSUER=ISSUER, OIDC_CLIENT_ID="muster", OIDC_PROVIDERS=json.dumps(several))
    first, second = made.identity_providers
    assert (first.key, first.title, first.default_role) == ("sso", "login.example.org", "responder")
    assert second.allowed_domains == ("a.example", "b.example")
    assert Settings().identity_providers == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OIDC_ISSUER": "http://login.example.org", "OIDC_CLIENT_ID": "m"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": ISSUER + "?x=1", "OIDC_CLIENT_ID": "m"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": ISSUER}, "OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "m", "OIDC_SCOPES": "email"}, "openid"),
        ({"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "m", "OIDC_ROLE_CLAIM": "groups"}, "role_claim"),
        ({"OIDC_ROLES": "{"}, "OIDC_ROLES"),
        ({"OIDC_ROLES": '{"x": "owner"}'}, "OIDC_ROLES"),
        ({"OIDC_TEAMS": "[1]"}, "OIDC_TEAMS"),
        ({"OIDC_DEFAULT_ROLE": "owner"}, "OIDC_DEFAULT_ROLE"),
        ({"OIDC_PROVIDERS": "5"}, "OIDC_PROVIDERS"),
        ({"OIDC_PROVIDERS": '[{"key": "a"}]'}, "OIDC_PROVIDERS"),
        (
            {"OIDC_PROVIDERS": json.dumps([{"key": "a", "issuer": ISSUER, "client_id": "m"}] * 2)},
            "a key of its own",
        ),
    ],
)
def test_what_can_not_work_is_refused_at_start(given, named):
    with pytest.raises(ValidationError, match=named):
        Settings(**given)
