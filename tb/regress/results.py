"""What is kept of a regression: a line for each seed as soon as it is done, and the report for the next one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from mirrorlog.command_line import write_whole
from tb.random.seed import PASSED, SKIPPED

RESULTS, REPORT = "results.jsonl", "report.json"
_RESULTS_FORMAT, _REPORT_FORMAT = "mirrorlog regression, results", "mirrorlog regression, report"
VERSION = 1
# Reports that the trend has
MOST_HISTORY = 50
# The checker of a seed that lost its worker, or that no worker could run
LOST = "worker"
Result = dict[str, Any]


class DamagedReport(Exception):
    """A file of an earlier regression that cannot be read; the text is one line."""


class Results:
    """The results of a regression, in OUT/results.jsonl: a line that says of what, and one for each seed."""

    def __init__(self, folder: Path, digest: str, simulator: str, kept: Iterable[Result] = ()) -> None:
        """Begin the file, with the results that are kept of an earlier one."""
        self.all: dict[int, Result] = {result["seed"]: result for result in kept}
        head = {"format": _RESULTS_FORMAT, "version": VERSION, "digest": digest, "simulator": simulator}
        lines = "".join(json.dumps(line) + "\n" for line in (head, *self.all.values()))
        write_whole(folder / RESULTS, lambda part: part.write_text(lines))
        self._file: TextIO = (folder / RESULTS).open("a")

    def add(self, result: Result) -> None:
        """Keep a result."""
        self.all[result["seed"]] = result
        self._file.write(json.dumps(result) + "\n")
        self._file.flush()

    def close(self) -> None:
        """No more will come."""
        self._file.close()


def earlier(folder: Path, digest: str, simulator: str) -> list[Result]:
    """Return the results of an earlier regression of the same version of the project on the same simulator, but for
    seeds that lost their worker. A last line that was not written whole is none. Raises DamagedReport."""
    file = folder / RESULTS
    if not file.exists():
        return []
    lines = file.read_text(errors="replace").split("\n")
    try:
        head, *results = [json.loads(line) for line in lines[:-1]]
        if (head["format"], head["version"]) != (_RESULTS_FORMAT, VERSION):
            raise ValueError
        same = (head["digest"], head["simulator"]) == (digest, simulator)
        return [r for r in results if same and _whole(r)]
    except (ValueError, TypeError, KeyError):
        raise DamagedReport(f"{file}: is damaged, or of another version: remove it, or give another OUT") from None


def _whole(result: Result) -> bool:
    """Is it a seed's result? Raises KeyError or TypeError if it is none."""
    return isinstance(result["seed"], int) and isinstance(result["outcome"], str) and result["checker"] != LOST


def summary(results: Iterable[Result]) -> dict[str, Any]:
    """Return what the trend has of results; seeds that a target could not run count as skipped only."""
    every = list(results)
    found = [result for result in every if result["outcome"] != SKIPPED]
    return {
        "seeds": len(found),
        "passed": sum(result["outcome"] == PASSED for result in found),
        "skipped": len(every) - len(found),
        "cycles": sum(result.get("cycles", 0) for result in found),
        "records": sum(result.get("records", 0) for result in found),
        "cpu_seconds": round(sum(result.get("cpu_seconds", 0.0) for result in found), 1),
        "signatures": sorted({result["signature"] for result in found if result.get("signature")}),
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
        for one in found:
            if not isinstance(one["seeds"], int) or not isinstance(one["passed"], int):
                raise TypeError
        return found
    except (OSError, ValueError, TypeError, KeyError):
        raise DamagedReport(f"{file}: is damaged, or of another version: remove it, or give another OUT") from None


def write_report(folder: Path, summaries: list[dict[str, Any]]) -> None:
    """Keep the summaries, the newest last, for the next report."""
    kept = {"format": _REPORT_FORMAT, "version": VERSION, "history": summaries[-MOST_HISTORY:]}
    write_whole(folder / REPORT, lambda part: part.write_text(json.dumps(kept, indent=1) + "\n"))
