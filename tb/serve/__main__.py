"""`make serve TARGET=rtl`: as `mirrorlog serve`, with the RTL in lock-step with the model.

    python -m tb.serve [--sim icarus|verilator] [--data-width N] ...

Exit status: 0 everything was equal, 1 it was not, 2 it could not be tried.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from mirrorlog.command_line import Parser, Progress, fail, guarded, whole
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
)
from tb.running.options import DATA_WIDTHS
from tb.running.progress import show_progress
from tb.running.runner import SIMULATORS, SimulationError
from tb.running.system_run import CAPTURE, SystemRun, simulate

MODULE = "tb.scenarios.serve"
VOLUME_BYTES = 2 << 20
LIMIT_SECONDS = 1e9
# Beside what an answer needs to come over the path
TIMEOUT_CYCLES = 20_000


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    found = Parser(prog="python -m tb.serve", description=__doc__)
    add_options(found, VOLUME_BYTES)
    found.add_argument("--max-transfer-bytes", type=whole(512, 1 << 16), default=16384, help="a power of two")
    found.add_argument("--sim", choices=SIMULATORS, default="icarus", help="simulator")
    found.add_argument("--data-width", type=int, choices=DATA_WIDTHS, default=512, help="bits")
    found.add_argument("--seed", type=whole(0, 2**63), default=1, help="of every random choice of the bench")
    return found


def settings_for(options: argparse.Namespace) -> Settings:
    """Return the bench's settings: two systems whose volumes are copied but for the last block, which initial copy
    copies before hosts are served. Raises ValueError for what is not legal."""
    capacities = dict.fromkeys(range(1, options.volumes + 1), options.volume_bytes)
    page = options.data_width // 8
    usual = Parameters()
    parameters = Parameters(
        systems=2,
        data_width=options.data_width,
        max_transfer_bytes=options.max_transfer_bytes,
        # so that runs with smaller volumes share a build
        device0_bytes=max(usual.device0_bytes, -(-sum(capacities.values()) // page) * page),
        device1_bytes=max(usual.device1_bytes, -(-options.journal_bytes // page) * page),
    )
    layout = replication_layout(capacities, options.journal_bytes, options.policy, options.watch_time)
    timeout = TIMEOUT_CYCLES + 2 * options.delay + 2 * 4 * 65536 // page
    replication = Replication(0, 0, Activity.RETRY, copy_unit=options.max_transfer_bytes, timeout=timeout)
    original, secondary = (_nearly_copied(side) for side in two_systems(layout, replication))
    # the scenario finds the local socket beside these files
    return Settings(
        parameters,
        layout=original,
        second=secondary,
        path=PathBehaviour(options.delay),
        repeat="serve the same host again",
        trace=str(options.out / "gate"),
    )


def _nearly_copied(side: Layout) -> Layout:
    """Return tables in which initial copy has one block of each volume left."""
    sizes = {volume.number: volume.capacity for volume in side.volumes}
    pairs = tuple(
        replace(pair, state=PairState.COPYING, copy_complete_address=sizes[pair.original_volume] - BLOCK_BYTES)
        for pair in side.pairs
    )
    return replace(side, pairs=pairs)


def serve(options: argparse.Namespace) -> int:
    """Serve; returns the exit status."""
    folder: Path = options.out.resolve()
    gate = options.out / "gate"
    gate.unlink(missing_ok=True)
    served = Served(options, gate)
    prefix = folder / CAPTURE
    beside(prefix, "progress").unlink(missing_ok=True)
    started = False

    def poll() -> None:
        nonlocal started
        show_progress(prefix, progress)
        if not started and gate.exists():
            started = True
            progress.close()
            served.start()
            print(f"{served.url} serves volumes 1 to {options.volumes}\ncommands: {COMMANDS}", flush=True)

    todo = SystemRun(
        MODULE,
        folder,
        settings_for(options),
        options.seed,
        simulator=options.sim,
        limit_seconds=LIMIT_SECONDS,
        poll=poll,
    )
    try:
        with Progress() as progress, served.told():
            outcome = simulate(todo)
    finally:
        served.stop()
        gate.unlink(missing_ok=True)
    if outcome.failure:
        print(outcome.failure)
    print(f"cycles {outcome.cycles}, records {outcome.records}, mismatches {int(bool(outcome.failure))}")
    print(f"capture: {options.out}/{CAPTURE}.jsonl (mirrorlog compare {options.out}/{CAPTURE}.jsonl)")
    return int(bool(outcome.failure))


def main() -> int:
    """Run; returns the exit status."""
    options = parser().parse_args()
    try:
        settings_for(options)
        options.out.mkdir(parents=True, exist_ok=True)
        with locked(options.out, "wait for it, or give this run a folder of its own: OUT=build/other"):
            return serve(options)
    except (ValueError, FolderInUse, ServeError) as error:
        return fail(error)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(guarded(main))
