"""Two systems on one bench, with a connection path between them."""

from dataclasses import replace
from pathlib import Path

from mirrorlog.formats.commit_record import Process
from tb.config.settings import Settings
from tb.scenarios.one_system import PARAMETERS, layout
from tests.sim.systems import passes, run

MODULE = "tests.sim.two_systems_scenarios"


def test_two_systems_on_one_bench_are_followed_side_by_side(folder: Path, seed: int) -> None:
    """One capture; the records of both are in it, and the comparison alone agrees."""
    parameters = replace(PARAMETERS, systems=2)
    settings = Settings(parameters, layout=layout(), second=layout(64))
    outcome = passes(run(MODULE, "SideBySide", folder, seed, settings))
    assert sum(exit_.count for exit_ in outcome.exits if exit_.process == Process.COMMAND_RECEPTION) >= 120
    lines = (folder / "capture.jsonl").read_text().splitlines()
    for system in (parameters.system_number, parameters.system_number + 1):
        assert sum(line.startswith(f'{{"event": "record", "system": {system},') for line in lines) > 60
    cycles = [int(line.split('"cycle": ')[1].split(",")[0].rstrip("}")) for line in lines if '"cycle": ' in line]
    assert cycles == sorted(cycles)
