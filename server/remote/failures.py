"""What can go wrong between `muster` and a server, each with an exit code of its own (docs/guides/cli.md)."""

import json
from typing import IO, Any

import click

from server.remote.plain import printable

REFUSED = 1
USAGE = 2
SIGNED_OUT = 3
UNREACHABLE = 4
DIFFERS = 5


class RemoteError(click.ClickException):
    """Something that a server said no to, or that kept us from asking. Told as words, or with --json as JSON."""

    exit_code = REFUSED
    as_json = False

    def __init__(
        self, message: str, *, code: str, field: str | None = None, hint: str | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.code, self.field, self.hint, self.more = code, field, hint, more

    def as_values(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {"code": self.code, "message": self.message, "field": self.field, "hint": self.hint}
        return {**told, "exit": self.exit_code, **self.more}

    def show(self, file: IO[Any] | None = None) -> None:
        """Tell it on standard error."""
        if self.as_json:
            click.echo(json.dumps({"error": self.as_values()}, ensure_ascii=False), file=file, err=True)
            return
        lines = [f"Error: {self.message}"]
        lines += [f"  field: {self.field}"] * bool(self.field) + [f"  hint: {self.hint}"] * bool(self.hint)
        click.echo(printable("\n".join(lines)), file=file, err=True)


class RefusedError(RemoteError):
    """The server refused: its own code, field and hint."""


class SignedOutError(RemoteError):
    """There is no token, or the server takes it no more."""

    exit_code = SIGNED_OUT


class UnreachableError(RemoteError):
    """Nothing answered, or not in time, or not as Muster does."""

    exit_code = UNREACHABLE


class FaultyError(RemoteError):
    """What was typed, or stands in a file, can't be meant: nothing was sent."""

    exit_code = USAGE


def refusal(errors: list[dict[str, Any]], server: str) -> RemoteError:
    """The first of a server's errors as one of ours."""
    first = errors[0]
    extensions = first.get("extensions") or {}
    code, field, hint = str(extensions.get("code", "INTERNAL")), extensions.get("field"), extensions.get("hint")
    message = str(first.get("message", "The server refused."))
    if code == "UNAUTHENTICATED":
        return SignedOutError(message, code=code, hint=f"Run `muster login --server {server}`.")
    if code in ("TIMEOUT", "UNAVAILABLE"):
        return UnreachableError(message, code=code, hint=hint)
    if code == "INTERNAL" and "id" in extensions:
        hint = f"The server's log has more about {extensions['id']}."
    more = {name: extensions[name] for name in ("problems", "retryAfter") if name in extensions}
    return RefusedError(message, code=code, field=field, hint=hint, **more)
