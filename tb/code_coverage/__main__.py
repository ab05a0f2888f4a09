"""`python -m tb.code_coverage FOLDER...`: the code coverage of regressions (COVERAGE=1), with its holes."""

import argparse
import sys
from pathlib import Path

from mirrorlog.command_line import fail
from tb.code_coverage.figures import CodeCoverage, judge
from tb.code_coverage.points import BITS, CodeCoverageError, Kind, merge
from tb.code_coverage.waivers import read_waivers
from tb.regress.worker import TABLES


def main(words: list[str] | None = None) -> int:
    """Say what was met of each module, and by name what was not."""
    parser = argparse.ArgumentParser("python -m tb.code_coverage", description=main.__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="of a regression")
    parser.add_argument("--module", default="", help="this one alone")
    arguments = parser.parse_args(words)
    try:
        merged = merge([(file, folder / TABLES) for folder in arguments.folders for file in sorted(folder.rglob(BITS))])
        found = judge(merged, read_waivers())
    except (CodeCoverageError, OSError) as error:
        return fail(str(error))
    print(text(found, arguments.module))
    return 0


def text(found: CodeCoverage, only: str = "") -> str:
    """Return the figures, a line a module and kind, with the holes."""
    lines = []
    for module, figures in found.modules.items():
        for kind in Kind if only in ("", module) else ():
            one = figures[kind]
            lines.append(
                f"{module:<26} {kind.value:<7}{one.met:>7} of {one.needed:>7} {one.percent:6.1f} %, {one.waived} waived"
            )
            lines += [f"    never  {hole}" for hole in one.holes]
    for kind in Kind:
        one = found.total(kind)
        lines.append(
            f"{'all':<26} {kind.value:<7}{one.met:>7} of {one.needed:>7} {one.percent:6.1f} %, {one.waived} waived"
        )
    lines += [f"of no use: {' '.join(waiver.modules)}: {waiver.reason}" for waiver in found.unused]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
