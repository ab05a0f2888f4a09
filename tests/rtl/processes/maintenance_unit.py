"""cocotb tests of maintenance.v: operations on random tables, each compared with the model's on the same tables."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.processes.disk_adapter import JournalWrite
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, PairState, Parameters, VolumeState
from mirrorlog.tables.units import NONE
from tests.rtl.units import chance, generator

BLOCK, ENTRY = 512, 64
ARGUMENTS = 7
ROUNDS = 6000
# seldom one of the answers is missing after ROUNDS
MOST_ROUNDS = 10 * ROUNDS
COUNTS = {
    Operation.CREATE_GROUP: 1, Operation.RECORD_PAIR: 6, Operation.RECORD_JOURNAL_VOLUME: 3, Operation.START: 7,
    Operation.INITIATE: 3, Operation.SUSPEND: 1, Operation.TAKEOVER: 2, Operation.FINISH_TAKEOVER: 1,
    Operation.GIVE_UP: 1,
}  # fmt: skip
EFFECTS = (
    "create_group", "record_pair", "record_journal_volume", "start_original", "start_secondary", "suspend", "take_over",
    "open_secondaries", "give_up",
)  # fmt: skip
GROUP = 1


def random_system(rng: random.Random, parameters: Parameters) -> StorageSystem:
    """A system with random tables, of which the group GROUP is fit for much."""
    made = StorageSystem(parameters)
    shared, own = made.shared, parameters.system
    for volume in shared.volumes:
        volume.state = rng.choice([VolumeState.NORMAL] * 3 + list(VolumeState))
        volume.capacity = BLOCK * rng.choice([0, 1, 8, 40])
        volume.pair = NONE if chance(rng, 80) else rng.randrange(parameters.pairs)
    group = shared.groups[GROUP]
    group.state = rng.choice([GroupState.NORMAL] * 3 + [GroupState.ABNORMAL] * 2 + [GroupState.BLANK])
    group.journal_volume = rng.choice([NONE, *range(parameters.volumes)])
    group.generation = rng.choice([0, 1, 2, 1 << 31, *[0xFFFF_FFFE, 0xFFFF_FFFF] * 3])
    group.update_number = rng.randrange(100, 1000)
    group.secondary.started, group.secondary.takeover, group.secondary.restore_stopped = (
        chance(rng, 60),
        chance(rng, 60),
        chance(rng, 20),
    )
    end = shared.volumes[group.journal_volume].capacity if group.journal_volume != NONE else 0
    group.ring.load(0, min(end, 2 * BLOCK), end)
    original, secondary = rng.choice([(own, 2), (2, own)])
    free = rng.choice([False, True])
    for number, pair in enumerate(shared.pairs):
        pair.state = PairState.BLANK if free and chance(rng, 50) else rng.choice(list(PairState)[1:])
        pair.original_system, pair.secondary_system = original, secondary
        pair.original_volume, pair.secondary_volume, pair.group = number, number, GROUP
        if chance(rng, 5):
            pair.original_system, pair.secondary_system = rng.randrange(4), rng.randrange(4)
        pair.original_capacity = BLOCK * rng.choice([0, 8, 40])
        if chance(rng, 50):
            group.pair_set |= 1 << number
    group.secondary.end_markers_restored = group.pair_set if chance(rng, 50) else rng.getrandbits(parameters.pairs)
    # journals stored and not yet freed; of these some are restored, or being written
    stored = rng.choice([0, 0, 1, 5])
    group.ring.update_information_used = group.ring.update_information_committed = ENTRY * stored
    group.secondary.next_restore = group.update_number - rng.randrange(stored + 1)
    for number in range(group.update_number - stored, group.secondary.next_restore):
        made.restore.groups[GROUP].in_flight.append(number)  # type: ignore[arg-type]
    if chance(rng, 20):
        made.disk_adapter.journal_writes[GROUP].append(JournalWrite)  # type: ignore[arg-type]
    return made


def make_startable(made: StorageSystem) -> None:
    """Take away what START is refused for, but for its own arguments: seldom would nothing be in its way."""
    shared = made.shared
    group = shared.groups[GROUP]
    group.state, group.journal_volume = GroupState.NORMAL, 0
    shared.volumes[0].state, shared.volumes[0].capacity = VolumeState.NORMAL, 40 * BLOCK
    group.ring.load(0, 2 * BLOCK, 40 * BLOCK)
    group.pair_set |= 1
    for pair in shared.pairs:
        pair.original_system, pair.secondary_system, pair.original_capacity = 2, shared.parameters.system, 0
    group.secondary.takeover = False
    made.disk_adapter.journal_writes[GROUP].clear()


def random_arguments(rng: random.Random, made: StorageSystem, operation: int) -> list[int]:
    """Arguments that are often right."""
    group = made.shared.groups[GROUP]
    own = made.shared.parameters.system
    volumes = made.shared.parameters.volumes

    def volume() -> int:
        return rng.choice([*range(volumes)] * 3 + [volumes, NONE, 1 << 16, 1 << 40])

    choices: dict[int, Callable[[], list[int]]] = {
        Operation.RECORD_PAIR: lambda: [
            rng.choice([own, 2, 1 << 16 | own]), volume(), rng.choice([own, 2]), volume(),
            rng.choice([0, 0, 512, (1 << 48) - 512, 1 << 48, 700]),
        ],
        Operation.RECORD_JOURNAL_VOLUME: lambda: [volume(), rng.choice([0, 64, 65, 512, 40 * BLOCK, 1 << 40 | 64])],
        Operation.START: lambda: [
            rng.choice([2] * 9 + [1 << 16]), rng.choice([0] * 9 + [1 << 16]),
            rng.choice([group.generation + rng.randrange(-1, 2) & 0xFFFF_FFFF, 1, 2, 1 << 32, *[0] * chance(rng, 10)]),
            rng.getrandbits(64), rng.getrandbits(64), rng.choice([BLOCK, 6 * BLOCK, 60 * BLOCK, 1 << 40]),
        ],
        Operation.INITIATE: lambda: [rng.choice([2, 2, 2, 3]), rng.choice([0] * 9 + [1 << 16])],
        Operation.TAKEOVER: lambda: [rng.choice([0, 1, 2])],
    }  # fmt: skip
    first = GROUP if chance(rng, 90) else rng.choice([0, 2, 1 << 16 | GROUP, 1 << 40])
    wanted = [first, *choices.get(operation, list)()]
    return [max(0, value) for value in wanted] + [rng.getrandbits(64) for _ in range(ARGUMENTS - len(wanted))]


async def settle(dut: Any) -> None:
    """What it decides on holds for a cycle."""
    for level in (0, 1):
        dut.clk.value = level
        await Timer(1, "ns")


def present(dut: Any, made: StorageSystem, number: int, partner: int, source: int | None) -> None:
    """Drive the rows of the group, and what pair_scan finds, given the partner that is named and who specified it."""
    shared = made.shared
    group = shared.groups[number if number < len(shared.groups) else 0]
    dut.group_state.value, dut.pair_set.value = group.state, group.pair_set
    blank = [n for n, pair in enumerate(shared.pairs) if pair.state == PairState.BLANK]
    dut.blank_found.value, dut.blank_pair.value = bool(blank), (blank or [0])[0]
    pairs = [pair for n, pair in enumerate(shared.pairs) if group.pair_set >> n & 1]
    own = shared.parameters.system
    dut.other_secondary.value = any(pair.secondary_system != partner for pair in pairs)
    dut.not_secondary.value = any(pair.secondary_system != own for pair in pairs)
    dut.other_original.value = any(pair.original_system != own for pair in pairs)
    others = [pair.secondary_system if pair.original_system == own else pair.original_system for pair in pairs]
    dut.other_partner.value = any(other != (source or 0) for other in others)
    capacities = [shared.volumes[pair.secondary_volume].capacity for pair in pairs]
    dut.pair_too_small.value = any(
        pair.original_capacity > capacity for pair, capacity in zip(pairs, capacities, strict=True)
    )
    valid = group.journal_volume != NONE
    dut.journal_volume_valid.value = valid
    dut.journal_volume_state.value = shared.volumes[group.journal_volume].state if valid else 0
    dut.data_area.value = group.ring.write_data_area
    dut.update_number.value, dut.generation.value = group.update_number, group.generation
    dut.activity.value = (
        group.secondary.started << 1 | group.secondary.takeover << 2 | group.secondary.restore_stopped << 4
    )
    dut.oldest_number.value = group.oldest_stored()
    dut.next_restore.value, dut.end_markers.value = group.secondary.next_restore, group.secondary.end_markers_restored
    dut.writing.value = bool(made.disk_adapter.journal_writes[number] if number < len(shared.groups) else 0)


@cocotb.test
async def test_operations_end_as_the_models(dut: Any) -> None:
    """Answer and returned value of random operations; an effect only if it is carried out, and the right one."""
    rng = generator()
    system, volumes = int(dut.SYSTEM_NUMBER.value), int(dut.VOLUMES.value)
    pairs, groups = int(dut.PAIRS.value), int(dut.GROUPS.value)
    parameters = Parameters(system=system, volumes=volumes, pairs=pairs, groups=groups)
    answers: Counter[tuple[int, Answer]] = Counter()
    wanted = {*(answer for answer in Answer if answer <= Answer.TAKEN_OVER), Answer.TOO_SMALL, Answer.NOT_ALLOWED}

    def all_met() -> bool:
        carried_out = {code for code, answer in answers if answer is Answer.OK}
        return {answer for _, answer in answers} == wanted and carried_out == set(COUNTS)

    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and all_met():
            break
        made = random_system(rng, parameters)
        operation = rng.choice([*COUNTS] * 3 + [0, 5, 15, 21, 255])
        if operation == Operation.START and chance(rng, 50):
            make_startable(made)
        arguments = random_arguments(rng, made, operation)
        refused = chance(rng, 3)
        source = rng.choice([None, None, None, 2, 2, 3, 0]) if operation <= Operation.START else None
        dut.run.value, dut.code.value, dut.refused.value = 1, operation, refused
        dut.source.value = 0 if source is None else 1 << 16 | source
        dut.arguments.value = sum(value << 64 * n for n, value in enumerate(arguments))
        present(dut, made, arguments[0], arguments[1], source)
        await settle(dut)
        if dut.names_volume.value:
            volume = made.shared.volumes[int(dut.operation_volume.value) % volumes]
            dut.volume_state.value, dut.volume_pair.value = volume.state, volume.pair
            dut.volume_capacity.value = volume.capacity
            holds = made.shared.is_journal_volume(int(dut.operation_volume.value) % volumes)
            dut.volume_holds_journal.value = holds
            await settle(dut)
        group = made.shared.groups[GROUP]
        was_taken_over = group.secondary.takeover
        begins = arguments[3] != group.generation or not group.secondary.started
        step = made.operations.operate(
            0 if refused else operation, tuple(arguments[: COUNTS.get(operation, 0)]), source=source
        )  # type: ignore[call-overload]
        given = int(dut.answer.value), int(dut.value.value)
        assert given == (step.status, step.reference), (operation, arguments, Answer(step.status).name, made.shared)
        effects = {name for name in EFFECTS if int(getattr(dut, name).value)}
        carried = {list(COUNTS).index(operation)} if step.status == Answer.OK else set()
        order = [0, 1, 2, 4, 3, 5, 6, 7, 8]
        expected = {EFFECTS[order[index]] for index in carried}
        if (operation == Operation.START and not begins) or (operation == Operation.TAKEOVER and was_taken_over):
            expected = set()
        assert effects == expected, (operation, arguments)
        if step.status == Answer.OK and operation == Operation.RECORD_PAIR:
            assert bool(dut.record_is_original.value) == (arguments[1] == system)
            assert int(dut.operation_pair.value) == step.reference
        if expected & {"start_original", "start_secondary"}:
            assert int(dut.new_generation.value) == group.generation
            assert int(dut.new_partner_system.value) == group.partner_system
            assert int(dut.new_partner_group.value) == group.partner_group
        answers[operation, Answer(step.status)] += 1
        dut.run.value = 0
        await settle(dut)
        assert not any(int(getattr(dut, name).value) for name in EFFECTS), "an effect of another kind of step"
    assert all_met(), answers
