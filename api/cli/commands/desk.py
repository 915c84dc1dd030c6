"""`tagpilot desk`: notes on matches, and which matches are new."""

from pathlib import Path

import click

from api.cli.commands import as_at as time
from api.cli.commands import options
from api.cli.context import command_context
from api.console.output import answer

_match = click.argument("match_id", type=click.IntRange(1, 2**53), metavar="MATCH")
_number = click.argument("number", type=click.IntRange(1, 2**53), metavar="NOTE")
_reason = click.option("--reason", required=True, help="Why; it stays on record.")


@click.group("desk", no_args_is_help=True)
def command() -> None:
    """New matches and notes on them.

    \b
    Examples:
      tagpilot desk new --by ana
      tagpilot desk feed
      tagpilot desk notes 588
      tagpilot desk note 588 'the shop has film of that hour' --by ana
    """


@command.command("new")
@time.by
@options.home
@options.as_json
def new(by: str, home: Path | None, as_json: bool) -> None:
    """Count the open matches that came since you last said that you had looked. Reading moves nothing on."""
    from api.usecases.desk import news
    from api.views.matching.desk import new_lines

    with command_context(home, by) as context:
        found = news.new_matches(context)
        answer(found, as_json, lambda: new_lines(found))


@command.command("looked")
@click.argument("up_to", metavar="PLACE")
@time.by
@options.home
@options.as_json
def looked(up_to: str, by: str, home: Path | None, as_json: bool) -> None:
    """Say that you have looked up to PLACE, which `tagpilot desk new` or `desk feed` gave.

    \b
    Examples:
      tagpilot desk looked WzU4OF0 --by ana
    """
    from api.usecases.desk import news
    from api.views.matching.desk import new_lines

    with command_context(home, by) as context:
        found = news.looked(context, up_to)
        answer(found, as_json, lambda: new_lines(found))


@command.command("feed")
@click.option("--after", metavar="PLACE", help="What the answer before said to go on with; from the first without it.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Matches at most.")
@time.by
@options.home
@options.as_json
def feed(after: str | None, limit: int, by: str, home: Path | None, as_json: bool) -> None:
    """List matches in the order in which they came to be shown, behind PLACE.

    \b
    Examples:
      tagpilot desk feed
      tagpilot desk feed --after WzU4OF0 --json
    """
    from api.usecases.desk import news
    from api.views.matching.desk import feed_lines

    with command_context(home, by) as context:
        found = news.feed(context, after, limit)
        answer(found, as_json, lambda: feed_lines(found))


@command.command("notes")
@_match
@click.option("--history", is_flag=True, help="With those that were corrected or taken back, and why.")
@time.by
@options.home
@options.as_json
def notes_(match_id: int, history: bool, by: str, home: Path | None, as_json: bool) -> None:
    """List the notes on a match."""
    from api.usecases.desk import notes
    from api.views.matching.desk import notes_lines

    with command_context(home, by) as context:
        found = notes.notes(context, match_id, history=history)
        answer(found, as_json, lambda: notes_lines(found))


@command.command("note")
@_match
@click.argument("words", metavar="WORDS")
@time.by
@options.home
@options.as_json
def note(match_id: int, words: str, by: str, home: Path | None, as_json: bool) -> None:
    """Note something on a match, under your name; it changes nothing about the match.

    \b
    Examples:
      tagpilot desk note 588 'the shop has film of that hour' --by ana
    """
    from api.usecases.desk import notes
    from api.views.matching.desk import notes_lines

    with command_context(home, by) as context:
        found = notes.add(context, match_id, words)
        answer(found, as_json, lambda: notes_lines(found))


@command.command("correct-note")
@_match
@_number
@click.argument("words", metavar="WORDS")
@_reason
@time.by
@options.home
@options.as_json
def correct_note(
    match_id: int, number: int, words: str, reason: str, by: str, home: Path | None, as_json: bool
) -> None:
    """Put other words in the place of a note; the note as it was stays on record.

    \b
    Examples:
      tagpilot desk correct-note 588 3 'the bank has film' --reason 'it was the bank' --by ana
    """
    from api.usecases.desk import notes
    from api.views.matching.desk import notes_lines

    with command_context(home, by) as context:
        found = notes.correct(context, match_id, number, words, reason)
        answer(found, as_json, lambda: notes_lines(found))


@command.command("take-back-note")
@_match
@_number
@_reason
@time.by
@options.home
@options.as_json
def take_back_note(match_id: int, number: int, reason: str, by: str, home: Path | None, as_json: bool) -> None:
    """Take back a note; it stays on record with the reason.

    \b
    Examples:
      tagpilot desk take-back-note 588 3 --reason 'noted on the wrong match' --by ana
    """
    from api.usecases.desk import notes
    from api.views.matching.desk import notes_lines

    with command_context(home, by) as context:
        found = notes.take_back(context, match_id, number, reason)
        answer(found, as_json, lambda: notes_lines(found))
