"""The command `muster`."""

from importlib import import_module

import click

from server.lazy import LazyGroup

ELSEWHERE = {
    "up": "processes",
    "api": "processes",
    "worker": "processes",
    "relay": "processes",
    "migrate": "processes",
    "token": "tokens",
    "source": "access",
    "link": "access",
    "documents": "documents",
    "jobs": "jobs",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup",
    "archive": "archive",
    "dump": "lines",
    "load": "lines",
    "feed": "feed",
    "export": "export",
    "secrets": "secrets",
    "audit": "audit",
    "person": "person",
    "rules": "rules",
    "workflows": "workflows",
    "login": "login",
    "logout": "login",
    "whoami": "login",
    "incident": "incidents",
    "oncall": "oncall",
    "page": "page",
    "silence": "silences",
    "apply": "apply",
    "import": "import_",
    "completion": "completion",
}
"""Commands, and the module of server.commands that has them: it is loaded when it is asked for, and no other."""

SUMMARIES = {
    "up": "Start everything in the foreground: PostgreSQL if none is given, migrations, API, worker, status page.",
    "api": "Serve the API, the hooks and the status page.",
    "worker": "Run jobs and timers.",
    "relay": "Publish due jobs to the broker of BROKER_URL; workers do so, too, unless they are told --no-relay.",
    "migrate": "Bring the database to the newest schema; safe beside running processes and other migrations.",
    "token": "Bearer tokens for scripts.",
    "source": "Alert sources.",
    "link": "One-time sign-in links.",
    "documents": "GraphQL documents that are trusted: sent by digest, named in metrics, and if you like the only ones.",
    "jobs": "Jobs that were given up after all their attempts.",
    "doctor": "Examine settings, database, schema, jobs, feed, disk and providers; exit 1 if something is wrong.",
    "backup": "Copy the whole database while Muster runs, and read the copy back.",
    "restore": "Put a backup back into a data folder without a database, or a dump into the empty one of DATABASE_URL.",
    "archive": "Move old alerts, events, deliveries and changes of services to files of JSON Lines, and put them back.",
    "dump": "Write everything as JSON Lines, one file a table, as of one moment.",
    "load": "Read what `muster dump` wrote into an empty database.",
    "feed": "Look after the event feed.",
    "export": "Publish the status page to STATUSPAGE_EXPORT once; workers do so by themselves after every change.",
    "secrets": "The key that seals webhook secrets and sign-ins in the database.",
    "audit": "Who signed in, who was refused, and who changed what: the record of it.",
    "person": "People, and what is known of them.",
    "rules": "The routing rules of alerts as a YAML file.",
    "workflows": "Workflows as YAML files.",
    "login": "Sign in with the browser, here or on another device, and keep a token for 30 days.",
    "logout": "End the token at the server, and forget it here.",
    "whoami": "Show who you are to the server.",
    "incident": "Incidents of a server: declare, look at, work on and follow them.",
    "oncall": "Show who is on call, by our own schedules and as the connected pagers say.",
    "page": "Page people, who is on call by a schedule, or a policy, for an incident.",
    "silence": "Silences of a server's alerts: set, list and end them.",
    "apply": "Bring a server to what YAML files say: teams, services, components, workflows and more.",
    "import": "Take over people, teams, schedules, escalation policies and services of another on-call tool.",
    "completion": "Print a script that completes `muster` in a shell.",
}
"""How the help of each begins; tests/server/test_help.py holds the two together."""


class Muster(LazyGroup):
    """A group whose failures are one clear line on standard error and a non-zero exit, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            said: str | None = import_module("server.failures").in_one_line(error)
            if said is None:
                raise
            raise click.ClickException(said) from error


@click.group(
    cls=Muster,
    context_settings={"help_option_names": ["-h", "--help"]},
    elsewhere={name: f"server.commands.{module}" for name, module in ELSEWHERE.items()},
    summaries=SUMMARIES,
)
@click.version_option(package_name="muster")
def main() -> None:
    """Muster, the incident platform. Settings come from the environment; the README lists them."""
