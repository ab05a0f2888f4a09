"""`mirrorlog trace`: writes a capture as a timeline, which ui.perfetto.dev and chrome://tracing open."""

import argparse
from pathlib import Path

from mirrorlog.command_line import Progress, fail, output, write_whole
from mirrorlog.compare.capture import CaptureError
from mirrorlog.query.command import say_what_lacks
from mirrorlog.query.lines import Lines
from mirrorlog.trace.timeline import Timeline, is_ours

SUFFIX = ".json"
_HEAD_BYTES = 100


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("trace", help="a capture as a timeline for Perfetto", description=__doc__)
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="the capture (JSON Lines)")
    parser.add_argument(
        "--out",
        type=output(SUFFIX),
        metavar=f"FILE{SUFFIX}",
        help=f"the file to write; without it CAPTURE's name with .trace{SUFFIX}",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the timeline; returns the exit status: 2 for what cannot be read or written."""
    capture: Path = arguments.capture
    out: Path = arguments.out or capture.with_suffix(f".trace{SUFFIX}")
    if out.exists():
        with out.open(encoding="utf-8", errors="replace") as file:
            if not is_ours(file.read(_HEAD_BYTES)):
                return fail(f"{out} is there, and is no file that this command has written: it stays")
    lines, timeline = Lines(capture), Timeline()
    try:
        with Progress() as progress:
            progress("reading the capture")
            timeline.follow(lines)
    except CaptureError as error:
        return fail(f"{capture}: {error}")
    write_whole(out, lambda part: _write(timeline, part))
    say_what_lacks(capture, lines)
    print(f"{out}: {lines.count} lines of {capture}; open it in ui.perfetto.dev, one microsecond is one cycle")
    return 0


def _write(timeline: Timeline, part: Path) -> None:
    with part.open("w", encoding="ascii") as file:
        timeline.write(file)
