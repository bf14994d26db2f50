"""What all vendors have in common: what admins are asked for, and what of it is sealed."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr

import integrations.adaptors  # noqa: F401 (the vendors are known once their adaptors are loaded)
from actions.outward.vendors import VENDORS, secret_fields


class Hidden(BaseModel):
    """Secrets in every way in which a field can have one."""

    plain: str
    needed: SecretStr
    optional: SecretStr | None = None
    bounded: Annotated[SecretStr, Field(min_length=1)]
    both: Annotated[SecretStr, Field(min_length=1)] | None = None


def test_a_secret_is_found_however_it_is_declared():
    assert secret_fields(Hidden) == {"needed", "optional", "bounded", "both"}


@pytest.mark.parametrize("key", sorted(VENDORS))
def test_what_is_called_a_secret_is_one_and_every_field_has_its_help(key):
    configuration = VENDORS[key].configuration
    hidden = secret_fields(configuration)
    for name, field in configuration.model_fields.items():
        assert field.description, name
        if name.endswith(("token", "secret", "password")) or name == "api_key":
            assert name in hidden
