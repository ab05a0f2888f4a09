"""Random hosts and operators: what they send to a system at any moment, beside all else."""

from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.settings import Volume
from tb.environment.environment import Environment
from tb.environment.random_host import RandomHost
from tb.handles.register_port import RegisterAccess
from tb.handles.testbench import BenchControl

READ_ONLY = ("identity", "parameters", "limits", "status", "cycle", "packet_faults", "operation_answer")
# Of the map's addresses, and of each register
HIGHEST, REGISTER_BYTES = 0x10000, 8
# Of a group or pair, what makes it one that is used
STARTING = frozenset({"state", "activity", "pair_set", "journal_volume", "group", "original_volume"})
# Values of settings, so that a group whose path works makes progress in thousands of cycles, and some that are refused
SETTINGS: dict[str, tuple[int, ...]] = {
    "full_policy": (FullPolicy.STALL, FullPolicy.ERROR, 3),
    "watch_time": (20_000, 200_000),
    "batch_journals": (1, 3, 8, 64, 0, 65),
    "batch_bytes": (512, 4096, 8192, 511),
    "no_room": (0, 1, 2),
    "interval": (16, 100, 700, 15),
    "timeout": (500, 1500, 4000, 63),
    "next_command": (0, 1, 2, 3),
    "backlog": (1, 9, 64, 0),
    "silence": (0, 200_000, 1023),
}
# Those that are longer in a run with more patience, with the least that is not refused
TIMES = {"watch_time": 0, "timeout": 64, "silence": 1024}


def random_host(bench: BenchControl, volumes: tuple[Volume, ...], most_bytes: int = 1 << 16) -> RandomHost:
    """Return a host of these volumes that reads no journal volume. Its transfers have `most_bytes` at most."""
    parameters = bench.settings.parameters
    return RandomHost(
        bench.generator,
        volumes,
        min(parameters.max_transfer_bytes, most_bytes),
        parameters.data_width // 8,
        unread=frozenset(group.journal_volume for group in bench.settings.layout.groups),
        largest_read_bytes=parameters.max_transfer_bytes,
    )


def register_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return accesses that change nothing a command sees: reads of everything, writes of volumes' formats."""
    rng = environment.bench.generator
    formats = [address for name, address in environment.addresses.items() if name.endswith("].format")]
    return [
        RegisterAccess(True, rng.choice(formats), rng.getrandbits(64))
        if rng.random() < 0.5
        else RegisterAccess(False, rng.choice(list(environment.addresses.values())))
        for _ in range(count)
    ]


def wrong_accesses(environment: Environment) -> list[RegisterAccess]:
    """Return accesses that have no effect: a write of a register that is read-only, accesses of a hole, and of an
    address within a register."""
    rng, known = environment.bench.generator, environment.addresses
    holes = [address for address in range(0, HIGHEST, REGISTER_BYTES) if address not in known.values()]
    return [
        RegisterAccess(True, known[rng.choice(READ_ONLY)], rng.getrandbits(64)),
        RegisterAccess(rng.random() < 0.5, rng.choice(holes), rng.getrandbits(64)),
        RegisterAccess(rng.random() < 0.5, rng.choice(list(known.values())) + rng.randrange(1, 8), rng.getrandbits(64)),
    ]


def setting_accesses(environment: Environment, count: int, kept: frozenset[str] = frozenset()) -> list[RegisterAccess]:
    """Return writes of settings of groups, but for those `kept`, as operators may make them at any moment; some are
    refused."""
    rng = environment.bench.generator
    groups = [group.number for group in environment.layout.groups]
    values = SETTINGS | {"commands": (1, 2, environment.bench.settings.parameters.commands, 65, 0)}
    patience = environment.bench.settings.patience
    for name, least in TIMES.items():
        values[name] = tuple(value * patience if value >= least else value for value in values[name])
    values = {name: choices for name, choices in values.items() if name not in kept}
    found = []
    for _ in range(count):
        name, choices = rng.choice(list(values.items()))
        address = environment.addresses[f"group[{rng.choice(groups)}].{name}"]
        found.append(RegisterAccess(True, address, rng.choice(choices)))
    return found


def next_incarnation(environment: Environment) -> int:
    """Return a later incarnation than any that the system has had."""
    start = environment.bench.settings.starts[environment.system.number]
    return (start.time_ns >> 30) + (environment.bench.cycle >> 4) + 1 & 0xFFFF_FFFF


def own_accesses(environment: Environment) -> list[RegisterAccess]:
    """Return writes of the registers that are the system's own: its incarnation, and whose operations it takes, those
    of the other system of the bench among them. A system that is not idle refuses them."""
    allowed = environment.bench.generator.getrandbits(64)
    for other in environment.bench.systems:
        allowed |= 1 << min(other.number, 63)
    values = {"incarnation": next_incarnation(environment), "allowed_systems": allowed}
    return [RegisterAccess(True, environment.addresses[name], value) for name, value in values.items()]


def mailbox_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return writes of arguments of operations, where nobody carries any out."""
    rng = environment.bench.generator
    arguments = [address for name, address in environment.addresses.items() if name.startswith("argument")]
    return [RegisterAccess(True, rng.choice(arguments), rng.getrandbits(64)) for _ in range(count)]


def unused_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return writes of what tables hold of groups and pairs that nobody uses, and that are blank whatever is written;
    a system that is not idle, or whose register does not hold the value, refuses it."""
    rng, layout = environment.bench.generator, environment.layout
    used = {f"group[{group.number}]" for group in layout.groups} | {f"pair[{pair.number}]" for pair in layout.pairs}
    unused = [
        address
        for name, address in environment.addresses.items()
        for row, _, field in (name.partition("."),)
        if row.startswith(("group[", "pair[")) and row not in used and field not in STARTING
    ]
    return [
        RegisterAccess(True, rng.choice(unused), rng.getrandbits(rng.choice([8, 16, 32, 48, 64]))) for _ in range(count)
    ]


def operator(environment: Environment, count: int, kept: frozenset[str] = frozenset()) -> list[RegisterAccess]:
    """Return random accesses of an operator beside traffic: all of those above, but for the settings `kept`."""
    found = (
        register_accesses(environment, count)
        + wrong_accesses(environment)
        + setting_accesses(environment, count, kept)
        + own_accesses(environment)
    )
    environment.bench.generator.shuffle(found)
    return found
