"""`python -m tb.code_coverage FOLDER...`: the code coverage of regressions (COVERAGE=lines or all), with its holes."""

import sys
from collections.abc import Iterable
from pathlib import Path

from mirrorlog.command_line import Parser, fail, guarded
from tb.code_coverage.figures import CodeCoverage, judge
from tb.code_coverage.points import BITS, CodeCoverageError, Kind, merge
from tb.code_coverage.waivers import read_waivers
from tb.regress.worker import TABLES


def main(words: list[str] | None = None) -> int:
    """Say what was met of each module, and by name what was not."""
    parser = Parser("python -m tb.code_coverage", description=main.__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="of a regression")
    parser.add_argument("--module", default="", help="this one alone")
    try:
        arguments = parser.parse_args(words)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    try:
        found = judge(merge(_runs(arguments.folders)), read_waivers())
    except CodeCoverageError as error:
        return fail(error)
    if arguments.module not in ("", *found.modules):
        return fail(f"--module {arguments.module}: no module of that name was counted")
    print(text(found, arguments.module))
    return 0


def _runs(folders: Iterable[str]) -> list[tuple[Path, Path]]:
    """Return what the runs of regressions have left, with the tables of each. Raises CodeCoverageError for a folder
    without any."""
    found = []
    for name in folders:
        folder = Path(name)
        if not name or not folder.is_dir():
            raise CodeCoverageError(f"{name or repr(name)}: is no folder of a regression")
        files = sorted(folder.rglob(BITS))
        if not files:
            raise CodeCoverageError(f"{name}: no run in it has code coverage: make regress COVERAGE=lines|all")
        found += [(file, folder / TABLES) for file in files]
    return found


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
    sys.exit(guarded(main))
