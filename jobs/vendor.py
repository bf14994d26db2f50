"""The adaptor by which a job asks a vendor."""

from typing import Any

from pydantic import ValidationError

from integrations.adaptors import ADAPTORS
from integrations.failures import Permanent
from integrations.ports import Adaptor
from integrations.speaking import speaker
from jobs.runtime import JobRuntime

UNFORESEEN = (AttributeError, LookupError, TypeError, ValueError)
"""What an adaptor raises that met an answer which it does not know. Others, such as an outage, are the job's own."""


def opened(runtime: JobRuntime, vendor: str, configuration: dict[str, Any]) -> Adaptor:
    """The adaptor of an integration. Permanent if what is kept of it is no configuration (any more)."""
    if vendor not in ADAPTORS:
        raise Permanent(f"This version of Muster has no adaptor for {vendor}.")
    try:
        return ADAPTORS[vendor](configuration, speaker(runtime.settings, runtime.database))
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise Permanent(f"Its configuration has to be entered anew: {fields}.") from None
