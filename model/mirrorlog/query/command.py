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
# What a question may do, and what it may ask beside tables
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_ASKING = ("table_info", "table_xinfo", "table_list", "index_list", "index_info")


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
            with closing(_reading(capture)) as connection:
                return _answer(connection, sql or "")
        lines = Lines(capture)
        if out is not None:
            write_whole(out, lambda part: _write(lines, part))
            if sql is None:
                say_what_lacks(capture, lines)
                print(_printable(f"{out}: {lines.count} lines of {capture}"))
                return 0
        with closing(_reading(out) if out is not None else database.write(lines, ":memory:")) as connection:
            status = _answer(connection, sql or "")
        if not status:
            say_what_lacks(capture, lines)
        return status
    except CaptureError as error:
        return fail(f"{capture}: {error}")
    except sqlite3.Error as error:
        return fail(f"{out or capture}: {error}")


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


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
    """Print the result of a question, which changes nothing, in no file."""
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_allowed)
    connection.text_factory = lambda data: data.decode(errors="backslashreplace")
    connection.set_progress_handler(lambda: 0, _LOOK_STEPS)
    try:
        cursor = connection.execute(sql)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        if str(error) == "interrupted":
            raise KeyboardInterrupt from None
        if "not authorized" in str(error):
            return fail("SQL: a question reads, and does nothing else: give a SELECT")
        return fail(f"SQL: {error}")
    except UnicodeEncodeError:
        return fail("SQL: is no text")
    if cursor.description is None:
        return fail("SQL: has no result: give a SELECT")
    _print([name for name, *_ in cursor.description], rows)
    return 0


def _allowed(action: int, name: str | None, more: str | None, *_: str | None) -> int:
    """Say whether SQLite may do what a part of a question asks for."""
    reads = action in _READING or (action == sqlite3.SQLITE_PRAGMA and name in _ASKING)
    loads = action == sqlite3.SQLITE_FUNCTION and more == "load_extension"
    return sqlite3.SQLITE_OK if reads and not loads else sqlite3.SQLITE_DENY


def _print(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: numbers to the right, text to the left, `-` where there is nothing."""
    names = [_printable(name) for name in names]
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
    return f"{value:.6g}" if isinstance(value, float) else _printable(str(value))


def _printable(text: str) -> str:
    """Return a text with what the terminal's encoding has not escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
