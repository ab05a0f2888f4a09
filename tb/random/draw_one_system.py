"""What random runs of one system draw: the size of its journals, what happens when they are full, and the pace of its
neighbours."""

import random
from collections.abc import Mapping

from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.settings import BLOCK_BYTES, Behaviour, Layout, Parameters, Settings
from tb.scenarios.one_system import KIBIBYTE, PARAMETERS, layout

# What the layout needs
TABLES = {"volumes": 12, "pairs": 8, "groups": 3, "devices": 2}
# Bytes of write data where tables are in random states: what no transfer of some sizes fits into, and more
DATA_BYTES = (2 * KIBIBYTE, 4 * KIBIBYTE, 12 * KIBIBYTE)
# Blocks of write data, so few that the largest transfers never fit
FEW_BLOCKS = (2, 6)


def draw_one_system(rng: random.Random, parameters: Mapping[str, int], tables: bool) -> Settings:
    """Draw a run of one system with these parameters, of which `tables` says whether they will be in random states."""
    return Settings(
        Parameters(device0_bytes=PARAMETERS.device0_bytes, device1_bytes=PARAMETERS.device1_bytes, **parameters),
        random_behaviour(rng),
        layout(16, rng.choice(DATA_BYTES)) if tables else random_journals(rng, rng.choice(list(FullPolicy))),
    )


def random_journals(rng: random.Random, policy: FullPolicy) -> Layout:
    """Return tables with journals so small that they wrap again and again, and now and then no large write ever
    fits."""
    blocks = rng.choice([rng.randint(10, 40), rng.randint(10, 40), rng.randint(*FEW_BLOCKS)])
    return layout(8 * rng.randint(1, 2), BLOCK_BYTES * blocks, policy, rng.choice([0, 100, 3000]))


def random_behaviour(rng: random.Random) -> Behaviour:
    """Latencies and pauses from none to many."""
    return Behaviour(
        queue_depth=rng.choice([1, 4, 16, 64]),
        write_latency=rng.choice([0, 3, 40, 200]),
        read_latency=rng.choice([0, 3, 40, 200]),
        device_pauses=rng.choice([0, 10, 50]),
        host_pauses=rng.choice([0, 10, 50]),
        commit_pauses=rng.choice([0, 5, 40]),
        register_pauses=rng.choice([0, 30, 85]),
    )
