"""`mirrorlog decode`: prints a commit record field by field."""

import argparse

from mirrorlog.command_line import fail
from mirrorlog.compare.record_text import fields
from mirrorlog.formats.commit_record import RECORD_BYTES, CommitRecord


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("decode", help="print a commit record field by field", description=__doc__)
    parser.add_argument(
        "record", metavar="HEX", help=f"{2 * RECORD_BYTES} hex digits, most significant byte first, as a capture has it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print; returns the exit status: 2 if the digits are no record."""
    text: str = arguments.record
    if len(text) != 2 * RECORD_BYTES:
        return fail(f"HEX has {len(text)} characters, a record has {2 * RECORD_BYTES} hex digits")
    try:
        record = CommitRecord.from_hex(text)
    except ValueError:
        return fail("HEX has characters that are no hex digits")
    for name, value, meaning in fields(record):
        print(f"{name:<26} {value:>20}  {meaning}".rstrip())
    return 0
