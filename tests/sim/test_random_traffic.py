"""Random commands in lock-step, over widths, latencies, pauses and journal sizes."""

import random
from pathlib import Path

import pytest

from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, ReadWriteOutcome
from mirrorlog.tables.shared_memory import FullPolicy
from tb.random.draw_one_system import DATA_BYTES, random_behaviour, random_journals
from tb.scenarios.one_system import layout
from tests.sim.systems import passes, run_scenario

SEEDS = 3
# Rounds after which every exit must have been reached
MOST_ROUNDS = 12
COMMANDS, ADAPTER = Process.COMMAND_RECEPTION, Process.READ_WRITE
# Exits of command reception with creation, and of the read-write process, that every batch of random runs must reach
EXITS = {
    (COMMANDS, CommandOutcome.WRITTEN, Creation.NOT_RUN),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.NOT_REPLICATED),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.NOT_YET_COPIED),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED),
    (COMMANDS, CommandOutcome.REFUSED, Creation.NOT_RUN),
    (COMMANDS, CommandOutcome.READ_TAKEN, Creation.NOT_RUN),
    (COMMANDS, CommandOutcome.FLUSH_TAKEN, Creation.NOT_RUN),
    (COMMANDS, CommandOutcome.FLUSH_ANSWERED, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.VOLUME_WRITTEN, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.JOURNAL_DURABLE, Creation.NOT_RUN),
}
# Exits that random tables and device errors must reach
ODD = {
    (COMMANDS, CommandOutcome.WRITTEN, Creation.NOT_REPLICATED),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.JOURNAL_VOLUME_ABNORMAL),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.NOT_YET_COPIED),
    (COMMANDS, CommandOutcome.WRITTEN, Creation.HOST_WRITE_CREATED),
    (COMMANDS, CommandOutcome.REFUSED, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.VOLUME_WRITTEN, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.VOLUME_WRITE_FAILED, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.JOURNAL_DURABLE, Creation.NOT_RUN),
    (ADAPTER, ReadWriteOutcome.READ_FAILED, Creation.NOT_RUN),
}
FULL = {
    (COMMANDS, outcome, Creation.NO_ROOM)
    for outcome in (CommandOutcome.WRITTEN, CommandOutcome.REFUSED, CommandOutcome.STALLED)
}


@pytest.mark.parametrize(
    "changes",
    [{}, *(pytest.param({"data_width": width}, marks=pytest.mark.long) for width in (64, 512))],
    ids=["256", "64", "512"],
)
def test_random_traffic_agrees_with_the_model_and_reaches_every_exit(
    changes: dict[str, int], folder: Path, seed: int
) -> None:
    """Several seeds; every policy; all exits that need no device error."""
    rng = random.Random(seed)
    reached: set[tuple[int, int, int]] = set()
    for number in range(MOST_ROUNDS):
        if number >= SEEDS and reached >= EXITS | FULL:
            break
        policy = list(FullPolicy)[number % len(FullPolicy)]
        outcome = run_scenario(
            "RandomTraffic",
            folder / str(number),
            rng.getrandbits(31),
            tables=random_journals(rng, policy),
            behaviour=random_behaviour(rng),
            **changes,
        )
        passes(outcome)
        reached |= {(exit_.process, exit_.outcome, exit_.creation) for exit_ in outcome.exits}
    assert reached >= EXITS | FULL, f"not reached: {(EXITS | FULL) - reached}"


def test_random_tables_and_device_errors_agree_with_the_model(folder: Path, seed: int) -> None:
    """Volumes, pairs and groups in every combination of states, some of them wrong; journals that never fit."""
    rng = random.Random(seed)
    reached: set[tuple[int, int, int]] = set()
    for number in range(MOST_ROUNDS):
        if number >= 2 and reached >= ODD:
            break
        data_bytes = DATA_BYTES[number % len(DATA_BYTES)]
        outcome = run_scenario(
            "RandomTables",
            folder / str(number),
            rng.getrandbits(31),
            tables=layout(16, data_bytes),
            behaviour=random_behaviour(rng),
        )
        passes(outcome)
        reached |= {(exit_.process, exit_.outcome, exit_.creation) for exit_ in outcome.exits}
    assert reached >= ODD, f"not reached: {ODD - reached}"
