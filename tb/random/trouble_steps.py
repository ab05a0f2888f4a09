"""What troubles are made of: writes of a group, what devices and paths do, tables that are loaded."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from mirrorlog.storage_system import StorageSystem
from tb.config.settings import BLOCK_BYTES, Activity, ReadMode, Replication
from tb.environment.environment import POLL_CYCLES, BenchTest, Environment
from tb.environment.neighbour_agents import PathAgent
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.random.names import VOLUMES, group_at, replication_at, volume_at
from tb.random.operating import MOST_BYTES, Operating

if TYPE_CHECKING:
    from tb.random.trouble_scenarios import RandomTroubles

# What comes to a group of a run
Trouble = Callable[["RandomTroubles", int], Awaitable[None]]
# Journals that wait on either side, and cycles in which they come to the secondary system
WAITING, COMING_CYCLES = (2, 30), 3_000
# As many of one block have room in any journal volume, and come in so many cycles, most often
ENOUGH, WAITING_CYCLES = 12, 6_000


async def soon(run: BenchTest, reached: Callable[[], bool], cycles: int) -> bool:
    """Wait for what is to come within so many cycles; returns whether it does."""
    for _ in range(cycles // POLL_CYCLES):
        if reached():
            return True
        await run.bench.sleep(POLL_CYCLES)
        await run.bench.capture_now(whole=False)
    return False


async def hold_volumes(run: Operating, group: int, held: bool) -> None:
    """Let no device of a group's secondary volumes answer writes, or let all do so again."""
    environment = run.secondary(group)
    for name in VOLUMES[group]:
        await environment.devices[volume_at(environment.layout, name).device].hold(write_responses=held)


async def hold_paths(run: Operating, held: bool) -> None:
    """Let no path take anything, or let all do so again."""
    for path in run.environment.paths:
        await path.hold(held)


def path_from(run: Operating, environment: Environment) -> PathAgent:
    """Return the path that carries what a system sends."""
    return run.environment.paths[run.environment.systems.index(environment)]


def most_bytes(run: Operating) -> int:
    """Return the most that a write of a trouble has."""
    return min(run.bench.settings.parameters.max_transfer_bytes, MOST_BYTES)


def large_batches(run: BenchTest) -> dict[str, int]:
    """Return the settings with which a group asks for as many journals at once as may be, of few bytes."""
    parameters = run.bench.settings.parameters
    return {"batch_journals": parameters.batch_journals, "batch_bytes": min(8192, parameters.max_data_bytes)}


def group_write(run: Operating, group: int, size: int = 0, volume: int | None = None) -> HostCommand:
    """Return a write to a volume of a group, to any if none is given, of so many bytes, or (0) of any size."""
    rng = run.bench.generator
    place = volume_at(run.original(group).layout, rng.choice(VOLUMES[group]) if volume is None else volume)
    most = most_bytes(run) // BLOCK_BYTES
    size = size or BLOCK_BYTES * rng.choice([1, most, rng.randint(1, most)])
    position = place.first + BLOCK_BYTES * rng.randrange((place.capacity - size) // BLOCK_BYTES + 1)
    return HostCommand(Opcode.WRITE, place.number, position, size, rng.randbytes(size))


async def journals_come(run: Operating, group: int) -> None:
    """Let some journals come to the secondary system."""
    count = run.bench.generator.randint(*WAITING)
    await run.original(group).send([group_write(run, group, BLOCK_BYTES) for _ in range(count)])
    await run.bench.cycles(COMING_CYCLES)


async def restore_waits(run: Operating, group: int) -> None:
    """Let journals come to the secondary system that are not restored."""
    rng = run.bench.generator
    await hold_volumes(run, group, True)
    size, count = rng.choice([0, BLOCK_BYTES]), rng.randint(*WAITING)
    await run.original(group).send([group_write(run, group, size) for _ in range(count)])
    await journals_wait(run, group, count)


async def journals_wait(run: Operating, group: int, count: int) -> None:
    """Wait until so many committed journals are at the secondary system, or as many as always have room, if that is
    soon."""
    model, number = _at_secondary(run, group)
    at, enough = model.shared.groups[number], min(count, ENOUGH)
    await soon(run, lambda: at.update_number - at.oldest_stored() >= enough, WAITING_CYCLES)


def asks(run: Operating, group: int) -> bool:
    """Has the group's secondary system asked for journals that have not come?"""
    model, number = _at_secondary(run, group)
    return any(slot.packet is not None for slot in model.journal_read_command.groups[number].slots.slots)


def restoring(run: Operating, group: int) -> int:
    """Return how many journals the group's secondary system has found to restore and does not write yet."""
    model, number = _at_secondary(run, group)
    return len(model.restore.groups[number].reading)


def _at_secondary(run: Operating, group: int) -> tuple[StorageSystem, int]:
    """Return the model of the group's secondary system, as far as the comparison is, and the group's number there."""
    secondary = run.secondary(group)
    model = run.environment.scoreboard.comparison.system(secondary.system.number)
    return model, group_at(secondary.layout, group)


async def begun(run: Operating, group: int) -> None:
    """Wait until the secondary system has begun the original's generation, though it may not run for long."""
    original, secondary = run.original(group), run.secondary(group)
    generation = await original.read(run.row(original, group) + "generation")
    await run.becomes(secondary, run.row(secondary, group) + "generation", generation)


def read_by(run: Operating, group: int, mode: ReadMode) -> int:
    """Return the group, or else another one, whose secondary system asks for journals in this mode; 0: none does."""
    return _with(run, group, lambda settings: settings.read_mode == mode)


def asks_once(run: Operating, group: int) -> int:
    """Return the group, or else another one, that asks for nothing again, of which a journal that is lost is the end;
    0: none does."""
    return _with(run, group, lambda settings: not settings.activity & Activity.RETRY)


def _with(run: Operating, group: int, fits: Callable[[Replication], bool]) -> int:
    """Return the group, or else another one, whose settings at its secondary system fit; 0: none has such ones."""
    for number in (group, *sorted(VOLUMES.keys() - {group})):
        settings = replication_at(run.secondary(number).layout, number)
        if settings is not None and fits(settings):
            return number
    return 0


def unused(environment: Environment, table: str) -> int:
    """Return the first row of a table, "group" or "volume", that nobody uses."""
    layout = environment.layout
    used = {row.number for row in (layout.groups if table == "group" else layout.volumes)}
    return next(number for number in range(len(used) + 1) if number not in used)


async def write_all(at: Environment, row: str, values: Mapping[str, int]) -> None:
    """Write settings of a group, whose registers' names begin with `row`."""
    for name, value in values.items():
        assert await at.write(row + name, value) == 0, (row, name, value)


async def load(run: "RandomTroubles", at: Environment, name: str, value: int) -> None:
    """Load a table, once the system is idle."""
    await run.insist(at, RegisterAccess(True, at.addresses[name], value))


async def advance(run: "RandomTroubles", at: Environment, name: str, more: int) -> None:
    """Add to a number of a table, once the system is idle."""
    await run.insist(at, RegisterAccess(True, at.addresses[name], more), counted=name)
