"""Two systems, moved one step of the protocol at a time."""

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.journal_read_reception import ReadFault
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, ReadMode

CAPACITY = 8192
HELD = -1
BLOCK = 512
BY_NUMBER = GroupSettings(copy_unit=4096, commands=2, batch_journals=4)
PLAIN = GroupSettings(mode=ReadMode.PLAIN, commands=1, copy_unit=4096, batch_journals=4)


def pair_of_systems(settings: GroupSettings = BY_NUMBER, copied: bool = True, journal_bytes: int = 16384) -> Topology:
    """Return two systems with volume 1 in group 0, system 1 original."""
    sizes = (journal_bytes, journal_bytes)
    topology = Topology({1: CAPACITY}, (GroupLink(0, 1, 2, (1,), 2, sizes, settings),))
    if copied:
        topology.start_copied(0)
    else:
        topology.initiate(0)
        topology.settle()
    ask_for_full_batches(topology)
    return topology


def initiate(topology: Topology) -> None:
    """Initiate group 0; its secondary system has answered START."""
    topology.initiate(0)
    link = topology.links[0]
    for path in ((link.original, link.secondary), (link.secondary, link.original)):
        topology.deliver(topology.paths[path].popleft())


def ask_for_full_batches(topology: Topology) -> None:
    """Have the next commands by number ask for as many journals as the settings allow, as after some full answers."""
    for system in topology.systems.values():
        for number, reading in system.journal_read_command.groups.items():
            reading.slots.share = system.shared.groups[number].settings.batch_journals


def write(topology: Topology, count: int = 1, size: int = BLOCK) -> None:
    """Write to the original volume; the journals become durable."""
    system = topology.original(0)
    for number in range(count):
        data = bytes([number + 1]) * size
        step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, number * BLOCK, size), data)
        assert step is not None and step.outcome == CommandOutcome.WRITTEN
    finish_device_writes(system)


def ask(topology: Topology, now: int = 0, fault: ReadFault = ReadFault.NONE) -> tuple[Packet, Packet | None]:
    """Let the secondary send a command and the original answer it."""
    command = topology.secondary(0).journal_read_command.poll(0, now)
    assert command is not None
    return command, topology.original(0).receive(command, now, fault)


def take(topology: Topology, packet: Packet | None, now: int = 0) -> int:
    """Let the secondary take an answer; returns the exit, HELD while it waits for room."""
    assert packet is not None
    closed = topology.secondary(0).journal_read_command.receive(packet, now)
    return HELD if closed is None else closed.outcome


def numbers(packet: Packet | None) -> list[int]:
    """Return the update numbers of a packet's journals."""
    assert packet is not None
    return [information.update_number for information, _ in packet.journals]
