"""Random hosts and operators: what they send to a system at any moment, beside all else."""

import random
from collections.abc import Container
from dataclasses import replace

from mirrorlog.tables.shared_memory import FullPolicy
from tb.config.settings import BLOCK_BYTES, Activity, Layout, Volume
from tb.environment.environment import Environment
from tb.environment.random_host import RandomHost
from tb.handles.register_port import RegisterAccess
from tb.handles.testbench import BenchControl

READ_ONLY = ("identity", "parameters", "limits", "status", "cycle", "packet_faults", "operation_answer")
# Of the map's addresses, those among which the tables lie, and of each register
HIGHEST, TABLES, REGISTER_BYTES = 0x10000, range(0x1000, 0x6000), 8
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
# Values that a register refuses, whatever else it holds: those of a table's numbers, then a number of bytes or a place
# that is none
REFUSED: dict[str, dict[str, tuple[int, ...]]] = {
    "volume": {"state": (5, 7, 1 << 16), "capacity": (511, 1 << 60), "offset": (256, 1 << 63)},
    "pair": {
        "state": (5, 8),
        **dict.fromkeys(("original_system", "original_volume", "secondary_system", "secondary_volume"), (1 << 16,)),
        "copy_complete_address": (64, 513), "original_capacity": (1, 256),
    },
    "group": {
        "state": (3, 1 << 32),
        "reason": (13, 255),
        "copy_unit": (0, 256, 513, 1 << 17),
        "batch_data": (64, 513),
        "partner_system": (1 << 16, 1 << 40),
        "partner_group": (1 << 16, 1 << 63),
        "partner_area": (64, 256),
        "generation": (1 << 32,),
        "read_mode": (2, 3),
        "activity": (32, 96, 1 << 7, 1 << 20),
        "tag": (1 << 32,),
        **dict.fromkeys(
            ("update_information_head", "update_information_newest", "update_information_oldest", "read_initiation",
             "retry_initiation", "update_information_commit", "update_information_used",
             "update_information_committed", "update_information_sent"),
            (1, 32, 63, 32 + (1 << 20)),
        ),
        **dict.fromkeys(
            ("write_data_head", "write_data_newest", "write_data_oldest", "write_data_commit", "write_data_used",
             "write_data_committed"),
            (1, 64, 256, 64 + (1 << 20)),
        ),
    },
}  # fmt: skip
# Settings of a group that asks for nothing again that had no room
KEPT_ONCE = frozenset({"no_room"})
# Of a device's address, at most
LARGEST_BITS = 48
# Values that the operation register refuses
OPERATIONS = (1 << 8, 1 | 1 << 15, 1 << 32, 9 | 1 << 63)
# Of how many rows more than there are
ROWS_BEYOND = (0, 1, 100)
# Those that are longer in a run with more patience, with the least that is not refused
TIMES = {"watch_time": 0, "timeout": 64, "silence": 1024}
# How often a write that may is one of some bytes of a register, and those of a time: all of them or none
PARTIAL, TIME_BYTES = 0.3, 0x0F


def random_host(
    bench: BenchControl, volumes: tuple[Volume, ...], most_bytes: int = 1 << 16, layout: Layout | None = None
) -> RandomHost:
    """Return a host of these volumes that reads no journal volume of a system's layout (default: the first one's). Its
    transfers have `most_bytes` at most."""
    parameters = bench.settings.parameters
    return RandomHost(
        bench.generator,
        volumes,
        min(parameters.max_transfer_bytes, most_bytes),
        parameters.data_width // 8,
        unread=frozenset(group.journal_volume for group in (layout or bench.settings.layout).groups),
        largest_read_bytes=parameters.max_transfer_bytes,
    )


def strobed(accesses: list[RegisterAccess], times: Container[int] = ()) -> list[RegisterAccess]:
    """Return these accesses, of which some write a part of the register's bytes, or none. Registers at the addresses
    `times` get no time that is made of two. This is drawn from what is accessed, so that all else that a seed draws is
    as without it."""
    rng = random.Random(repr(accesses))
    found = []
    for access in accesses:
        if access.write and rng.random() < PARTIAL:
            strobe = rng.choice([0, TIME_BYTES, 1 << rng.randrange(REGISTER_BYTES), *[rng.randrange(1, 255)] * 3])
            if access.address in times:
                strobe = strobe & ~TIME_BYTES | rng.choice([0, TIME_BYTES])
            found.append(replace(access, strobe=strobe))
        else:
            found.append(access)
    return found


def register_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return accesses that change nothing a command sees: reads of everything, writes of volumes' formats."""
    rng = environment.bench.generator
    formats = [address for name, address in environment.addresses.items() if name.endswith("].format")]
    return strobed(
        [
            RegisterAccess(True, rng.choice(formats), rng.getrandbits(64))
            if rng.random() < 0.5
            else RegisterAccess(False, rng.choice(list(environment.addresses.values())))
            for _ in range(count)
        ]
    )


def wrong_accesses(environment: Environment) -> list[RegisterAccess]:
    """Return accesses that have no effect: a write of a register that is read-only, accesses of holes, anywhere, in
    tables, and right behind a register, and of an address within a register."""
    rng, known = environment.bench.generator, environment.addresses
    registers = set(known.values())
    holes = [address for address in range(0, HIGHEST, REGISTER_BYTES) if address not in registers]
    near = [address for address in holes if address in TABLES]
    behind = [address for address in near if address - REGISTER_BYTES in registers]
    found = [
        RegisterAccess(True, known[rng.choice(READ_ONLY)], rng.getrandbits(64)),
        *(
            RegisterAccess(rng.random() < 0.5, rng.choice(some), rng.getrandbits(64))
            for some in (holes, near, behind, behind)
        ),
        RegisterAccess(rng.random() < 0.5, rng.choice(list(known.values())) + rng.randrange(1, 8), rng.getrandbits(64)),
    ]
    return strobed(found)


def setting_accesses(environment: Environment, count: int, kept: frozenset[str] = frozenset()) -> list[RegisterAccess]:
    """Return writes of settings of groups, but for those `kept`, as operators may make them at any moment; some are
    refused, of some a part of the bytes is written."""
    rng = environment.bench.generator
    groups = environment.layout.groups
    values = SETTINGS | {"commands": (1, 2, environment.bench.settings.parameters.commands, 65, 0)}
    patience = environment.bench.settings.patience
    for name, least in TIMES.items():
        values[name] = tuple(value * patience if value >= least else value for value in values[name])
    found = []
    for _ in range(count):
        group = rng.choice(groups)
        once = group.replication is not None and not group.replication.activity & Activity.RETRY
        fixed = kept | KEPT_ONCE if once else kept
        name = rng.choice([name for name in values if name not in fixed])
        address = environment.addresses[f"group[{group.number}].{name}"]
        found.append(RegisterAccess(True, address, rng.choice(values[name])))
    return strobed(
        found, {environment.addresses[f"group[{group.number}].{name}"] for group in groups for name in TIMES}
    )


def next_incarnation(environment: Environment) -> int:
    """Return a later incarnation than any that the system has had."""
    start = environment.bench.settings.starts[environment.system.number]
    return (start.time_ns >> 30) + (environment.bench.cycle >> 4) + 1 & 0xFFFF_FFFF


def refused_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return writes of tables' registers, those in use, too, with values that are refused at any moment."""
    rng, parameters = environment.bench.generator, environment.bench.settings.parameters
    sizes = {"volume": parameters.volumes, "pair": parameters.pairs, "group": parameters.groups}
    numbers = {
        ("volume", "pair"): parameters.pairs,
        ("volume", "device"): parameters.devices,
        ("pair", "group"): parameters.groups,
        ("group", "journal_volume"): parameters.volumes,
    }
    refused = [(table, name, values) for table, names in REFUSED.items() for name, values in names.items()]
    refused += [(*which, tuple(most + beyond for beyond in ROWS_BEYOND)) for which, most in numbers.items()]
    # a volume that would reach beyond its device's addresses; an operation of more bits than a code and a system have
    offset = environment.addresses[f"volume[{rng.choice(environment.layout.volumes).number}].offset"]
    found = [
        RegisterAccess(True, offset, (1 << LARGEST_BITS) - BLOCK_BYTES),
        RegisterAccess(True, environment.addresses["operation"], rng.choice(OPERATIONS)),
    ]
    for _ in range(count - len(found)):
        table, name, values = rng.choice(refused)
        address = environment.addresses[f"{table}[{rng.randrange(sizes[table])}].{name}"]
        found.append(RegisterAccess(True, address, rng.choice(values)))
    return found


def some_allowed(environment: Environment) -> RegisterAccess:
    """Return the write that lets a system take operations of some systems, those of the bench among them."""
    allowed = environment.bench.generator.getrandbits(64)
    for other in environment.bench.systems:
        allowed |= 1 << min(other.number, 63)
    return RegisterAccess(True, environment.addresses["allowed_systems"], allowed)


def own_accesses(environment: Environment) -> list[RegisterAccess]:
    """Return writes of the registers that are the system's own: its incarnation, and whose operations it takes. A
    system that is not idle refuses them."""
    incarnation = RegisterAccess(True, environment.addresses["incarnation"], next_incarnation(environment))
    return [incarnation, some_allowed(environment)]


def mailbox_accesses(environment: Environment, count: int) -> list[RegisterAccess]:
    """Return writes of arguments of operations, where nobody carries any out."""
    rng = environment.bench.generator
    arguments = [address for name, address in environment.addresses.items() if name.startswith("argument")]
    return strobed([RegisterAccess(True, rng.choice(arguments), rng.getrandbits(64)) for _ in range(count)])


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
    bits = (8, 16, 32, 48, 64)
    return strobed([RegisterAccess(True, rng.choice(unused), rng.getrandbits(rng.choice(bits))) for _ in range(count)])


def operator(environment: Environment, count: int, kept: frozenset[str] = frozenset()) -> list[RegisterAccess]:
    """Return random accesses of an operator beside traffic: all of those above, but for the settings `kept`."""
    found = (
        register_accesses(environment, count)
        + wrong_accesses(environment)
        + refused_accesses(environment, count)
        + setting_accesses(environment, count, kept)
        + own_accesses(environment)
    )
    environment.bench.generator.shuffle(found)
    return found
