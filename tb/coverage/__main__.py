"""`python -m tb.coverage`: what captures have met."""

import sys
from pathlib import Path

from mirrorlog.command_line import Parser, fail, guarded, output, reason
from mirrorlog.compare.capture import CaptureError
from mirrorlog.compare.difference import Difference
from tb.coverage import merged
from tb.coverage.sampler import sample


def main(words: list[str] | None = None) -> int:
    """Sample captures, or add coverage files up, and say what was met and what was not."""
    parser = Parser("python -m tb.coverage", description=main.__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="captures, or coverage files (.yaml)")
    parser.add_argument("--out", type=output(".yaml"), required=True, help="the coverage file to write")
    parser.add_argument("--json", type=output(".json"), help="also write it for the report")
    try:
        arguments = parser.parse_args(words)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    files = [path for path in arguments.files if path.suffix.lower() == ".yaml"]
    captures = [path for path in arguments.files if path not in files]
    if arguments.json is not None and arguments.json.resolve() in [path.resolve() for path in captures]:
        return fail(f"{arguments.json}: is one of the captures: it stays")
    try:
        for path in captures:
            _sample(path)
        merged.merge(files, arguments.out, sampled=bool(captures))
    except (CaptureError, merged.CoverageFileError) as error:
        return fail(error)
    found = merged.points_of(arguments.out)
    if arguments.json is not None:
        merged.write_json(found, arguments.json)
    print(text(found))
    return 0


def _sample(path: Path) -> None:
    """Sample a capture. Raises CaptureError, which names it, for one that cannot be read or differs from the model."""
    try:
        sample(path)
    except (CaptureError, Difference, UnicodeDecodeError) as error:
        raise CaptureError(f"{path}: {error}") from error
    except OSError as error:
        raise CaptureError(reason(error) if error.filename else f"{path}: {reason(error)}") from error


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
    sys.exit(guarded(main))
