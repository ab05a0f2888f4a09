"""The report of a regression: a page for the browser with nothing from elsewhere, and JUnit XML."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader

from mirrorlog.command_line import write_whole
from tb.random.seed import PASSED, SKIPPED, STOPPED
from tb.regress import coverage
from tb.regress.results import Result, summary, write_report
from tb.regress.testplan import RANDOM, STAGES, read_plan, results_of_tests
from tools.sources import ROOT

PAGE, JUNIT = "index.html", "junit.xml"
# What `make test` leaves
TESTS = ROOT / "build" / "tests.xml"
# Seeds of a failure that are named, lines of its report; reports that the trend shows, and as a table
SHOWN_SEEDS, REPORT_LINES, SHOWN_HISTORY, LISTED_HISTORY = 20, 60, 30, 10


@dataclass
class About:
    """What a regression ran with. `history`: the summaries of those before it; `asked`: how many seeds were to be run;
    `known`: seeds whose results were there from an earlier run; `seconds`: by the clock; `left_out`: files of coverage
    that could not be used, a line each."""

    simulator: str
    commit: str
    digest: str
    tools: dict[str, str]
    history: list[dict[str, Any]]
    workers: int = 0
    seconds: float = 0.0
    asked: int = 0
    known: frozenset[int] = frozenset()
    stopped: bool = False
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Failures of one signature."""

    signature: str
    checker: str
    results: list[Result] = field(default_factory=list)

    @property
    def seeds(self) -> str:
        """Their seeds, not too many."""
        named = ", ".join(str(result["seed"]) for result in self.results[:SHOWN_SEEDS])
        return named + (f" and {len(self.results) - SHOWN_SEEDS} more" if len(self.results) > SHOWN_SEEDS else "")

    @property
    def first(self) -> Result:
        """The shortest one."""
        return min(self.results, key=lambda result: (result.get("cycles", 0), result["seed"]))

    @property
    def picture(self) -> str:
        """What the ports did before it, as SVG for a page; "" if nobody knows."""
        _, begins, picture = self.first.get("picture", "").partition("<svg")
        return begins + picture


def buckets(results: Sequence[Result]) -> list[Bucket]:
    """Return the failures by signature, those with most seeds first."""
    found: dict[str, Bucket] = {}
    for result in results:
        if result["outcome"] not in (PASSED, SKIPPED):
            name = result["signature"]
            found.setdefault(name, Bucket(name, result["checker"])).results.append(result)
    return sorted(found.values(), key=lambda bucket: (-len(bucket.results), bucket.signature))


def skipped(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Return which capabilities targets lack, with how many seeds were skipped for that."""
    return sorted(Counter(result["lacks"] for result in results if result["outcome"] == SKIPPED).items())


def repeat(result: Result, simulator: str) -> str:
    """Return the command that runs a seed again."""
    waves = "" if "TARGET=" in simulator else " WAVES=1"
    return result.get("repeat") or f"make replay SEED={result['seed']} SIM={simulator}{waves}"


def write(folder: Path, about: About, results: Sequence[Result]) -> None:
    """Write index.html, junit.xml and report.json, each whole or not at all."""
    now = summary(results) | {
        "commit": about.commit,
        "digest": about.digest,
        "simulator": about.simulator,
        "time": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "seconds": round(about.seconds, 1),
        "stopped": about.stopped,
    }
    groups = coverage.groups_of(folder / coverage.JSON)
    if groups:
        now["covered"] = sum(group.covered for group in groups)
        now["bins"] = sum(group.needed for group in groups)
    code = coverage.code_of(folder / coverage.CODE_JSON)
    if code:
        now["code"] = {kind: round(total["percent"], 1) for kind, total in code["total"].items()}
    page = render(about, results, now, folder)
    write_whole(folder / PAGE, lambda part: part.write_text(page, encoding="utf-8"))
    write_whole(folder / JUNIT, lambda part: part.write_bytes(junit(about, results)))
    write_report(folder, [*about.history, now])


def render(about: About, results: Sequence[Result], now: dict[str, Any], folder: Path) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"count": lambda number: f"{number:,}", "time": clock}
    tests = results_of_tests(TESTS)
    kinds: dict[str, list[Result]] = {}
    for result in (result for result in results if result["outcome"] != SKIPPED):
        kinds.setdefault(result.get("kind", "unknown"), []).append(result)
    tests |= {f"{RANDOM}::{kind}": all(r["outcome"] == PASSED for r in found) for kind, found in kinds.items()}
    covered = coverage.groups_of(folder / coverage.JSON)
    items = [(item.stage, item.judged(tests, {group.name: group for group in covered})) for item in read_plan()]
    return environment.get_template("report.html").render(
        about=about,
        now=now,
        results=results,
        buckets=buckets(results),
        skipped=skipped(results),
        repeat=lambda result: repeat(result, about.simulator),
        lines=lambda text: "\n".join(text.split("\n")[:REPORT_LINES]),
        engine=engine(about, results),
        kinds=[(kind, summary(found)) for kind, found in sorted(kinds.items())],
        stages=[(stage, meaning, [i for of, i in items if of == stage]) for stage, meaning in STAGES.items()],
        tested=time.strftime("%Y-%m-%d %H:%M", time.gmtime(TESTS.stat().st_mtime)) if TESTS.exists() else "",
        coverage=covered,
        code=coverage.code_of(folder / coverage.CODE_JSON),
        history=[*about.history, now][-LISTED_HISTORY:],
        before=about.history[-1] if about.history else None,
        change=change(about.history[-1], now, results) if about.history else {},
        trend=trend([*about.history, now]),
    )


def change(before: dict[str, Any], now: dict[str, Any], results: Sequence[Result]) -> dict[str, list[str]]:
    """Return what became of the failures since the report before: those that are new, those that are gone, all of whose
    seeds ran again, and those of which nobody knows."""
    run = {result["seed"] for result in results if result["outcome"] != SKIPPED}
    absent = [name for name in before["signatures"] if name not in now["signatures"]]
    seeds = before.get("failed_seeds", {})
    same = before["simulator"] == now["simulator"]
    gone = [name for name in absent if same and name in seeds and run.issuperset(seeds[name])]
    return {
        "New failures": [name for name in now["signatures"] if name not in before["signatures"]],
        "Gone": gone,
        "Not all their seeds ran again": [name for name in absent if name not in gone],
    }


def engine(about: About, results: Sequence[Result]) -> dict[str, float]:
    """Return what share of the cores was busy, and what a seed costs beside its own process, percent of its time."""
    run = [r for r in results if "attempt_seconds" in r and r["seed"] not in about.known]
    ended = [r for r in run if r.get("wall_seconds")]
    available = about.seconds * about.workers
    if not ended or not available:
        return {"busy": 0.0, "overhead": 0.0}
    busy = min(1.0, sum(r["attempt_seconds"] for r in run) / available)
    overhead = sum(r["attempt_seconds"] for r in ended) / sum(r["wall_seconds"] for r in ended) - 1
    return {"busy": 100 * busy, "overhead": 100 * overhead}


def clock(seconds: float) -> str:
    """Return seconds as people read them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{seconds:.1f} s" if seconds < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def trend(history: Sequence[dict[str, Any]]) -> list[dict[str, float]]:
    """Return the bars of the trend: place and height of the share of seeds that passed, 0 to 100."""
    shown = history[-SHOWN_HISTORY:]
    return [
        {
            "x": 10 * place,
            "height": round(60 * one["passed"] / max(1, one["seeds"]), 1),
            "failed": one["seeds"] - one["passed"],
        }
        for place, one in enumerate(shown)
    ]


def junit(about: About, results: Sequence[Result]) -> bytes:
    """Return the results as JUnit XML: a test case for each seed, in a class for each kind; an error more if the
    regression was stopped before all had run."""
    failures = [result for result in results if result["outcome"] not in (PASSED, STOPPED, SKIPPED)]
    errors = [result for result in results if result["outcome"] == STOPPED]
    suite = ElementTree.Element(
        "testsuite",
        name="regress",
        tests=str(len(results) + about.stopped),
        failures=str(len(failures)),
        errors=str(len(errors) + about.stopped),
        skipped=str(sum(result["outcome"] == SKIPPED for result in results)),
        time=f"{sum(result.get('wall_seconds', 0.0) for result in results):.2f}",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in {"commit": about.commit, "digest": about.digest, **about.tools}.items():
        ElementTree.SubElement(properties, "property", name=name, value=value)
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"regress.{result.get('kind', 'unknown')}",
            name=f"seed {result['seed']}",
            time=f"{result.get('wall_seconds', 0.0):.2f}",
        )
        if result["outcome"] == SKIPPED:
            ElementTree.SubElement(case, "skipped", message=_clean(result["lacks"]))
        elif result["outcome"] != PASSED:
            kind = "error" if result["outcome"] == STOPPED else "failure"
            text = f"{repeat(result, about.simulator)}\n\n{result['failure']}"
            ElementTree.SubElement(case, kind, message=_clean(result["signature"])).text = _clean(text)
    if about.stopped:
        case = ElementTree.SubElement(suite, "testcase", classname="regress", name="all seeds", time="0.00")
        said = f"stopped after {len(results)} of {about.asked} seeds"
        ElementTree.SubElement(case, "error", message=said).text = "make regress RESUME=1 runs the others"
    ElementTree.indent(suite)
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def _clean(text: str) -> str:
    """Without what XML has no place for."""
    return "".join(c if c in "\n\t" or ord(c) >= 32 else "?" for c in text)
