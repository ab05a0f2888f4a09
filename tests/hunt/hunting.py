"""Random runs of the RTL with a bug in it, until one of them fails. All bugs are in one copy of the RTL
(tests/hunt/schemata.py) and meet the same runs, one run after the other."""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, ignore_interrupts, whole, write_whole
from tb.config.files import FolderInUse, locked
from tb.random.draw import Kind, seeds
from tb.random.seed import SeedResult, SeedRun, run_seed
from tests.hunt.schemata import PLUSARG, RECORD, Schemata, differing, key, make
from tests.planted.bug import Bug
from tests.planted.plant import plant_rtl
from tools.sources import rtl_identity

SIMULATOR = "verilator"
# Combinations of parameters that a hunt takes in turn, each a build of the simulator: so many of two systems, then one
# of one system, whose tables are in any state
TWO_SYSTEMS, ONE_SYSTEM = 3, 1
# Of a run, seconds: a bug may let the simulator stand still without cycles
LIMIT_SECONDS = 300.0
RESULTS = "results.jsonl"
LOG = "simulation.log"


class HuntError(Exception):
    """A hunt that cannot be made; the text is one line, or a compiler's last words."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one run (from 1) with one bug, or without any ("")."""

    bug: str
    run: int
    failed: bool
    cycles: int = 0
    checker: str = ""
    first: str = ""
    # Without a bug: the numbers of those that would differ; the keys of those that would not, so that they are not run
    differing: list[int] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    @property
    def cannot_build(self) -> bool:
        """Does the simulator refuse the bug?"""
        return self.checker == "build"


@dataclass(frozen=True, slots=True)
class Found:
    """The attempt that found a bug; None: none did, of so many runs in which it could differ."""

    bug: Bug
    attempt: Attempt | None = None
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Todo:
    """A run to be made."""

    bug: str
    run: int
    seed: int
    folder: Path
    rtl: Path
    plusargs: tuple[str, ...]


def options_of(prog: str, doc: str | None, runs: int, what: str) -> Parser:
    """Return the parser of a hunt's options, for as many runs at most for each of what is hunted."""
    parser = Parser(prog=prog, description=(doc or "").partition("\n\n")[0])
    parser.add_argument("--seed", type=whole(0, 1 << 63), default=None, help="of every choice (drawn)")
    parser.add_argument("--runs", type=whole(1, 10_000), default=runs, help=f"at most, for each {what}")
    parser.add_argument("--jobs", type=whole(1, 1000), default=2, help="runs at once")
    parser.add_argument("--resume", type=whole(0, 1), default=0, help="1: go on with the hunt before")
    return parser


def find(bug: Bug, folder: Path, seed: int, runs: int, kind: Kind | None = None) -> SeedResult | None:
    """Make random runs with one bug alone, on Icarus, and return the one that fails; if a kind of two systems is given,
    all of that kind."""
    rtl = plant_rtl(bug, folder)
    for run, chosen in enumerate(islice(seeds(seed, TWO_SYSTEMS, 0 if kind else ONE_SYSTEM), runs), 1):
        result = run_seed(SeedRun(chosen, folder / str(run), kind=kind, rtl=rtl, limit_seconds=LIMIT_SECONDS))
        if result.failure:
            return result
    return None


def make_attempt(todo: Todo) -> Attempt:
    """Make a run, in a folder that the process uses for one run after the other."""
    folder = todo.folder / "runs" / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    result = run_seed(
        SeedRun(
            todo.seed, folder, SIMULATOR, rtl=todo.rtl, limit_seconds=LIMIT_SECONDS, snapshot=0, plusargs=todo.plusargs
        )
    )
    found = [] if todo.bug else differing(folder / LOG)
    return Attempt(todo.bug, todo.run, bool(result.failure), result.cycles, result.checker, result.first[:300], found)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep a folder for one hunt. Raises HuntError if another one goes on there."""
    try:
        with locked(folder, "wait for it"):
            yield
    except FolderInUse as error:
        raise HuntError(str(error)) from None


@dataclass
class Hunt:
    """A hunt of bugs in a folder. `resume`: what is known of the same RTL and the same seed is taken from there."""

    bugs: Sequence[Bug]
    folder: Path
    seed: int
    runs: int
    jobs: int
    resume: bool = False
    attempt: Callable[[Todo], Attempt] = make_attempt
    schemata: Schemata = field(init=False)
    # Runs that fail without any bug, so that they tell nothing
    useless: list[int] = field(default_factory=list)
    _known: dict[tuple[str, int], Attempt] = field(init=False, default_factory=dict)
    _made: int = 0
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        results = self.folder / RESULTS
        header = json.dumps({"rtl": f"{rtl_identity():08x}", "seed": self.seed})
        # a last line that was not written whole is none
        lines = results.read_text(errors="replace").split("\n")[:-1] if self.resume and results.exists() else []
        if lines and lines[0] != header:
            raise HuntError(f"{results} is of {lines[0][:80]}, not of {header}: RESUME=1 cannot go on from it")
        try:
            attempts = [Attempt(**json.loads(line)) for line in lines[1:]]
        except (ValueError, TypeError):
            raise HuntError(f"{results} is damaged: RESUME=1 cannot go on from it") from None
        self._known = {(attempt.bug, attempt.run): attempt for attempt in attempts}
        write_whole(results, lambda part: part.write_text("".join(f"{line}\n" for line in lines or [header])))
        self.schemata = make(self.bugs, self.folder)

    def header(self) -> str:
        """Say what is hunted."""
        together, alone = len(self.schemata.numbers), len(self.schemata.left_out)
        return f"seed {self.seed}, RTL {rtl_identity():08x}: {together} in one copy of it, {alone} in one each"

    def tells_nothing(self) -> str:
        """Return a line of the runs that fail without any bug, "" if there are none."""
        runs = ", ".join(map(str, self.useless))
        return f"runs that fail without any bug, and tell nothing: {runs}\n" if runs else ""

    def find(self) -> Iterator[Found]:
        """Make the runs; yield each bug as soon as it is found, in the end those that are not."""
        left = {key(bug): bug for bug in self.bugs}
        tried = Counter[str]()
        chosen = list(islice(seeds(self.seed, TWO_SYSTEMS, ONE_SYSTEM), self.runs))
        with get_context("spawn").Pool(self.jobs, ignore_interrupts) as pool, Progress() as progress:
            for run, seed in enumerate(chosen, 1):
                without = self._without_bug(run, seed) if left else None
                if without is None or without.failed:
                    continue
                names = [name for name in left if name not in without.same]
                tried.update(names)
                known = [self._known[name, run] for name in names if (name, run) in self._known]
                todo = [self._todo(name, run, seed) for name in names if (name, run) not in self._known]
                made = pool.imap_unordered(self.attempt, todo)
                for done, attempt in enumerate(_both(known, self._kept(made)), 1):
                    said = f"run {run} of {self.runs}, {self._left(len(left), len(names) - done, run)}"
                    progress(said, done, len(names))
                    if attempt.failed:
                        yield Found(left.pop(attempt.bug), attempt)
        shutil.rmtree(self.folder / "runs", ignore_errors=True)
        yield from (Found(bug, None, tried[name]) for name, bug in left.items())

    def _without_bug(self, run: int, seed: int) -> Attempt:
        """Make a run without any bug. Raises HuntError if it cannot be built."""
        attempt = self._known.get(("", run))
        if attempt is None:
            attempt = self.attempt(self._todo("", run, seed))
            if not attempt.failed:
                attempt = replace(attempt, differing=[], same=self.schemata.same(attempt.differing))
            (attempt,) = self._kept(iter([attempt]))
        if attempt.cannot_build:
            raise HuntError(f"the RTL with all bugs: {attempt.first}")
        if attempt.failed:
            self.useless.append(run)
        return attempt

    def _todo(self, name: str, run: int, seed: int) -> Todo:
        """Return a run to be made; of a bug that is no choice, with a copy of the RTL of its own."""
        alone = {key(bug): bug for bug in self.schemata.left_out}.get(name)
        if alone is not None:
            return Todo(name, run, seed, self.folder, plant_rtl(alone, self.folder / "alone" / name), ())
        plusargs = (self.schemata.plusarg(name) if name else f"{PLUSARG}={RECORD}",)
        return Todo(name, run, seed, self.folder, self.schemata.rtl, plusargs)

    def _kept(self, attempts: Iterator[Attempt]) -> Iterator[Attempt]:
        """Write each to the file of results before it is used."""
        with (self.folder / RESULTS).open("a") as results:
            for attempt in attempts:
                print(json.dumps(asdict(attempt)), file=results, flush=True)
                self._made += 1
                yield attempt

    def _left(self, bugs: int, of_run: int, run: int) -> str:
        """Say how many bugs are not found, and how long all runs take if none of them ever is."""
        if not self._made:
            return f"{bugs} bugs not found"
        seconds = (time.monotonic() - self._began) / self._made * (of_run + bugs * (self.runs - run))
        return f"{bugs} bugs not found, {seconds / 3600:.1f} hours left at most"


def _both(known: Sequence[Attempt], made: Iterator[Attempt]) -> Iterator[Attempt]:
    yield from known
    yield from made
