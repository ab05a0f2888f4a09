"""Two systems that the model plays, one beside the other without a simulator: what they show is what the comparison
expects."""

import random
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.tables.shared_memory import GroupState
from mirrorlog.tables.shared_memory import Parameters as Built
from tb.config.settings import Activity, NoRoom, two_systems
from tb.environment.sequences import table_writes
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.registers import register_addresses
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.partner.partner import Partner
from tb.scenarios.two_systems import DEVICE_BYTES, FIRST, GROUP, PARAMETERS, REPLICATION, SECOND, layout
from tests.model.captures import Capture

STRIDE, PERIOD, LIMIT = 16, 4, 6000
IDLE_REGISTER = 0x18
FIRST_CYCLES = 1000, (1 << 48) - 3000
# Cycles, more than those in which its tables are loaded
SILENCE = 5000


class Pair:
    """An original and a secondary system, with tables of one group; packets go from one to the other at once."""

    def __init__(self, seed: int, replication: Any = REPLICATION, start: bool = True) -> None:
        self.capture = Capture()
        self.layouts = two_systems(layout(), replication)
        self.addresses = register_addresses(PARAMETERS.volumes, PARAMETERS.pairs, PARAMETERS.groups)
        built = [
            Built(
                number,
                PARAMETERS.data_width,
                PARAMETERS.volumes,
                PARAMETERS.pairs,
                PARAMETERS.groups,
                2,
                PARAMETERS.max_transfer_bytes,
                commands=PARAMETERS.commands,
                window=PARAMETERS.window,
                batch_journals=PARAMETERS.batch_journals,
                batch_bytes=PARAMETERS.max_data_bytes,
            )
            for number in (1, 2)
        ]
        self.capture.begin([(parameters, True) for parameters in built], FIRST_CYCLES)
        self.systems = []
        for parameters, first in zip(built, FIRST_CYCLES, strict=True):
            number = parameters.system
            names = ("write_data", "read_data")
            files = [f"{name}{number}" for name in names] + [f"device{number}_{device}" for device in (0, 1)]
            self.capture.data |= {name: bytearray() for name in (*files, f"path{number}_in", f"path{number}_out")}
            rng = random.Random(f"{seed} {number}")
            partner = Partner(parameters, rng, self.capture, [DEVICE_BYTES] * 2, PERIOD)
            partner.begin(first, 0, 0, {})
            partner.queue_depth = 8
            self.systems.append(partner)
        if start:
            self.set_up(1)
            self.set_up(2)
            self.start()

    def set_up(self, number: int) -> None:
        """Write the tables of a system."""
        system = self.systems[number - 1]
        for access in table_writes(self.layouts[number - 1], self.addresses, number, 0):
            system.access(access)
        self.run(system.is_quiet)

    def start(self) -> None:
        """Let the group run at both."""
        for index, activity in enumerate((Activity.ORIGINAL, Activity.SECONDARY)):
            for _, replication in self.layouts[index].running(activity):
                address = self.addresses[f"group[{GROUP}].activity"]
                self.systems[index].access(RegisterAccess(True, address, replication.activity))
            self.run(self.systems[index].is_quiet)

    def run(self, reached: Any) -> None:
        """Go on until something is reached."""
        for _ in range(LIMIT):
            for system, other in (self.systems, self.systems[::-1]):
                system.run(system.cycle + STRIDE)
                system.cycle += 1
                other.incoming += system.outgoing
                system.outgoing.clear()
            if reached():
                return
        raise AssertionError("it does not come")

    def write(self, rng: random.Random, count: int) -> None:
        """A host writes; wait for its answers."""
        original = self.systems[0]
        issued = original.issued + count
        for tag in range(count):
            size = 512 * rng.choice((1, 2, 8))
            position = 512 * rng.randrange((16384 - size) // 512)
            command = HostCommand(Opcode.WRITE, rng.choice((FIRST, SECOND)), position, size, rng.randbytes(size))
            original.give(command, tag)
        self.run(lambda: original.answered == issued)

    def restored(self) -> bool:
        """Is everything copied and restored?"""
        groups = [system.system.shared.groups[GROUP] for system in self.systems]
        return (
            self.systems[0].system.initial_copy.is_over(GROUP)
            and groups[0].update_number == groups[1].update_number
            and not any(group.ring.update_information_used for group in groups)
            and all(system.is_quiet() for system in self.systems)
        )

    def end(self) -> Comparison:
        """Let all end, and compare the capture."""
        for _ in range(LIMIT):
            moved = False
            for system, other in (self.systems, self.systems[::-1]):
                moved |= system.run(system.cycle + STRIDE, begins=False)
                system.cycle += 1
                other.incoming += system.outgoing
                system.outgoing.clear()
            if not moved and all(system.is_quiet() for system in self.systems):
                break
        self.capture.line({"event": "end", "events": len(self.capture.lines)})
        data = self.capture.reader()
        comparison = Comparison(data.take)
        comparison.follow(self.capture.lines)
        comparison.finish()
        assert data.is_used_up()
        for system in self.systems:
            for device in (0, 1):
                held = comparison.device_image(system.parameters.system, device, DEVICE_BYTES)
                assert held == system.image(device)
        return comparison


def volumes(system: Partner) -> bytes:
    """Return what a system's volumes hold."""
    return system.image(0)[: 2 * 32768]


@pytest.mark.parametrize("no_room", list(NoRoom))
def test_everything_is_copied_and_restored(no_room: NoRoom, seed: int) -> None:
    """Beside initial copy, whatever its devices' latency and pauses."""
    pair = Pair(seed, replace(REPLICATION, no_room=no_room))
    rng = random.Random(seed)
    for system in pair.systems:
        system.write_latency, system.read_latency, system.neighbours[0].pauses = 20, 30, 20.0
    pair.write(rng, 30)
    pair.run(pair.restored)
    pair.end()
    assert volumes(pair.systems[0]) == volumes(pair.systems[1])
    assert any(volumes(pair.systems[0]))


def test_a_device_that_hangs_holds_up_what_needs_it_until_it_answers(seed: int) -> None:
    """The secondary's journal volume."""
    pair = Pair(seed)
    rng = random.Random(seed)
    pair.run(pair.restored)
    pair.systems[1].neighbours[1].hold_writes = True
    pair.write(rng, 3)
    before = pair.systems[1].system.restore.restored_number(GROUP)
    for _ in range(50):
        pair.run(lambda: True)
    assert pair.systems[1].system.restore.restored_number(GROUP) == before
    pair.systems[1].neighbours[1].hold_writes = False
    pair.run(pair.restored)
    pair.end()
    assert volumes(pair.systems[0]) == volumes(pair.systems[1])


@pytest.mark.parametrize(
    ("system", "device", "how"),
    [
        (0, 1, DeviceError(Kinds.READS)),
        (1, 0, DeviceError(Kinds.WRITES)),
        (1, 1, DeviceError(Kinds.BOTH)),
        (0, 1, DeviceDamage(0, DEVICE_BYTES)),
        (1, 1, DeviceDamage(0, DEVICE_BYTES)),
    ],
)
def test_errors_and_damage_of_devices_make_the_group_abnormal(
    system: int, device: int, how: DeviceError | DeviceDamage, seed: int
) -> None:
    """Both sides know, and the comparison expects it."""
    pair = Pair(seed)
    pair.run(pair.restored)
    neighbour = pair.systems[system].neighbours[device]
    if isinstance(how, DeviceError):
        neighbour.error, neighbour.errors = how, how.count
    else:
        neighbour.damage, neighbour.damages = how, how.count
    pair.write(random.Random(seed), 5)
    groups = [one.system.shared.groups[GROUP] for one in pair.systems]
    pair.run(lambda: all(group.state == 2 and not group.state_unanswered for group in groups))
    pair.end()


@pytest.mark.parametrize("early", [False, True])
def test_a_group_whose_tables_are_loaded_is_given_up_after_its_silence_from_then_on(seed: int, early: bool) -> None:
    """And the comparison sees it if that is too early."""
    pair = Pair(seed, replace(REPLICATION, silence=SILENCE), start=False)
    pair.set_up(1)
    original = pair.systems[0]
    original.access(RegisterAccess(True, pair.addresses[f"group[{GROUP}].activity"], Activity.ORIGINAL))
    pair.run(original.is_quiet)
    loaded = original.system.journal_read_reception.groups[GROUP].heard
    assert FIRST_CYCLES[0] < loaded < original.cycle
    if early:
        original.system.journal_read_reception.groups[GROUP].heard = 0
    pair.run(lambda: original.system.shared.groups[GROUP].state is GroupState.ABNORMAL)
    assert (original.cycle < loaded + SILENCE) == early
    expected = pytest.raises(Difference, match="no record: the group has a command") if early else nullcontext()
    with expected:
        pair.end()


def test_a_reset_loses_what_is_not_answered_and_devices_keep_what_they_hold(seed: int) -> None:
    """The secondary system; its registers are as after power-on, but for its incarnation."""
    pair = Pair(seed)
    pair.write(random.Random(seed), 8)
    secondary = pair.systems[1]
    held = secondary.image(0)
    secondary.access(RegisterAccess(False, IDLE_REGISTER))
    secondary.reset()
    assert secondary.image(0) == held and secondary.accesses > 0 and secondary.is_quiet()
    assert not secondary.system.shared.groups[GROUP].secondary.started
    pair.run(lambda: pair.systems[0].answered == pair.systems[0].issued)
    comparison = pair.end()
    assert comparison.events["reset"] == 1


def test_a_host_that_takes_no_responses_gets_them_later(seed: int) -> None:
    """And no more commands are outstanding than it allows."""
    pair = Pair(seed)
    pair.run(pair.restored)
    original = pair.systems[0]
    original.hold_responses, original.queue_depth = True, 2
    for tag in range(4):
        original.give(HostCommand(Opcode.WRITE, FIRST, 512 * tag, 512, bytes(512)), tag)
    for _ in range(20):
        pair.run(lambda: True)
    assert (original.issued, original.answered) == (2, 0)
    original.hold_responses = False
    pair.run(lambda: original.answered == 4)
    pair.run(pair.restored)
    pair.end()
    shown = [CommitRecord.from_hex(line.split('"')[-2]) for line in pair.capture.lines if '"record"' in line[:20]]
    assert any(record.process == Process.COMMAND_RECEPTION for record in shown)
