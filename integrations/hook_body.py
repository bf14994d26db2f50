"""Bodies of vendors' webhooks as what they should be."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from integrations.refusal import Reason, Refusal

Model = TypeVar("Model", bound=BaseModel)


def parsed(kind: type[Model], body: bytes, *, sender: str, json_hint: str = "Send JSON in UTF-8.") -> Model:
    """A body as what it should be; `sender` is named in the hint of a Refusal for one that is not."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if fault["type"] == "json_invalid":
            raise Refusal(Reason.MALFORMED, "The body is not JSON.", hint=json_hint) from None
        place = ".".join(str(part)[:80] for part in fault["loc"]) or None
        hint = f"See the {sender}'s own webhooks."
        raise Refusal(Reason.INVALID, f"{fault['msg']}.", field=place, hint=hint) from None
