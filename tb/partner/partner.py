"""A storage system that the model plays in a bench: what hosts, terminal and neighbours do at its ports, in time.

No simulator is needed for it: `run` takes it to a cycle. Of what can be done next one thing is drawn, a cycle each.
"""

import random
from collections import deque
from dataclasses import dataclass

from mirrorlog.formats.serial_number import shortened
from mirrorlog.partner.played_system import OKAY, Shown
from mirrorlog.partner.replicating_system import Action, ReplicatingSystem
from mirrorlog.processes import command_reception
from mirrorlog.registers.register_map import STATUS
from mirrorlog.tables.shared_memory import Parameters
from tb.handles.host_port import HostCommand
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds

IDLE = 1
_TIME_BITS = 30
_INCARNATIONS = 1 << 32


@dataclass
class Neighbour:
    """A storage device as it behaves: its size, what it holds back, the errors that are to come, its pauses."""

    size: int
    hold_writes: bool = False
    hold_reads: bool = False
    pauses: float = 0.0
    error: DeviceError | None = None
    errors: int = 0
    damage: DeviceDamage | None = None
    damages: int = 0


class Partner(ReplicatingSystem):
    """The system with its host, its maintenance terminal and its devices.

    `issued` and `answered` count host commands, `accesses` register accesses that were answered. `time_ns` is the time
    of day in cycle 0, of which one takes `period` ns; `device_base` is the address of each device's first byte. The
    path takes so many `beats_in_cycles`.
    """

    def __init__(self, parameters: Parameters, rng: random.Random, shown: Shown, sizes: list[int], period: int) -> None:
        super().__init__(parameters, rng, shown)
        self.neighbours = [Neighbour(size) for size in sizes]
        self.period = period
        self.device_base = self.time_ns = 0
        self.queue_depth = 1
        self.beats_in_cycles = 1, 1
        self.hold_data = self.hold_responses = False
        self.issued = self.answered = self.accesses = 0
        self._host: deque[tuple[HostCommand, int]] = deque()
        self._terminal: deque[RegisterAccess] = deque()
        self._responses: deque[tuple[int, int]] = deque()
        self._gap_since = 0

    def begin(self, first_cycle: int, device_base: int, time_ns: int, images: dict[int, bytes]) -> None:
        """The system comes out of reset: it counts cycles from `first_cycle` on, its time of day is `time_ns`."""
        self.cycle, self.device_base = first_cycle, device_base
        self.time_ns = time_ns - first_cycle * self.period
        self.restart(self._incarnation())
        for device, image in images.items():
            self.load(device, device_base, image)

    def reset(self) -> None:
        """The system is reset in the middle of what it does. Nothing that was given to it and not answered will be."""
        fields = {"event": "reset", "system": self.parameters.system, "cycle": shortened(self.cycle)}
        fields |= {"incarnation": self._incarnation(), "first_cycle": shortened(self.cycle + 1)}
        fields |= dict.fromkeys(("write_data", "read_data", "path_in", "path_out"), 0)
        self.shown.line(fields | {"devices": [0] * len(self.devices)})
        self.restart(self._incarnation())
        self.cycle += 1
        self.answered = self.issued = self.issued + len(self._host)
        self.accesses += len(self._terminal)
        for waiting in (self._host, self._terminal, self._responses):
            waiting.clear()

    def give(self, command: HostCommand, tag: int) -> None:
        """A host has a command to give."""
        self._host.append((command, tag))

    def access(self, access: RegisterAccess) -> None:
        """The maintenance terminal has an access to make."""
        self._terminal.append(access)

    def run(self, until: int, begins: bool = True) -> bool:
        """Go on up to a cycle; what is taken in its last steps may end some cycles behind it. `begins`: see `actions`.
        Returns whether there was anything to do."""
        moved = False
        if self.stalled is not None:
            moved = self._retry()
        while self.cycle < until:
            found = self.actions(begins)
            if not found:
                break
            moved, before = True, self.cycle
            self.rng.choice(found)()
            self.cycle = max(self.cycle, before + 1)
        return moved

    def actions(self, begins: bool = True) -> list[Action]:
        """Return what can be done now."""
        found = super().actions(begins)
        if self._responses and not self.hold_responses:
            found.append(self._respond_on)
        if self._host and self.stalled is None and self._may_issue(self._host[0][0]):
            found.append(self._issue)
        if self._terminal:
            found.append(self._access_on)
        return found

    def image(self, device: int) -> bytes:
        """Return all that a device holds."""
        return self.devices[device].image(self.neighbours[device].size, self.device_base)

    def is_idle(self) -> bool:
        """Is nothing in flight in the system?"""
        return super().is_idle() and not self._responses

    def is_quiet(self) -> bool:
        """Is nothing in flight, and nothing to be given to the system?"""
        return super().is_quiet() and not (self._host or self._terminal)

    def _incarnation(self) -> int:
        return (self._time() >> _TIME_BITS) % _INCARNATIONS

    def _time(self) -> int:
        """Return the time of day, ns."""
        return self.time_ns + self.cycle * self.period

    def _may_issue(self, command: HostCommand) -> bool:
        unanswered = self.issued - self.answered
        room = unanswered == 0 if command.alone else unanswered < self.queue_depth
        return room and self.cycle - self._gap_since >= command.gap

    def _issue(self) -> None:
        command, tag = self._host.popleft()
        self.issued += 1
        time = self._time() % (1 << 64)
        given = command_reception.HostCommand(command.opcode, tag, command.volume, command.position, command.size, time)
        beat = self.parameters.data_width // 8
        data = None if command.data is None else command.data + bytes(-len(command.data) % beat)
        self.give_command(given, data)
        self._gap_since = self.cycle

    def _access_on(self) -> None:
        access = self._terminal.popleft()
        if access.write:
            self.write_register(access.address, access.data, access.strobe)
        else:
            self.read_register(access.address)
        self.accesses += 1

    def _told(self, address: int) -> int:
        return IDLE * self.is_idle() if address == STATUS else super()._told(address)

    def _respond(self, tag: int, status: int) -> None:
        self._responses.append((tag, status))

    def _respond_on(self) -> None:
        super()._respond(*self._responses.popleft())
        self.answered += 1

    def _port_cycles(self, size: int) -> int:
        beats, cycles = self.beats_in_cycles
        return size * 8 // self.parameters.data_width * cycles // beats

    def _takes_data(self) -> bool:
        return not self.hold_data

    def _takes(self, device: int) -> bool:
        neighbour = self.neighbours[device]
        return not neighbour.hold_writes and not self._pauses(neighbour)

    def _returns(self, device: int) -> bool:
        neighbour = self.neighbours[device]
        return not neighbour.hold_reads and not self._pauses(neighbour)

    def _pauses(self, neighbour: Neighbour) -> bool:
        return neighbour.pauses > 0 and self.rng.random() * 100 < neighbour.pauses

    def _write_response(self, device: int, address: int, size: int) -> int:
        return self._response(Kinds.WRITES, device, address, size)

    def _read_response(self, device: int, address: int, size: int) -> int:
        return self._response(Kinds.READS, device, address, size)

    def _read_response_of_journal(self, device: int, address: int, size: int, data: bool) -> int:
        return self._response(Kinds.READS, device, address, size)

    def _response(self, kind: Kinds, device: int, address: int, size: int) -> int:
        neighbour = self.neighbours[device]
        error = neighbour.error
        if error is None or not neighbour.errors or not error.kinds & kind:
            return OKAY
        if not self._touches(address, size, error.first, error.last):
            return OKAY
        neighbour.errors -= 1
        return error.resp

    def _damages(self, device: int, address: int, size: int) -> bool:
        neighbour = self.neighbours[device]
        damage = neighbour.damage
        if damage is None or not neighbour.damages or not self._touches(address, size, damage.first, damage.last):
            return False
        neighbour.damages -= 1
        return True

    def _touches(self, address: int, size: int, first: int, last: int) -> bool:
        place = address - self.device_base
        return place <= last and place + size > first
