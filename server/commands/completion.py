"""`muster completion`."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_MUSTER_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print a script that completes `muster` in a shell.

    \b
    bash: muster completion bash > ~/.local/share/bash-completion/completions/muster
    zsh:  muster completion zsh > "${fpath[1]}/_muster"
    fish: muster completion fish > ~/.config/fish/completions/muster.fish
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(made(ctx.find_root().command, {}, "muster", VARIABLE).source())
