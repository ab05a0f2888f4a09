"""Systems of any legal parameters: tables as small as the parameters allow, in the rows with the highest numbers.

    python -m tests.sim.parameter_systems [SIMULATOR] [NUMBER]...

runs the combinations of tb/config/parameter_table.py, all or those with these numbers, and says what came of each.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mirrorlog.tables.shared_memory import VolumeState
from tb.config.parameter_table import combinations
from tb.config.settings import Group, Layout, Pair, Volume, two_systems
from tb.running.processes import SimulationError
from tb.running.simulators import SIMULATORS
from tb.running.system_run import Outcome
from tb.scenarios.two_systems import ENTRIES, KIBIBYTE, REPLICATION
from tests.sim.replication_systems import run_replication
from tools.sources import ROOT

MODULE = "tests.sim.parameter_scenarios"


def layout_of(parameters: Mapping[str, int]) -> Layout:
    """Return one group of one pair, or two, on the last devices, rings of two transfers. One volume alone has no
    journal volume."""
    most = parameters["max_transfer_bytes"]
    capacity = max(16 * KIBIBYTE, 2 * most)
    volumes, device = parameters["volumes"], parameters["devices"] - 1
    if volumes == 1:
        return Layout((Volume(0, capacity, device, 0),))
    pairs = min(2, volumes - 1, parameters["pairs"])
    journal, group = volumes - 1, parameters["groups"] - 1
    information, data = ENTRIES * 64, max(16 * KIBIBYTE, 3 * most)
    rows = [
        (Volume(journal - 1 - n, capacity, 0, n * capacity, VolumeState.ORIGINAL, parameters["pairs"] - 1 - n))
        for n in range(pairs)
    ]
    place = pairs * capacity if device == 0 else 0
    return Layout(
        (*rows, Volume(journal, information + data, device, place)),
        tuple(Pair(row.pair, row.number, group) for row in rows),
        (Group(group, journal, tuple(row.pair for row in rows), information, data, watch_time=100_000),),
    )


def run_parameters(parameters: Mapping[str, int], folder: Path, seed: int, simulator: str = "icarus") -> Outcome:
    """Run the scenario that fits: two systems with a copy, or one volume alone."""
    layout = layout_of(parameters)
    room = [4 * KIBIBYTE] * max(2, parameters["devices"])
    for volume in layout.volumes:
        room[volume.device] = max(room[volume.device], volume.offset + volume.capacity)
    replication = replace(
        REPLICATION,
        batch_bytes=parameters["max_data_bytes"],
        timeout=6_000 + 16 * 65536 * 8 // parameters["data_width"],
        commands=parameters["commands"],
        copy_unit=parameters["max_transfer_bytes"],
    )
    first = parameters["system_number"]
    return run_replication(
        "Copied" if layout.groups else "Alone",
        folder,
        seed,
        module=MODULE,
        layouts=two_systems(layout, replication, original=first, secondary=first + 1),
        simulator=simulator,
        **parameters,
        systems=2 if layout.groups else 1,
        device0_bytes=room[0],
        device1_bytes=max(room[1:]),
    )


def main(arguments: list[str]) -> int:
    """Run combinations; return 0 if all pass."""
    simulator = next((word for word in arguments if word in SIMULATORS), "icarus")
    numbers = [int(word) for word in arguments if word.isdigit()]
    failed = 0
    for number, row in enumerate(combinations()):
        if numbers and number not in numbers:
            continue
        try:
            outcome = run_parameters(row, ROOT / "build" / "parameters" / str(number), number, simulator=simulator)
            failure, cycles = outcome.failure, outcome.cycles
        except SimulationError as error:
            failure, cycles = str(error), 0
        failed += bool(failure)
        given = " ".join(f"{name.upper()}={value}" for name, value in row.items())
        print(f"{'FAILED' if failure else 'passed'} {number} {given} ({cycles} cycles)\n{failure}".rstrip(), flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
