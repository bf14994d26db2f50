"""Groups of commands that load a command when it is run, and no other: `muster --help` answers at once."""

from collections.abc import Iterator, Mapping
from importlib import import_module

import click
from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group, most of whose commands stand in modules of their own.

    `elsewhere` has the module of each such command, in which it has its own name, or `command`; `summaries` what its
    `--help` begins with, for the list of commands and for completion. A command without a summary is loaded for its
    own.
    """

    def __init__(
        self,
        *args: object,
        elsewhere: Mapping[str, str] | None = None,
        summaries: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.elsewhere = dict(elsewhere or {})
        self.summaries = dict(summaries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *self.elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, if there is one."""
        if (module := self.elsewhere.get(cmd_name)) is None:
            return super().get_command(ctx, cmd_name)
        loaded = import_module(module)
        found: click.Command = getattr(loaded, cmd_name, None) or loaded.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._told(ctx)))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands that begin so, with what they do."""
        names = [CompletionItem(name, help=told) for name, told in self._told(ctx) if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def _told(self, ctx: click.Context) -> Iterator[tuple[str, str]]:
        for name in self.list_commands(ctx):
            if (told := self.summaries.get(name)) is not None:
                yield name, told
            elif (command := self.get_command(ctx, name)) is not None and not command.hidden:
                yield name, command.get_short_help_str(80)
