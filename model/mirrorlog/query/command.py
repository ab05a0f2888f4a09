"""`mirrorlog query`: turns a capture into one SQLite file, and answers a question about it."""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from mirrorlog.command_line import Progress, fail, output, write_whole
from mirrorlog.compare.capture import CaptureError
from mirrorlog.query import database
from mirrorlog.query.lines import Lines

SUFFIX = ".sqlite"
# Steps of SQLite's machine between looks for Ctrl-C
_LOOK_STEPS = 100_000


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser(
        "query", help="a capture as an SQLite file, and questions", description=__doc__, interleaved=True
    )
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help=f"the capture, or a {SUFFIX} file made of one")
    parser.add_argument("sql", nargs="?", metavar="SQL", help="a SELECT, whose result is printed as a table")
    parser.add_argument(
        "--out",
        type=output(SUFFIX),
        metavar=f"FILE{SUFFIX}",
        help=f"the file to write; without it CAPTURE's name with {SUFFIX}, and none if SQL is given",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file, answer the question; returns the exit status: 2 for what cannot be read, written or asked."""
    capture: Path = arguments.capture
    sql: str | None = arguments.sql
    out: Path | None = arguments.out
    with capture.open("rb"):  # raises OSError that names it
        ready = database.is_ours(capture)
    if ready and (out is not None or sql is None):
        return fail(f"{capture} is a file that this command has written already: give SQL, and no --out")
    if out is None and sql is None:
        out = capture.with_suffix(SUFFIX)
    if out is not None and out.exists() and not database.is_ours(out):
        return fail(f"{out} is there, and is no file that this command has written: it stays")
    try:
        if ready:
            with closing(sqlite3.connect(f"{capture.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                return _answer(connection, sql or "")
        lines = Lines(capture)
        if out is not None:
            write_whole(out, lambda part: _write(lines, part))
            if sql is None:
                say_what_lacks(capture, lines)
                print(f"{out}: {lines.count} lines of {capture}")
                return 0
        with closing(sqlite3.connect(out) if out is not None else database.write(lines, ":memory:")) as connection:
            status = _answer(connection, sql or "")
        if not status:
            say_what_lacks(capture, lines)
        return status
    except CaptureError as error:
        return fail(f"{capture}: {error}")
    except sqlite3.Error as error:
        return fail(f"{out or capture}: {error}")


def _write(lines: Lines, part: Path) -> None:
    part.unlink(missing_ok=True)
    with Progress() as progress:
        progress("reading the capture")
        database.write(lines, str(part)).close()


def say_what_lacks(capture: Path, lines: Lines) -> None:
    """Say what the capture lacks."""
    if not lines.whole:
        print(f"{capture}: has no end (of a run that failed?): {lines.count} lines", file=sys.stderr)
    for name in lines.missing:
        print(f"{capture.with_suffix('.' + name)}: not there, or too short: its packets are not known", file=sys.stderr)


def _answer(connection: sqlite3.Connection, sql: str) -> int:
    """Print the result of a question, which changes nothing."""
    connection.execute("PRAGMA query_only = ON")
    connection.set_progress_handler(lambda: 0, _LOOK_STEPS)
    try:
        cursor = connection.execute(sql)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        if str(error) == "interrupted":
            raise KeyboardInterrupt from None
        return fail(f"SQL: {error}")
    if cursor.description is None:
        return fail("SQL: has no result: give a SELECT")
    _print([name for name, *_ in cursor.description], rows)
    return 0


def _print(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: numbers to the right, text to the left, `-` where there is nothing."""
    cells = [["-" if value is None else _cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells), 0) for at, name in enumerate(names)]
    left = [any(isinstance(row[at], str) for row in rows) for at in range(len(names))]
    for row in (names, ["-" * width for width in widths], *cells):
        padded = (
            text.ljust(width) if is_left else text.rjust(width)
            for text, width, is_left in zip(row, widths, left, strict=True)
        )
        print("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
