"""Finds a shorter run that fails as the random run of a seed does, and writes it as a directed test.

python -m tb.random.shrink SEED [options]

What the run gave to its systems is a script (tb/environment/script.py), which is played with ever more of it left
out: all waiting, faults of the path and pauses, whole groups of steps (a host's commands, an operator's accesses, each
neighbour that hangs), then halves, quarters and so on of what is left. Each attempt is a simulation on the build that
there is. Exit status: 0 a test was written, 1 there is nothing to shorten, 2 it could not be tried.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from mirrorlog.command_line import Parser, choice, fail, guarded, output_folder, whole
from mirrorlog.explore.shortening import shortened
from tb.config.files import FolderInUse, beside, locked
from tb.config.settings import Behaviour, PathBehaviour
from tb.environment.script import SUFFIX, Script, ScriptError, groups_of, settings_of
from tb.random.draw import Kind
from tb.random.seed import PASSED, SeedResult, SeedRun, run_seed
from tb.random.signature import Failure, failure_of
from tb.running.options import SEED_LIMIT
from tb.running.processes import SimulationError
from tb.running.simulators import SIMULATORS
from tb.running.system_run import CAPTURE, SystemRun, simulate
from tools.sources import ROOT, RTL

FOLDER = ROOT / "build" / "shrink"
MODULE, TEST = "tb.scenarios.played_script", "PlayedScript"
ATTEMPTS = 200
LIMIT_SECONDS = 900.0
# What judges a run whatever is given to it; others wait for something that a script with less in it may not do
CHECKERS = ("comparison", "ports", "devices")
# Longest time between two steps, ns, the first that still fails
GAPS_NS = (200.0, 1000.0, 5000.0, 20_000.0)


def play(text: str, folder: Path, rtl: Path = RTL, simulator: str = SIMULATORS[0], snapshot: int = 0) -> str:
    """Play a script; returns the report of its failure, "" if it passes. Raises ScriptError, SimulationError."""
    script = Script.parse(text)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"played.{SUFFIX}"
    file.write_text(text)
    settings = replace(settings_of(script, folder), trace=str(file))
    todo = SystemRun(MODULE, folder, settings, script.seed, (TEST,), simulator, rtl=rtl, snapshot=snapshot)
    return simulate(replace(todo, limit_seconds=LIMIT_SECONDS)).failure


@dataclass(slots=True)
class Shrinking:
    """The search: `fails` tells whether a script fails as the first one does, `most` how often it may be asked."""

    fails: Callable[[Script], bool]
    most: int
    say: Callable[[str, Script], None]
    attempts: int = 0
    tried: set[str] = field(default_factory=set)
    best: Script | None = None

    def shrink(self, script: Script) -> Script:
        """Return the shortest script found; `best` is the shortest so far."""
        self.best = script
        if self._try("with plain data", script.plain_data()):
            script = script.plain_data()
        script = self._closer(script)
        script = self._settings(script)
        script = self._closer(self._groups(script))
        script = self._halves(script)
        return self._closer(script)

    def _closer(self, script: Script) -> Script:
        """Leave out waiting."""
        for gap in GAPS_NS:
            closer = script.closer(gap)
            if closer.until < script.until and self._try(f"at most {gap:,.0f} ns between steps", closer):
                return closer
        return script

    def _try(self, what: str, script: Script) -> bool:
        text = script.dump()
        if text in self.tried or self.attempts >= self.most:
            return False
        self.tried.add(text)
        self.attempts += 1
        self.say(what, script)
        failed = self.fails(script)
        if failed:
            self.best = script
        return failed

    def _settings(self, script: Script) -> Script:
        """Leave out faults of the path and the pauses of neighbours."""
        for what, simpler in simpler_settings(script):
            if self._try(f"without {what}", simpler):
                script = replace(script, settings=simpler.settings)
        return script

    def _groups(self, script: Script) -> Script:
        """Leave out what belongs together."""
        for group in list(groups_of(script.steps)):
            rest = tuple(step for step in script.steps if group not in step.belongs())
            if 0 < len(rest) < len(script.steps) and self._try(f"without {group}", replace(script, steps=rest)):
                script = replace(script, steps=rest)
        return script

    def _halves(self, script: Script) -> Script:
        """Leave out ever smaller parts of what is left."""

        def chosen(numbers: Sequence[int]) -> Script:
            return replace(script, steps=tuple(script.steps[number] for number in numbers))

        def fails(numbers: Sequence[int]) -> bool:
            return bool(numbers) and self._try(f"{len(numbers)} of {len(script.steps)} steps", chosen(numbers))

        return chosen(shortened(range(len(script.steps)), fails, inf))


def simpler_settings(script: Script) -> Iterator[tuple[str, Script]]:
    """Yield the script with less that goes by chance, each on top of the one before."""
    settings = json.loads(script.settings)
    good, plain = PathBehaviour(), Behaviour()
    for what, part, names in (
        ("faults of the path", "path", ("drop", "corrupt", "duplicate", "reorder", "pauses")),
        ("pauses", "behaviour", ("device_pauses", "host_pauses", "commit_pauses", "register_pauses")),
        ("latency of devices", "behaviour", ("write_latency", "read_latency")),
    ):
        usual = good if part == "path" else plain
        changed = settings[part] | {name: getattr(usual, name) for name in names}
        if changed != settings[part]:
            settings = settings | {part: changed}
            yield what, replace(script, settings=json.dumps(settings))


TEMPLATE = '''# ruff: noqa: E501
"""Found by seed {seed}, and made shorter: {said}

{kept} of {all} steps are left. It passes once what it found is mended.
"""

from pathlib import Path

from tb.random.shrink import play

SCRIPT = r"""
{script}"""


def test_what_seed_{seed}_found(folder: Path) -> None:
    """The script plays without a difference."""
    assert play(SCRIPT, folder, simulator="{simulator}") == ""
'''


def directed_test(script: Script, said: Failure, steps: int, simulator: str) -> str:
    """Return the text of a test file that plays the script on the simulator that it was found with."""
    return TEMPLATE.format(
        seed=script.seed,
        said=said.signature,
        kept=len(script.steps),
        all=steps,
        script=script.dump(),
        simulator=simulator,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shortened, with how many attempts; `folder` is for all files."""

    seed: int
    folder: Path
    simulator: str = SIMULATORS[0]
    kind: Kind | None = None
    rtl: Path = RTL
    attempts: int = ATTEMPTS


class NothingToShorten(Exception):
    """The seed passes, or fails by something that a script alone cannot show; one line."""


def shrink(asked: Asked, say: Callable[[str], None]) -> tuple[Path, Script, Failure]:
    """Shorten a seed's run; returns the test file, its script and what it fails with. Raises NothingToShorten,
    SimulationError, ValueError."""
    result = run_seed(
        SeedRun(asked.seed, asked.folder / "run", asked.simulator, kind=asked.kind, rtl=asked.rtl, snapshot=0)
    )
    wanted = _judged(result)
    say(f"seed {asked.seed} fails: {wanted.first}")
    whole_script = Script.parse(beside(asked.folder / "run" / CAPTURE, SUFFIX).read_text())

    def fails(script: Script) -> bool:
        try:
            said = play(script.dump(), asked.folder / "attempt", asked.rtl, asked.simulator)
        except SimulationError:
            return False
        return bool(said) and failure_of(said).signature == wanted.signature

    def tell(what: str, script: Script) -> None:
        say(f"attempt {search.attempts} of {search.most}: {size(script)}: {what}")

    if not fails(whole_script):
        raise NothingToShorten(f"seed {asked.seed}: its script alone does not fail so ({wanted.signature})")
    search = Shrinking(fails, asked.attempts, tell)
    file = asked.folder / f"test_seed_{asked.seed}.py"
    try:
        search.shrink(whole_script)
    finally:  # Ctrl-C ends the search
        script = search.best or whole_script
        file.write_text(directed_test(script, wanted, len(whole_script.steps), asked.simulator))
        say(f"{size(whole_script)} -> {size(script)}, in {file}")
    return file, script, wanted


def size(script: Script) -> str:
    """Say how long a script is."""
    return f"{len(script.steps)} steps, {script.until:,.0f} ns"


def _judged(result: SeedResult) -> Failure:
    """Return what a seed failed with. Raises NothingToShorten."""
    if result.outcome == PASSED:
        raise NothingToShorten(f"seed {result.seed} passes")
    said = failure_of(result.failure)
    if said.checker not in CHECKERS:
        known = ", ".join(CHECKERS)
        raise NothingToShorten(
            f"seed {result.seed} fails by {said.checker} ({said.first}); a script shows what these find: {known}"
        )
    return said


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = Parser(prog="python -m tb.random.shrink", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("seed", metavar="SEED", type=whole(0, SEED_LIMIT), help="of a run that fails")
    parser.add_argument("--sim", choices=SIMULATORS, default=SIMULATORS[0], help="simulator")
    parser.add_argument("--kind", type=choice(Kind), default=None, help="what happens, if not what the seed draws")
    parser.add_argument("--rtl", type=Path, default=RTL, help="folder of the RTL's sources")
    parser.add_argument("--attempts", type=whole(1, 100_000), default=ATTEMPTS, help="simulations at most")
    parser.add_argument("--out", type=output_folder, default=None, help=f"its folder ({FOLDER.relative_to(ROOT)}/SEED)")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # --help, or a mistake
        return int(end.code or 0)
    folder = (options.out or FOLDER / str(options.seed)).resolve()
    asked = Asked(options.seed, folder, options.sim, options.kind, options.rtl, options.attempts)
    try:
        with locked(folder, "wait for it, or give this run a folder of its own: --out"):
            file, _, _ = shrink(asked, lambda text: print(text, flush=True))
    except (FolderInUse, ValueError, ScriptError) as error:
        return fail(error)
    except (NothingToShorten, SimulationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"in tests/sim/ {file.name} is a test of the suite")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
