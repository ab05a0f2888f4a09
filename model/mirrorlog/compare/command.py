"""`mirrorlog compare`: checks a capture without a simulator."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from mirrorlog.command_line import Progress, fail, whole
from mirrorlog.compare.capture import CaptureError, DataFiles
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.coverage import coverage
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.serial_number import CYCLE_BITS

BATCH_BYTES = 1 << 16
"""Of lines that are parsed together."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command."""
    parser = commands.add_parser("compare", help="compare a capture with the model", description=__doc__)
    parser.add_argument("capture", type=Path, metavar="FILE", help="the capture (JSON Lines), its data files beside it")
    parser.add_argument(
        "--last", type=whole(0, 1_000_000), default=8, metavar="N", help="records to show before a difference"
    )
    parser.add_argument(
        "--state-only", action="store_true", help="data files may be missing: their data is not compared, states are"
    )
    parser.add_argument(
        "--from",
        dest="first",
        type=whole(0, (1 << CYCLE_BITS) - 1),
        metavar="CYCLE",
        help="do not compare the fields of records of cycles before this one",
    )
    parser.add_argument(
        "--secondary-reads",
        action="store_true",
        help="hosts may read secondary volumes (model only: no register has that setting, no capture tells it)",
    )
    parser.add_argument(
        "--summary", action="store_true", help="say which processes and exits were covered, which checks had no data"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare; returns the exit status: 0 equal, 1 different, 2 unreadable."""
    capture: Path = arguments.capture
    data = DataFiles(capture, optional=arguments.state_only)
    comparison = Comparison(
        data.take, initial_images(capture), arguments.last, arguments.first, arguments.secondary_reads
    )
    found: Difference | None = None
    try:
        with capture.open(encoding="ascii") as lines, Progress() as progress:
            size, done = os.fstat(lines.fileno()).st_size, 0
            while batch := lines.readlines(BATCH_BYTES):
                comparison.follow(batch)
                done += sum(map(len, batch))
                progress("comparing, bytes of the capture", done, size)
        comparison.finish()
        data.finish(comparison.data_files())
    except Difference as difference:
        found = difference
    except (CaptureError, OSError, UnicodeDecodeError) as error:
        return fail(f"{capture}: {_reason(error)}")
    finally:
        data.close()
    if found is None and comparison.uncompared == comparison.records:
        return fail(f"--from {arguments.first}: {capture} has no record of that cycle or later")
    show = _print_json if arguments.json else _print_text
    show(arguments, comparison, found, data.missing())
    return int(found is not None)


def _print_text(
    arguments: argparse.Namespace, comparison: Comparison, found: Difference | None, missing: Sequence[str]
) -> None:
    capture: Path = arguments.capture
    if found is not None:
        print(f"{capture}: {found.report()}")
    else:
        for name in missing:
            print(f"{capture.with_suffix('.' + name)}: not there, its data was not compared")
        before = f", {comparison.uncompared} of them before cycle {arguments.first}" if comparison.uncompared else ""
        print(f"{capture}: equal, {comparison.records} records{before}")
    if arguments.summary:
        print(f"\n{coverage(comparison, missing).text()}")


def _print_json(
    arguments: argparse.Namespace, comparison: Comparison, found: Difference | None, missing: Sequence[str]
) -> None:
    shown: dict[str, object] = {
        "capture": str(arguments.capture),
        "equal": found is None,
        "records": comparison.records,
        "uncompared_records": comparison.uncompared,
        "missing_data": list(missing),
        "difference": None if found is None else found.as_json(),
    }
    if arguments.summary:
        shown["summary"] = coverage(comparison, missing).as_json()
    print(json.dumps(shown, indent=2))


def initial_images(capture: Path) -> dict[tuple[int, int], bytes]:
    """Return the contents that `.imageS_D` files beside a capture give device D of system S before the start."""
    images = {}
    for path in sorted(capture.parent.glob(f"{capture.stem}.image*_*")):
        system, _, device = path.suffix.removeprefix(".image").partition("_")
        if system.isdigit() and device.isdigit():
            images[int(system), int(device)] = path.read_bytes()
    return images


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
