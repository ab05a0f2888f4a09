"""`make serve` with the RTL, or with a board: as `mirrorlog serve`, in lock-step with the model.

    python -m tb.serve [--sim icarus|verilator] [--partner model] [--target socket://HOST:PORT] ...

Exit status: 0 everything was equal, 1 it was not, 2 it could not be tried.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, fail, guarded
from mirrorlog.serve.hosts import COMMANDS
from mirrorlog.serve.serving import Served, ServeError, add_options
from tb.config.files import FolderInUse, beside, locked
from tb.config.settings import (
    BLOCK_BYTES,
    Activity,
    Layout,
    PairState,
    Parameters,
    PathBehaviour,
    Replication,
    Settings,
    replication_layout,
    two_systems,
    without_replication,
)
from tb.handles.board import FAILURE
from tb.link.frames import Hello, LinkError
from tb.running.options import OptionError, Options, parse
from tb.running.processes import SimulationError
from tb.running.progress import Said, show_progress
from tb.running.system_run import CAPTURE, SystemRun, simulate
from tb.running.target import WATCH_TIME, ask, check_memories, fitted, limits, link_cycles, parameters_of

MODULE = "tb.scenarios.serve"
VOLUME_BYTES = 2 << 20
LIMIT_SECONDS = 1e9
# Beside what an answer needs to come over the path
TIMEOUT_CYCLES = 20_000
# Options that are those of `make sim` (tb/running/options.py), each with its help
SHARED = {
    "max_transfer_bytes": "a power of two",
    "sim": "simulator: icarus, verilator",
    "data_width": "bits",
    "seed": "of every random choice of the bench",
    "systems": "1: a system alone, without replication",
    "partner": "rtl, model: what the other one of two systems is",
    "side": "original, secondary: the one that is in Verilog, or on the board, where the model is its partner",
    "target": "socket://HOST:PORT or a serial port: the link to a board",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    found = Parser(prog="python -m tb.serve", description=__doc__)
    add_options(found, VOLUME_BYTES)
    for name, told in SHARED.items():
        if name != "systems":
            found.add_argument(f"--{name.replace('_', '-')}", help=told)
    return found


def shared(given: argparse.Namespace) -> Options:
    """Return the options that are those of `make sim`. Raises OptionError."""
    words = [f"{name}={value}" for name in SHARED if (value := getattr(given, name)) is not None]
    return parse(words if given.seed else [*words, "seed=1"], SHARED)


def settings_for(given: argparse.Namespace, options: Options, hello: Hello | None = None) -> Settings:
    """Return the bench's settings: two systems whose volumes are copied but for the last block, which initial copy
    copies before hosts are served; `hello`: what the board is. Raises ValueError for what is not legal."""
    capacities = dict.fromkeys(range(1, given.volumes + 1), given.volume_bytes)
    page = options.data_width // 8
    usual = Parameters()
    built = {"data_width": options.data_width, "max_transfer_bytes": options.max_transfer_bytes}
    parameters = Parameters(
        **(built if hello is None else parameters_of(options, hello)) | {"systems": options.systems},
        model=options.model,
        # so that runs with smaller volumes share a build
        device0_bytes=max(usual.device0_bytes, -(-sum(capacities.values()) // page) * page),
        device1_bytes=max(usual.device1_bytes, -(-given.journal_bytes // page) * page),
    )
    watch_time = given.watch_time if hello is None else max(given.watch_time, WATCH_TIME)
    layout = replication_layout(capacities, given.journal_bytes, given.policy, watch_time)
    if hello is not None:
        check_memories((layout,), hello)
    # the scenario finds the local socket beside these files
    settings = Settings(
        parameters,
        layout=without_replication(replace(layout, volumes=layout.volumes[:-1])),
        path=PathBehaviour(given.delay),
        repeat="serve the same host again",
        trace=str(given.out / "gate"),
        target=options.target,
    )
    if options.systems == 1:
        return settings
    replication = Replication(0, 0, Activity.RETRY, copy_unit=options.max_transfer_bytes)
    if hello is not None:
        replication = replace(replication, **limits(hello))
    in_flight = replication.commands * replication.batch_bytes
    timeout = TIMEOUT_CYCLES + 2 * given.delay + 2 * in_flight // page
    if hello is not None:
        timeout += link_cycles(hello, in_flight)
    first = parameters.system_number
    sides = two_systems(layout, replace(replication, timeout=timeout), first, first + 1)
    original, secondary = (_nearly_copied(side) for side in sides)
    return replace(settings, layout=original, second=secondary)


def _nearly_copied(side: Layout) -> Layout:
    """Return tables in which initial copy has one block of each volume left."""
    sizes = {volume.number: volume.capacity for volume in side.volumes}
    pairs = tuple(
        replace(pair, state=PairState.COPYING, copy_complete_address=sizes[pair.original_volume] - BLOCK_BYTES)
        for pair in side.pairs
    )
    return replace(side, pairs=pairs)


def serve(given: argparse.Namespace, options: Options, hello: Hello | None) -> int:
    """Serve; returns the exit status."""
    folder: Path = given.out.resolve()
    gate = given.out / "gate"
    gate.unlink(missing_ok=True)
    served = Served(given, gate)
    served.check()
    prefix = folder / CAPTURE
    lost = beside(prefix, FAILURE)
    for left in (beside(prefix, "progress"), lost):
        left.unlink(missing_ok=True)
    said = Said(prefix)
    started = False

    def poll() -> None:
        nonlocal started
        show_progress(prefix, progress)
        said.hand_on()
        if not started and gate.exists():
            started = True
            progress.close()
            served.start()
            print(f"{served.url} serves volumes 1 to {given.volumes}\ncommands: {COMMANDS}", flush=True)

    todo = SystemRun(
        MODULE,
        folder,
        settings_for(given, options, hello),
        options.seed,
        simulator=options.sim,
        limit_seconds=LIMIT_SECONDS,
        poll=poll,
    )
    try:
        with Progress() as progress, served.told():
            outcome = simulate(todo)
    finally:
        said.hand_on()
        served.stop()
        gate.unlink(missing_ok=True)
    if lost.exists():
        return fail(f"TARGET={lost.read_text().strip()}; the capture up to there: {given.out}/{CAPTURE}.jsonl")
    if outcome.failure:
        print(outcome.failure)
    print(f"cycles {outcome.cycles}, records {outcome.records}, mismatches {int(bool(outcome.failure))}")
    print(f"capture: {given.out}/{CAPTURE}.jsonl (mirrorlog compare {given.out}/{CAPTURE}.jsonl)")
    return int(bool(outcome.failure))


def main(arguments: list[str]) -> int:
    """Run; returns the exit status."""
    given = parser().parse_args(arguments)
    try:
        options = shared(given)
        hello = ask(options.target) if options.target else None
        if hello is not None:
            options = fitted(options, hello)
        settings_for(given, options, hello)
        given.out.mkdir(parents=True, exist_ok=True)
        with locked(given.out, "wait for it, or give this run a folder of its own: OUT=build/other"):
            return serve(given, options, hello)
    except (ValueError, OptionError, FolderInUse, ServeError) as error:
        return fail(error)
    except LinkError as error:
        return fail(f"TARGET={error}")
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
