"""Operations that were specified for other systems ([0058]-[0060]) and are not answered yet."""

from dataclasses import replace

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.serial_number import following
from mirrorlog.tables.shared_memory import SharedMemory


class Outbox:
    """The maintenance commands of one system that wait for their answers, by their tags.

    Each stays until it is answered or given up, and is sent again meanwhile; `last_tag` is the last one's.
    """

    __slots__ = ("_commands", "last_tag", "shared")

    def __init__(self, shared: SharedMemory) -> None:
        self.shared = shared
        self.last_tag = 0
        self._commands: dict[int, Packet] = {}

    def post(
        self,
        operation: int,
        destination: int,
        arguments: tuple[int, ...],
        group: int = 0,
        source_group: int = 0,
        generation: int = 0,
    ) -> Packet:
        """Return the packet of a new command to the system `destination`; the groups and the generation are 0 unless
        the operation is one of partners about their group.
        """
        self.last_tag = following(self.last_tag)
        packet = Packet(
            PacketType.MAINTENANCE_COMMAND,
            self.shared.parameters.system,
            destination,
            group,
            source_group,
            generation,
            self.last_tag,
            operation,
            arguments=arguments,
            incarnation=self.shared.incarnation,
        )
        self._commands[packet.tag] = packet
        return packet

    def commands(self) -> tuple[Packet, ...]:
        """Return every command that waits for its answer, the oldest first."""
        return tuple(self._commands.values())

    def again(self, tag: int) -> Packet:
        """Return a command that is sent now, the first time or again: with the incarnation as it is."""
        packet = replace(self._commands[tag], incarnation=self.shared.incarnation)
        self._commands[tag] = packet
        return packet

    def asks(self, operation: int, group: int) -> bool:
        """Does a command about this system's `group` wait for its answer?"""
        return any(command.status == operation and command.source_group == group for command in self._commands.values())

    def answered_by(self, answer: Packet) -> Packet | None:
        """Return the command that a packet answers. None if it answers none: one of an incarnation before this one, or
        one that was specified for another system.
        """
        command = self._commands.get(answer.tag)
        own = answer.generation == self.shared.incarnation
        return command if command is not None and own and answer.source == command.destination else None

    def close(self, tag: int) -> Packet:
        """Take a command out, which is answered or given up, and return it."""
        return self._commands.pop(tag)
