"""Runs of pairs of systems: those of tb/scenarios/two_systems.py, and others made of them."""

import random
from dataclasses import replace
from pathlib import Path

from tb.config.settings import Behaviour, Layout, PathBehaviour, Replication, Settings, Start, two_systems
from tb.running.system_run import Outcome
from tb.scenarios.two_systems import KIBIBYTE, OTHER, OTHER_GROUP, OTHER_JOURNAL, PARAMETERS, REPLICATION, layout
from tests.sim.systems import run
from tools.sources import RTL

MODULE = ",".join(
    f"tests.sim.{name}scenarios" for name in ("replication_", "replication_state_", "replication_error_", "damage_")
)


def both_ways(replication: Replication) -> tuple[Layout, Layout]:
    """Return the layouts of two groups in opposite directions."""
    there = two_systems(layout(), replication)
    back = two_systems(layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL), replication, original=2, secondary=1)

    def joined(one: Layout, other: Layout) -> Layout:
        return Layout(one.volumes + other.volumes, one.pairs + other.pairs, one.groups + other.groups)

    return joined(there[0], back[1]), joined(there[1], back[0])


def apart(data_bytes: int = 24 * KIBIBYTE) -> Layout:
    """Return the tables of two groups in the same direction that share no device; `data_bytes` of the second one's
    journals."""
    one = layout(devices=(0, 0))
    other = layout(OTHER_GROUP, (OTHER,), OTHER_JOURNAL, devices=(1, 1), data_bytes=data_bytes)
    # the volume of the second group begins its device
    rows = tuple(replace(row, offset=0) if row.number == OTHER else row for row in other.volumes)
    return Layout(one.volumes + rows, one.pairs + other.pairs, one.groups + other.groups)


def counters_near_their_end(seed: int) -> tuple[Start, Start]:
    """Return starts whose cycle counters wrap early in the run, each in its own moment."""
    rng = random.Random(seed)
    first, second = (Start(first_cycle=(1 << 48) - rng.randrange(1000, 15_000)) for _ in range(2))
    return first, second


def run_replication(
    scenario: str,
    folder: Path,
    seed: int,
    *,
    module: str = MODULE,
    layouts: tuple[Layout, Layout] | None = None,
    path: PathBehaviour | None = None,
    behaviour: Behaviour | None = None,
    starts: tuple[Start, Start] | None = None,
    simulator: str = "",
    rtl: Path = RTL,
    **parameters: int,
) -> Outcome:
    """Run one scenario of `module` in lock-step; the outcome says whether it passed.

    Unless a simulator is given, it is Verilator for the systems that most tests share, whose build is worth its time,
    and Icarus for all others.
    """
    if not simulator:
        simulator = "icarus" if parameters or rtl != RTL else "verilator"
    original, secondary = layouts or two_systems(layout(), REPLICATION)
    first, second = starts or counters_near_their_end(seed)
    settings = Settings(
        replace(PARAMETERS, **parameters),  # type: ignore[arg-type]
        behaviour or Behaviour(),
        original,
        second=secondary,
        path=path or PathBehaviour(delay=50),
        start=first,
        second_start=second,
    )
    return run(module, scenario, folder, seed, settings, simulator, rtl)
