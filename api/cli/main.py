"""The command line. Each command lives in `api.cli.commands` and imports what is heavy only when it runs."""

import os
import resource
import sys
from importlib import import_module
from typing import Any

import click

from api.cli.garbage import look_seldom

COMMANDS = {
    "start": ("start", "The first day: from an empty home to a running programme."),
    "demo": ("demo", "A month of synthetic London, matched and served: the place to begin."),
    "generate": ("generate", "Write a synthetic London: fixes, crimes, wearers and the truth."),
    "import": ("import_files", "Bring in your own files: fixes, events, assignments, crimes."),
    "crime": ("withdrawals", "Withdraw one crime: no crime, an error, a duplicate."),
    "match": ("match", "Cross the fixes with the crimes, and keep the run."),
    "basemap": ("basemap", "Put London's streets under the maps, from OS Open Zoomstack."),
    "show": ("show", "Show a run, one crime in it, or one wearer at one crime."),
    "review": ("review", "Match again after a new version; confirmed and released matches that have changed."),
    "desk": ("desk", "New matches, and notes on matches."),
    "take": ("take", "The queue, a run, a match or a trail as a file, for a stated purpose."),
    "ask": ("ask", "Questions without a crime, for a purpose: who was here, together, at several crimes."),
    "runs": ("runs", "List the runs there are, or compare two."),
    "verify": ("verify", "Check everything stored, or compute a run again and compare."),
    "fixes": ("fixes", "The index of the stored fixes that matches read."),
    "accuracy": ("accuracy", "Each device model's real accuracy, from nights at home."),
    "serve": ("serve", "Serve the runs over HTTP, on this machine only."),
    "status": ("status", "Where the programme stands, in one screen."),
    "overview": ("overview", "The officer's overview: what waits, figures, how full by day, phases, money."),
    "attention": ("attention", "What wants attention, and settling it with a reason."),
    "programme": ("programme", "What the decision papers say: money, contracts, phases, ends."),
    "rollout": ("rollout", "Where the programme is live, for how many, and who holds a place."),
    "boroughs": ("boroughs", "Knife crime by borough, and which boroughs come next: table and map."),
    "screen": ("screen", "Release lists, who is eligible for a tag, and the two decisions after it."),
    "ogrs": ("ogrs", "Scores of risk of reconviction, and when they open the mapping gate."),
    "list": ("lists", "Who may be tagged, who holds a place, whose licence ends; as CSV or Excel."),
    "case": ("case", "A practitioner's own cases, and who has which."),
    "weekly": ("weekly", "The weekly return by borough, on the screen, as CSV or to print as Word."),
    "tag": ("tag", "Tags in stock, on people, faulty, lost and found."),
    "batch": ("batch", "Batches of crimes, and what became of them."),
    "standing": ("standing", "With which settings crimes are matched for the queue."),
    "levels": ("levels", "What the accuracy that a device model states is worth, as adopted."),
    "licence": ("licence", "Released, recalled, in custody; alerts and decisions."),
    "budget": ("budget", "Where the money stands; what is promised, goes and moves."),
    "record": ("record", "What was entered: read back, corrected, taken back with a reason."),
    "duty": ("duty", "Milestones and obligations: due, done, overdue."),
    "cohort": ("cohort", "Exports and tables that identify nobody; linkage; what became of matches."),
    "power": ("power", "How many are tagged, and what an evaluation of them can detect."),
    "equality": ("equality", "Who is included at each step; the six-month review."),
    "keep": ("keep", "How long things are kept; erasing a person; subject access."),
    "audit": ("audit", "Who changed or read what, and whether that record is whole."),
    "worker": ("worker", "Match jobs and imports, apart from the server."),
    "systemd": ("systemd", "Units for systemd, hardened: to run the server and workers."),
    "user": ("user", "Who may use the application, in which role."),
    "backup": ("backup", "Everything under the home in one file."),
    "tidy": ("tidy", "What killed work left behind, listed and deleted."),
    "restore": ("backup:restore", "A home from a backup, checked; erasures done again."),
    "db": ("database", "Bring the database to this version's tables."),
}

EPILOG = """\b
Examples:
  tagpilot demo --serve
  tagpilot import fixes october.parquet
  tagpilot import assignments tags.csv
  tagpilot import events alerts.csv
  tagpilot import crimes mps.csv --format ministry
  tagpilot match --eligible gate.csv --monitored worn.csv
  tagpilot show latest --crime 4417/19 --wearer W0042

\b
Exit codes:
  0  done
  1  failed, with one line that says why
  2  the command was not understood
  3  imported, but some rows were rejected (the rejects file says which and why)
  130  stopped by you; what was finished is kept

\b
Everything is kept under --home (TAGPILOT_HOME, ./tagpilot-data by default).
"""


class Failed(click.ClickException):
    """What a command says when it cannot do its work: one clear line, exit code 1, no traceback."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"tagpilot: {self.message}", err=True, file=file)


class Commands(click.Group):
    """The commands, each imported when it is called for, so that `--help` does not wait for numba."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"api.cli.commands.{module}"), name or "command")
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo(
                "tagpilot: stopped; what was finished is kept, and the same command goes on from there", err=True
            )
            ctx.exit(130)
        except BrokenPipeError:
            # `tagpilot show | head`: the reader has closed the pipe, so nothing more can be written.
            sys.stdout = None
            ctx.exit(0)
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            raise Failed(in_one_line(error)) from error


def in_one_line(error: Exception) -> str:
    """What went wrong, for the person at the terminal.

    An error of this program prints its message. Of any other only the kind and place are printed: its message may quote
    what was being read.
    """
    from api.disk import disk_words, is_full
    from api.errors import ApiError
    from geo.errors import FileError
    from matcher.errors import MatcherError
    from tracker.errors import PilotError
    from tracker.record.database_faults import meaning_of

    if isinstance(error, (ApiError, FileError, MatcherError, PilotError)):
        return str(error)
    if (found := meaning_of(error)) is not None:
        return found.words
    if is_full(error) and (words := disk_words(error)):
        return words
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else "nowhere"
    return (
        f"an error of the program's own, {type(error).__name__} at {at}; "
        "`tagpilot --traceback ...` shows all of it (it may hold personal data)"
    )


@click.command(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": None},
)
@click.version_option(package_name="tagpilot", message="tagpilot %(version)s")
@click.option("--traceback", is_flag=True, help="On an error of the program's own, show where it came from.")
def cli(traceback: bool) -> None:
    """TagPilot crosses the streams of GPS tags with reported crimes.

    A match is a lead for a person to judge. It does not say that the wearer did the crime, or saw it.
    """


def main() -> None:
    # What is written, wherever, is for its owner alone: it holds names and trails.
    os.umask(0o077)
    # Memory holds names, trails and keys: no crash writes it to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    look_seldom()
    cli(prog_name="tagpilot")
