"""What can go wrong between us and an identity provider. The messages are for admins; visitors get plain words."""


class ProviderError(Exception):
    """A provider can't be used at the moment: unreachable, slow, or not what the settings say."""


class TokenError(Exception):
    """A provider's token that is not believed."""


class RefusedError(Exception):
    """Somebody whom a provider vouched for, but who is not let in. `cause` is one word, the message says why."""

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause
