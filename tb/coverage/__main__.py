"""`python -m tb.coverage`: what captures have met."""

import argparse
import sys
from pathlib import Path

from mirrorlog.command_line import fail
from mirrorlog.compare.capture import CaptureError
from mirrorlog.compare.difference import Difference
from tb.coverage import merged
from tb.coverage.sampler import sample


def main(words: list[str] | None = None) -> int:
    """Sample captures, or add coverage files up, and say what was met and what was not."""
    parser = argparse.ArgumentParser("python -m tb.coverage", description=main.__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="captures, or coverage files (.yaml)")
    parser.add_argument("--out", type=Path, required=True, help="the coverage file to write")
    parser.add_argument("--json", type=Path, help="also write it for the report")
    arguments = parser.parse_args(words)
    sampled = [path for path in arguments.files if path.suffix != ".yaml"]
    try:
        for path in sampled:
            sample(path)
        merged.export(arguments.out)
        files = [path for path in arguments.files if path not in sampled]
        if files:
            merged.merge([*([arguments.out] if sampled else []), *files], arguments.out)
    except (CaptureError, Difference, OSError, UnicodeDecodeError) as error:
        return fail(f"{path}: {error}")
    except merged.CoverageFileError as error:
        return fail(str(error))
    found = merged.points_of(arguments.out)
    if arguments.json is not None:
        merged.write_json(found, arguments.json)
    print(text(found))
    return 0


def text(found: list[merged.Point]) -> str:
    """Return what was met, a line a point, with its holes by name."""
    lines = []
    for point in found:
        covered, needed = point.covered(), len(point.hits) - len([b for b in point.explained if not point.hits[b]])
        lines.append(f"{point.name:<28} {covered:>4} of {needed:>4}")
        lines += [f"    never  {bin}" for bin in point.holes()]
    holes = sum(len(point.holes()) for point in found)
    covered = sum(point.covered() for point in found)
    lines.append(f"{covered} bins met, {holes} not")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
