"""What is kept of a regression: a line for each seed as soon as it is done, and the report for the next one."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from mirrorlog.command_line import write_whole
from tb.random.seed import PASSED, SKIPPED, STOPPED
from tb.regress.kept import check_result, check_summary
from tb.running.simulators import COVERAGE

RESULTS, REPORT = "results.jsonl", "report.json"
_RESULTS_FORMAT, _REPORT_FORMAT = "mirrorlog regression, results", "mirrorlog regression, report"
VERSION = 1
# Reports that the trend has
MOST_HISTORY = 50
# Seeds of a failure that are kept for the next report
MOST_SEEDS = 1000
# The checker of a seed that lost its worker, or that no worker could run
LOST = "worker"
# The checker of one that was not done in time
TIME = "time"
# Kinds of code coverage, each with what those before it have
_KINDS = ("", *COVERAGE)
Result = dict[str, Any]


class DamagedReport(Exception):
    """A file of an earlier regression that cannot be read; the text is one line."""


class Results:
    """The results of a regression, in OUT/results.jsonl: a line that says of what, and one for each seed."""

    def __init__(
        self, folder: Path, digest: str, simulator: str, kept: Iterable[Result] = (), coverage: str = "", limit: int = 0
    ) -> None:
        """Begin the file, with the results that are kept of an earlier one; new ones are made with this code `coverage`
        and `limit` in seconds."""
        self._made = {"coverage": coverage, "limit": limit}
        self.all: dict[int, Result] = {result["seed"]: result for result in kept}
        head = {"format": _RESULTS_FORMAT, "version": VERSION, "digest": digest, "simulator": simulator}
        lines = "".join(json.dumps(line) + "\n" for line in (head, *self.all.values()))
        write_whole(folder / RESULTS, lambda part: part.write_text(lines))
        self._file: TextIO = (folder / RESULTS).open("a")

    def add(self, result: Result) -> None:
        """Keep a result. Raises OSError that names the file."""
        result = result | self._made
        self.all[result["seed"]] = result
        try:
            self._file.write(json.dumps(result) + "\n")
            self._file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, self._file.name) from error

    def close(self) -> None:
        """No more will come."""
        with suppress(OSError):  # what could not be written was said
            self._file.close()


def earlier(folder: Path, digest: str, simulator: str, coverage: str = "", limit: int = 0) -> list[Result]:
    """Return the results of an earlier regression of the same version of the project on the same simulator, but for
    seeds that lost their worker, and for those that now have more: code `coverage` that they did not have, or a greater
    `limit` than that in which they were not done. A last line that was not written whole is none. Raises
    DamagedReport."""
    file = folder / RESULTS
    if not file.exists():
        return []
    lines = file.read_text(errors="replace").split("\n")
    try:
        head, *found = [json.loads(line) for line in lines[:-1]]
        if (head["format"], head["version"]) != (_RESULTS_FORMAT, VERSION):
            raise ValueError
        same = (head["digest"], head["simulator"]) == (digest, simulator)
        for result in found:
            check_result(result)
        return [result for result in found if same and _stands(result, coverage, limit)]
    except (ValueError, TypeError, LookupError):
        raise DamagedReport(f"{file}: is damaged, or of another version: remove it, or give another OUT") from None


def _stands(result: Result, coverage: str, limit: int) -> bool:
    """Would the seed have the same result again, with this code coverage and limit?"""
    if result.get("checker") == LOST:
        return False
    if result["outcome"] == PASSED:
        return _KINDS.index(result.get("coverage", "")) >= _KINDS.index(coverage)
    late = result["outcome"] == STOPPED and result["checker"] == TIME
    return not (late and result.get("limit", 0) < limit)


def summary(results: Iterable[Result]) -> dict[str, Any]:
    """Return what the trend has of results; seeds that a target could not run count as skipped only."""
    every = list(results)
    found = [result for result in every if result["outcome"] != SKIPPED]
    failed: dict[str, list[int]] = {}
    for result in found:
        if result.get("signature"):
            failed.setdefault(result["signature"], []).append(result["seed"])
    return {
        "seeds": len(found),
        "passed": sum(result["outcome"] == PASSED for result in found),
        "skipped": len(every) - len(found),
        "cycles": sum(result.get("cycles", 0) for result in found),
        "records": sum(result.get("records", 0) for result in found),
        "cpu_seconds": round(sum(result.get("cpu_seconds", 0.0) for result in found), 1),
        "signatures": sorted(failed),
        "failed_seeds": {name: sorted(seeds)[:MOST_SEEDS] for name, seeds in failed.items()},
    }


def history(folder: Path) -> list[dict[str, Any]]:
    """Return the summaries of the reports before this one, oldest first. Raises DamagedReport."""
    file = folder / REPORT
    if not file.exists():
        return []
    try:
        read = json.loads(file.read_text())
        if (read["format"], read["version"]) != (_REPORT_FORMAT, VERSION):
            raise ValueError
        found: list[dict[str, Any]] = read["history"]
        if not isinstance(found, list):
            raise TypeError
        for one in found:
            check_summary(one)
        return found
    except (OSError, ValueError, TypeError, LookupError):
        raise DamagedReport(f"{file}: is damaged, or of another version: remove it, or give another OUT") from None


def write_report(folder: Path, summaries: list[dict[str, Any]]) -> None:
    """Keep the summaries, the newest last, for the next report."""
    kept = {"format": _REPORT_FORMAT, "version": VERSION, "history": summaries[-MOST_HISTORY:]}
    write_whole(folder / REPORT, lambda part: part.write_text(json.dumps(kept, indent=1) + "\n"))
