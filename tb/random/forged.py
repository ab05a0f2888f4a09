"""Packets that no system has sent: every checksum is right, and something else is wrong, or a system sends that is no
partner. A function makes one for a way of the path, from the tables of both systems as the model has them. IDLE has no
effect, STOPPING stops the group. What nobody can tell from a right packet is none of them.
"""

from dataclasses import replace

from mirrorlog.formats.connection_path import Packet, PacketType, ReadCommand
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.processes.path_sources import MOST_SYSTEMS
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import GroupState
from tb.config.settings import BLOCK_BYTES
from tb.random.way import MOST_BYTES, Make, Way, tagged

# Sources and incarnations at the ends of what is kept of them
_SOURCES = (0, 1, 62, 63, 64, 0xFFFF)
_INCARNATIONS = (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
# So far ahead, or behind, that no traffic gets there
FAR = 1 << 40


# Of the group's partner, and without effect


def other_generation(way: Way) -> Packet:
    """Any packet of a group, of a generation that is over, or is none."""
    rng = way.rng
    kind = rng.choice([kind for kind in PacketType if kind <= PacketType.GONE])
    packet = way.packet(kind)
    packet.generation = (packet.generation - rng.choice([1, 1 << 30, rng.randrange(1, 1 << 31)])) % (1 << 32)
    if kind is PacketType.JOURNAL_READ_COMMAND:
        packet.command = ReadCommand(True, False, 64, 65536, rng.getrandbits(64))
    if kind is PacketType.JOURNALS:
        packet.journals = way.written().journals
    if kind is PacketType.GROUP_STATE:
        packet.status, packet.wants_answer = GroupState.ABNORMAL, rng.random() < 0.5
    return packet


def known_journals(way: Way) -> Packet:
    """Journals that are stored, of any kind, without the pauses that their sender makes."""
    rng = way.rng
    kinds = [rng.choice(list(JournalKind)) for _ in range(rng.choice([1, 2, 3, 8, 16]))]
    journals, left = [], MOST_BYTES
    for kind in kinds:
        size = BLOCK_BYTES * rng.choice([1, 1, 2])
        size = min(size, way.here.parameters.max_transfer_bytes)
        journals.append(way.journal(size, kind if left >= size else JournalKind.DISCARD))
        left -= len(journals[-1][1])
    return way.journals(*journals)


def far_journals(way: Way) -> Packet:
    """Journals that are too far ahead of what is committed, by a number or by many."""
    journals = []
    for ahead in (way.rng.choice([0, 1, 64, FAR]), way.rng.choice([0, FAR, FAR << 20])):
        information, data = way.journal()
        number = way.group.update_number + way.here.parameters.window + ahead
        journals.append((replace(information, update_number=number, data_offset=way.group.data_offset + FAR), data))
    return way.journals(*journals)


def nothing_asked(way: Way) -> Packet:
    """An answer to a command that was not sent."""
    return way.packet(way.rng.choice([PacketType.NO_JOURNAL, PacketType.GONE]))


def no_state(way: Way) -> Packet:
    """A group state in answer to a command, with a code that is none."""
    packet = way.packet(PacketType.GROUP_STATE)
    packet.status = way.rng.choice([3, 4, 0xFF, 0x100 | GroupState.ABNORMAL, 0xFFFF])
    return packet


def other_announcement(way: Way) -> Packet:
    """An announcement of another group's state, or of "normal" in a generation that is over, as what answers it would
    answer one that is sent."""
    packet = way.packet(PacketType.GROUP_STATE)
    packet.wants_answer, packet.tag = True, way.rng.choice([0, packet.tag])
    packet.reason = way.rng.getrandbits(8)
    if way.rng.random() < 0.5:
        packet.status = GroupState.ABNORMAL
        packet.source_group ^= 1 << way.rng.randrange(16)
    else:
        packet.status = way.rng.choice([GroupState.NORMAL, 3, 0x100 | GroupState.ABNORMAL])
        packet.generation = (packet.generation - 1) % (1 << 32)
    return packet


def useless_command(way: Way) -> Packet:
    """A journal read command that frees nothing: of a plain one's tag before the last, or by number, for what is not
    there, and freeing what was not sent."""
    rng, group = way.rng, way.group
    partners = way.there.shared.groups[min(group.partner_group, len(way.there.shared.groups) - 1)]
    packet = way.packet(PacketType.JOURNAL_READ_COMMAND)
    limits = rng.choice([0, 1, 64, 65, 0xFFFF_FFFF]), rng.choice([0, 1, 511, 512, 65536, 0xFFFF_FFFF])
    if partners.settings.mode is not ReadMode.BY_NUMBER:
        packet.tag = (group.original.taken_tag - rng.randrange(1, 1 << 30)) % (1 << 32)
        packet.command = ReadCommand(False, rng.random() < 0.5, *limits, *(rng.getrandbits(64) for _ in range(4)))
        return packet
    oldest = max(0, group.oldest_number())  # of tables that were loaded it may be anything
    first = rng.choice([0, max(0, oldest - 1), oldest, oldest + rng.randrange(8), oldest + FAR, (1 << 64) - 1])
    free = rng.choice([0, max(0, oldest - 1), oldest + FAR, (1 << 64) - 2, oldest])
    freed = group.original.freed_host_bytes
    freed_bytes = rng.choice([freed + FAR, freed - FAR if freed >= FAR else (1 << 64) - BLOCK_BYTES])
    packet.command = ReadCommand(True, rng.random() < 0.5, *limits, first, free, freed_bytes, rng.choice([0, first]))
    return packet


def greedy_command(way: Way) -> Packet:
    """A journal read command by number for journals that are there, of any size, which frees none; a plain one is
    useless."""
    rng, group = way.rng, way.group
    packet = useless_command(way)
    if packet.command is not None and packet.command.by_number:
        oldest = max(0, group.oldest_number())
        first = rng.randint(oldest, max(oldest, group.update_number))
        limits = rng.choice([8, 64, 0xFFFF_FFFF]), rng.choice([8192, 65536, 131_072, 0xFFFF_FFFF])
        packet.command = ReadCommand(True, rng.random() < 0.5, *limits, first, 0, group.original.freed_host_bytes)
    return packet


def answer_to_the_next(way: Way) -> Packet:
    """The answer to one of the next commands."""
    packet = way.packet(way.rng.choice([PacketType.NO_JOURNAL, PacketType.GONE]))
    return tagged(packet, way.group.secondary.sent_tag + way.rng.randint(1, 3))


IDLE: tuple[Make, ...] = (
    other_generation,
    known_journals,
    known_journals,
    far_journals,
    nothing_asked,
    no_state,
    other_announcement,
    useless_command,
    useless_command,
    greedy_command,
)


def idle(way: Way) -> Packet:
    """One of these."""
    return way.rng.choice(IDLE)(way)


def from_stranger(way: Way) -> Packet:
    """What would count if it came from the group's partner."""
    rng = way.rng
    packet = rng.choice([known_journals, useless_command, nothing_asked, told_abnormal, answered_abnormal])(way)
    packet.source, packet.incarnation = stranger(way)
    return packet


def stranger(way: Way) -> tuple[int, int]:
    """Return a system that is not the partner, and an incarnation of it."""
    rng, own = way.rng, way.here.parameters.system
    partners = {way.there.parameters.system, way.group.partner_system}
    drawn = rng.getrandbits(16), rng.randrange(MOST_SYSTEMS), rng.randrange(MOST_SYSTEMS)
    others = [source for source in (*_SOURCES, own, *drawn) if source not in partners]
    return rng.choice(others), rng.choice([*_INCARNATIONS, rng.getrandbits(32)])


# Of the group's partner: the group stops


def told_abnormal(way: Way) -> Packet:
    """The partner announces that the group is "abnormal", in this generation or a later one."""
    packet = way.packet(PacketType.GROUP_STATE)
    packet.wants_answer, packet.tag, packet.reason = True, 0, way.rng.choice([*range(13), 0xFF])
    packet.generation = (packet.generation + way.rng.choice([0, 1, (1 << 31) - 1])) % (1 << 32)
    packet.status = GroupState.ABNORMAL
    return packet


def answered_abnormal(way: Way) -> Packet:
    """The answer to a command says that the group does not run; or that a state was heard which was not told."""
    packet = way.packet(PacketType.GROUP_STATE)
    packet.status = way.rng.choice(list(GroupState))
    packet.tag = way.rng.choice([0, packet.tag, way.group.secondary.sent_tag])
    return packet


def gone(way: Way) -> Packet:
    """What one of the last commands asks for is not there any more."""
    return gone_with(way, way.group.secondary.sent_tag - way.rng.choice([0, 0, 1, 2, 3]))


def gone_with(way: Way, tag: int) -> Packet:
    """What a command asks for is not there any more."""
    return tagged(way.packet(PacketType.GONE), tag)


def asked_again(way: Way) -> list[int]:
    """Return the tags of commands in flight for what has come since they were sent."""
    slots = way.here.journal_read_command.groups[way.number].slots.slots
    return [slot.packet.tag for slot in slots if slot.packet is not None and slot.first < way.group.update_number]


def all_again(way: Way) -> Packet:
    """A journal read command by number for all journals that there are, which frees none."""
    group, packet = way.group, way.packet(PacketType.JOURNAL_READ_COMMAND)
    first = max(0, group.oldest_number())
    packet.command = ReadCommand(True, False, 64, 65536, first, 0, group.original.freed_host_bytes)
    return packet


def no_journal_early(way: Way) -> Packet:
    """There is nothing that the next command asks for."""
    return tagged(way.packet(PacketType.NO_JOURNAL), way.group.secondary.sent_tag + 1)


def without_place(way: Way) -> Packet:
    """A journal of a volume that has no pair, that lies beyond its volume, or between blocks; else it is, most often,
    the next one."""
    rng = way.rng
    information, data = way.journal()
    number = max(0, way.group.update_number + rng.choice([-1, 0, 0, 0, 1]))
    information = replace(information, update_number=number, data_offset=way.group.data_offset)
    pairs = way.here.shared.pairs_of(way.group)
    volumes = [pair.secondary_volume for pair in pairs if pair.original_volume == information.volume]
    end = max(way.here.shared.volumes[volume].capacity for volume in volumes) if volumes else FAR
    wrong = rng.choice(
        [
            {"volume": information.volume ^ 1 << rng.randrange(16)},
            {"position": information.position ^ 1 << rng.randrange(9)},
            {"position": end - information.size + BLOCK_BYTES * rng.randint(1, 3)},
            {"position": information.position | 1 << rng.randrange(33, 64)},
        ]
    )
    return way.answer((replace(information, **wrong), data))


def out_of_line(way: Way) -> Packet:
    """The next journal, whose data does not lie right behind what is committed; or one behind it, before that."""
    rng, group = way.rng, way.group
    information, data = way.journal()
    ahead = rng.randrange(3)
    distance = BLOCK_BYTES * rng.choice([-1, -2, *([] if ahead else [1, 64])])
    offset = (group.data_offset + distance) % (1 << 64)
    return way.answer((replace(information, update_number=group.update_number + ahead, data_offset=offset), data))


STOPPING: tuple[Make, ...] = (
    told_abnormal,
    answered_abnormal,
    gone,
    without_place,
    without_place,
    out_of_line,
    out_of_line,
)
