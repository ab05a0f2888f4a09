"""The maintenance terminal's registers: the map, what they accept, and what they refuse."""

import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mirrorlog.formats.outcomes import CommandOutcome, RegisterOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.registers import register_map
from mirrorlog.registers.group_registers import GROUP_REGISTERS, REPLICATION_REGISTERS, RING_REGISTERS
from mirrorlog.registers.register_map import group_register, pair_register, volume_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.settings import ReadMode, SettingsError
from mirrorlog.tables.shared_memory import FullPolicy, PairState, Parameters, VolumeState, journals_of_a_packet
from mirrorlog.tables.units import BLOCK_BYTES
from tests.model.one_system import original_system, written
from tests.model.steps import BY_NUMBER, pair_of_systems

DOCUMENT = Path(__file__).parents[3] / "docs" / "registers.md"

READ_ONLY = {
    register_map.IDENTITY: "identity",
    register_map.PARAMETERS: "parameters",
    register_map.LIMITS: "limits",
    register_map.STATUS: "status",
    register_map.CYCLE: "cycle",
    register_map.PACKET_FAULTS: "packet_faults",
    register_map.OPERATION_ANSWER: "operation_answer",
    register_map.STRANGE_PACKETS: "strange_packets",
    0x41C0: "update_information_high_water",
    0x41C8: "write_data_high_water",
    0x41D0: "commands_sent_again",
}


def write(system: StorageSystem, address: int, data: int, strobe: int = 0xFF) -> tuple[int, int, int]:
    """Write a register; return outcome, status and the record's data."""
    step = system.register_access.write(address, data, strobe, system.is_idle())
    assert (step.position, step.size) == (address, strobe)
    return step.outcome, step.status, step.reference


def test_addresses_are_those_of_the_map() -> None:
    assert volume_register(3, "offset") == 0x10E8
    assert pair_register(2, "copy_complete_address") == 0x2130
    assert group_register(1, "watch_time") == 0x4230
    assert group_register(3, "write_data_committed") == 0x46E8
    assert group_register(0, "read_initiation") == 0x40B0


def test_registers_are_documented_as_they_are() -> None:
    """Each register with the address of its first row and when it may be written, one row for an array."""
    row = r"^\| (0x[0-9A-F]{4})(?: \+ \w+ \w)? \| `(\w+)` \|(?: (read|setting|idle|mailbox) \|)?"
    documented = {
        int(address, 16): (name, when or "idle") for address, name, when in re.findall(row, DOCUMENT.read_text(), re.M)
    }
    assert documented == known()


def known() -> dict[int, tuple[str, str]]:
    """Return name and time of writing of every register, of the first row of each table."""
    system = original_system()
    found = {}
    for address in range(0, 0x4200, 8):
        step, _ = system.register_access.read(address)
        row = register_map.find(system.shared, system.mailbox, address)
        if step.outcome == RegisterOutcome.HOLE or address in range(0x1040, 0x2000) or address in range(0x2080, 0x4000):
            continue
        if row is None:
            found[address] = (READ_ONLY[address], "read")
            continue
        name = row.register.name
        if not name.startswith("argument"):
            mailbox = name == "operation"
            found[address] = (name, "mailbox" if mailbox else "setting" if row.is_setting() else "idle")
    return found | {register_map.ARGUMENT: ("argument", "mailbox")}


def test_identity_parameters_and_limits_tell_what_the_system_is() -> None:
    system = original_system()
    assert system.register_access.read(0)[0].reference == 0x0002_474C_524D
    step, compared = system.register_access.read(8)
    assert step.reference == 512 | 8 << 16 | 8 << 24 | 4 << 32 | 2 << 40 | 1 << 56
    assert compared == (1 << 64) - 1 - (0xFF << 48)
    assert system.register_access.read(0x10)[0].reference == 16384 | 64 << 32
    assert system.register_access.read(0x18)[1] == system.register_access.read(0x20)[1] == 0


@pytest.mark.parametrize(
    "address", [0x78, 0x98, 0x1001, 0x1030, 0x1200, 0x2048, 0x2400, 0x4040, 0x41D8, 0x4800, 0xFFF8]
)
def test_a_hole_answers_slverr(address: int) -> None:
    system = original_system()
    step, _ = system.register_access.read(address)
    assert (step.outcome, step.status, step.reference) == (5, 2, 0)
    assert write(system, address, 1) == (5, 2, 0)


def test_a_read_only_register_is_not_changed_by_a_write() -> None:
    system = original_system()
    assert write(system, 0x10, 99) == (4, 0, 99)
    assert system.register_access.read(0x10)[0].reference == 16384 | 64 << 32


def test_a_table_is_written_only_while_the_system_is_idle() -> None:
    system = original_system()
    written(system, bytes(512), volume=2)
    assert write(system, volume_register(1, "state"), 1) == (3, 2, 0)
    system.volume_write_done(system.disk_adapter.volume_writes[1])
    assert write(system, volume_register(1, "state"), 1) == (2, 0, 1)
    assert system.shared.volumes[1].state is VolumeState.NORMAL


def test_a_word_of_both_roles_stays_when_a_group_gets_the_other_role() -> None:
    """The tag of commands, the bytes of host writes, the end markers: each role keeps its own, in one register."""
    system = original_system()
    group, access = system.shared.groups[0], system.register_access
    values = {"tag": 7, "host_bytes": 1024, "marked": 1, "next_restore": 5, "batch": 2, "answer": 1580}
    for name, value in values.items():
        assert write(system, group_register(0, name), value) == (2, 0, value)
    for activity in (1, 0, 2, 1):
        assert write(system, group_register(0, "activity"), activity)[0] == 2
        assert (group.original.started, group.secondary.started) == (activity == 1, activity == 2)
        group.secondary.sent_tag += activity == 2
        values["tag"] += activity == 2
        for name, value in values.items():
            assert access.read(group_register(0, name))[0].reference == value, (activity, name)
    assert (group.original.taken_tag, group.original.freed_host_bytes, group.original.end_markers_created) == (
        8,
        1024,
        1,
    )
    assert group.secondary.next_restore == 5


SETTINGS = {
    "full_policy": 2, "watch_time": 5, "batch_journals": 3, "batch_bytes": 1024, "commands": 2, "no_room": 1,
    "interval": 20, "timeout": 100, "next_command": 1, "backlog": 9, "silence": 5000,
}  # fmt: skip


def test_settings_are_written_at_any_time_and_throw_nothing_away() -> None:
    """And nothing else of the tables is."""
    topology = pair_of_systems(BY_NUMBER)
    system = topology.secondary(0)
    assert system.journal_read_command.poll(0, 0) is not None
    slots = system.journal_read_command.groups[0].slots
    before = copy.deepcopy(slots)
    access = system.register_access
    names = [*GROUP_REGISTERS.values(), *RING_REGISTERS.values(), *REPLICATION_REGISTERS.values()]
    for name in (register.name for register in names):
        address = group_register(0, name)
        old = access.read(address)[0].reference
        step = access.write(address, SETTINGS.get(name, old), 0xFF, False)
        assert step.outcome == (2 if name in SETTINGS else 3), name
        assert access.read(address)[0].reference == SETTINGS.get(name, old)
    assert system.journal_read_command.groups[0].slots is slots and slots == before


def test_a_stalled_write_follows_a_policy_and_a_watch_time_that_are_written_while_it_waits() -> None:
    for name, value, expected in (
        ("full_policy", FullPolicy.SUSPEND, (1280, 0)),
        ("full_policy", FullPolicy.ERROR, (1245, 12)),
        ("watch_time", 10, (1280, 0)),
        ("watch_time", 11, None),
    ):
        system = original_system()
        group = system.shared.groups[0]
        group.full_policy, group.watch_time = FullPolicy.STALL, 1000
        group.ring.write_data_used = group.ring.write_data_area
        command = HostCommand(Opcode.WRITE, 0, 1, 0, 512)
        step = system.command_reception.receive(command, bytes(512))
        assert step is not None and step.outcome == CommandOutcome.STALLED
        assert system.register_access.write(group_register(0, name), value, 0xFF, False).outcome == 2
        step = system.command_reception.receive(command, bytes(512), 10)
        assert (step and (step.outcome, step.status)) == expected, name


@pytest.mark.parametrize(
    ("address", "good", "bad"),
    [
        (volume_register(0, "state"), 4, 5),
        (volume_register(0, "capacity"), 1 << 47, 256),
        (volume_register(0, "capacity"), 512, 1 << 48),
        (volume_register(0, "pair"), 7, 8),
        (volume_register(0, "pair"), 0xFFFF, 0x1FFFF),
        (volume_register(0, "device"), 1, 2),
        (pair_register(0, "state"), 4, 5),
        (pair_register(0, "group"), 3, 4),
        (pair_register(0, "original_system"), 0xFFFF, 0x10000),
        (group_register(0, "state"), 2, 3),
        (register_map.INCARNATION, 0xFFFF_FFFF, 1 << 32),
        (register_map.ALLOWED_SYSTEMS, (1 << 64) - 1, None),
        (group_register(0, "reason"), 12, 13),
        (pair_register(0, "original_capacity"), 1 << 47, 256),
        (group_register(0, "pair_set"), 0xFF, 0x100),
        (group_register(0, "journal_volume"), 0xFFFF, 8),
        (group_register(0, "full_policy"), 2, 3),
        (group_register(0, "watch_time"), 0xFFFF_FFFF, 1 << 32),
        (group_register(0, "update_information_newest"), 64, 32),
        (group_register(0, "write_data_used"), 512, 64),
        (pair_register(0, "last_copy_number"), (1 << 64) - 1, None),
        (group_register(0, "generation"), 0xFFFF_FFFF, 1 << 32),
        (group_register(0, "partner_system"), 0xFFFF, 0x10000),
        (group_register(0, "partner_group"), 0xFFFF, 0x10000),
        (group_register(0, "partner_area"), 1 << 47, 256),
        (group_register(0, "read_mode"), 1, 2),
        (group_register(0, "batch_journals"), 64, 65),
        (group_register(0, "batch_journals"), 1, 0),
        (group_register(0, "batch_bytes"), 65536, 65537),
        (group_register(0, "batch_bytes"), 512, 511),
        (group_register(0, "commands"), 1, 0),
        (group_register(0, "commands"), 4, 5),
        (group_register(0, "no_room"), 1, 2),
        (group_register(0, "interval"), 0xFFFF_FFFF, 1 << 32),
        (group_register(0, "interval"), 16, 15),
        (group_register(0, "timeout"), 0xFFFF_FFFF, 1 << 32),
        (group_register(0, "timeout"), 64, 63),
        (group_register(0, "next_command"), 2, 3),
        (group_register(0, "backlog"), 1, 0),
        (group_register(0, "copy_unit"), 16384, 16896),
        (group_register(0, "copy_unit"), 512, 0),
        (group_register(0, "copy_unit"), 1024, 1000),
        (group_register(0, "activity"), 0x5F, 0x80),
        (group_register(0, "activity"), 0x40, 0x20),
        (group_register(0, "silence"), 0, 1 << 32),
        (group_register(0, "silence"), 0xFFFF_FFFF, 1),
        (group_register(0, "silence"), 1024, 1023),
        (group_register(0, "update_information_sent"), 64, 32),
        (group_register(0, "tag"), 7, 1 << 32),
        (group_register(0, "batch"), 7, 1 << 32),
        (group_register(0, "batch_data"), 512, 64),
        (group_register(0, "marked"), 0xFF, 0x100),
        (group_register(0, "answer"), 1560, 0x10000),
    ],
)
def test_a_register_takes_what_fits_and_refuses_the_rest(address: int, good: int, bad: int) -> None:
    system = StorageSystem(original_system().parameters)
    assert write(system, address, good) == (2, 0, good)
    assert bad is None or write(system, address, bad) == (6, 2, 0)
    assert system.register_access.read(address)[0].reference == good


@pytest.mark.parametrize(
    "address",
    [
        volume_register(2, "capacity"),
        volume_register(2, "offset"),
        pair_register(1, "copy_complete_address"),
        pair_register(1, "original_capacity"),
        *(group_register(0, name) for name in ("write_data_used", "update_information_sent", "partner_area")),
    ],
)
def test_a_place_beyond_the_addresses_is_refused(address: int) -> None:
    """They have as many bits as the system was built with."""
    system = StorageSystem(Parameters(address_bits=33))
    for value, fits in ((1 << 33, False), (1 << 40, False), ((1 << 33) - BLOCK_BYTES, True)):
        assert write(system, address, value)[:2] == ((2, 0) if fits else (6, 2))
    if address == volume_register(2, "capacity"):  # what is left is one block
        assert write(system, volume_register(2, "offset"), 2 * BLOCK_BYTES)[0] == 6
        assert write(system, volume_register(2, "offset"), BLOCK_BYTES)[0] == 2


def test_a_command_asks_for_no_more_than_a_packet_holds() -> None:
    """After a reset for as much, and no setting is for more."""
    system = StorageSystem(Parameters(batch_bytes=4096))
    address = group_register(0, "batch_bytes")
    assert system.register_access.read(address)[0].reference == 4096
    for value, fits in ((4097, False), (65536, False), (512, True), (4096, True)):
        assert write(system, address, value)[:2] == ((2, 0) if fits else (6, 2))


@pytest.mark.parametrize(("data_bytes", "journals"), [(4096, 16), (8192, 16), (16384, 32), (32768, 64), (1 << 24, 64)])
def test_a_packet_holds_a_journal_a_block_but_no_fewer_than_16_and_no_more_than_64(
    data_bytes: int, journals: int
) -> None:
    """And no setting is for more."""
    assert journals_of_a_packet(data_bytes) == journals
    system = StorageSystem(Parameters(batch_bytes=data_bytes, batch_journals=journals))
    address = group_register(0, "batch_journals")
    assert write(system, address, journals)[:2] == (2, 0)
    assert write(system, address, journals + 1)[:2] == (6, 2)


def test_strobes_merge_bytes_before_the_value_is_checked() -> None:
    system = original_system()
    address = volume_register(1, "format")
    write(system, address, 0x1122_3344_5566_7788)
    assert write(system, address, 0xAAAA_AAAA_AAAA_AAAA, 0b0000_0110) == (2, 0, 0xAAAA_AAAA_AAAA_AAAA)
    assert system.register_access.read(address)[0].reference == 0x1122_3344_55AA_AA88
    assert write(system, pair_register(0, "state"), 0xFF02, 0b01) == (2, 0, 0xFF02)
    assert system.shared.pairs[0].state is PairState.COPYING


def test_every_register_of_the_tables_reads_back_what_was_written() -> None:
    system = StorageSystem(original_system().parameters)
    seen = 0
    for address in range(0x1000, 0x4800, 8):
        if register_map.find(system.shared, system.mailbox, address) is None:
            continue
        seen += 1
        value = 1 << (10 if write(system, address, 1 << 10)[0] == 2 else 0)
        assert write(system, address, value) == (2, 0, value)
        assert system.register_access.read(address)[0].reference == value
    assert seen == 8 * 6 + 8 * 9 + 4 * (22 + 25)


def test_loading_heads_and_capacity_sets_the_areas_of_the_ring() -> None:
    system = StorageSystem(original_system().parameters)
    write(system, group_register(2, "journal_volume"), 4)
    write(system, group_register(2, "write_data_head"), 1024)
    write(system, volume_register(4, "capacity"), 8192)
    ring = system.shared.groups[2].ring
    assert (ring.update_information_area, ring.write_data_area) == (1024, 7168)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("backlog", 0, "backlog 0 must be at least 1"),
        ("silence", 0, "silence 0 must be at least 1"),
        ("interval", -1, "interval -1 must not be negative"),
        ("copy_unit", 513, "copy_unit 513 must be a multiple of 512"),
        ("mode", 1, "mode 1 must be one of plain, by-number, push, volume-read"),
    ],
)
def test_a_setting_has_one_range_wherever_it_comes_from(name: str, value: int, words: str) -> None:
    settings = original_system().shared.groups[0].settings
    before = copy.copy(settings)
    for change in (lambda: settings.with_value(name, value), lambda: replace(settings, **{name: value})):
        with pytest.raises(SettingsError, match=words):
            change()
    assert settings == before
    with pytest.raises(SettingsError, match="patience is no setting"):
        settings.with_value("patience", 1)


def test_registers_give_settings_one_by_one_though_they_contradict_each_other_on_the_way() -> None:
    system = original_system()
    assert write(system, group_register(0, "read_mode"), 1)[0] == 2
    assert write(system, group_register(0, "commands"), 1)[0] == 2
    settings = system.shared.groups[0].settings
    assert replace(settings) == settings and settings.mode is ReadMode.PLAIN
