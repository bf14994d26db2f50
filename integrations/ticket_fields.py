"""What every tracker must be told for tickets to be the same on both sides."""

from typing import Annotated

from pydantic import Field, SecretStr

WebhookSecret = Annotated[
    SecretStr | None,
    Field(
        description="The secret of the webhook that posts to /hooks/VENDOR/KEY here, so that we hear what becomes of"
        " tickets. While you change it: both, separated by a comma."
    ),
]
"""By which a tracker's webhooks are told from others."""

ClosesTickets = Annotated[
    bool,
    Field(
        description="Whether a ticket is closed when its incident or action item ends here, and reopened when that is."
    ),
]
"""`actions.outward.ticket_state.SWITCH`."""
