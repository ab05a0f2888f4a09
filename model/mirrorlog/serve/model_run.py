"""A run of the model for hosts: two systems, the connection path between them, or a system alone, and a capture of it
all.

Time is counted in steps (a cycle for each), and goes on by itself only while something is left to be done: a run
whose hosts ask for nothing stands still when everything is restored.
"""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.registers.register_map import group_register, pair_register, volume_register
from mirrorlog.serve.capture_files import CaptureFiles
from mirrorlog.serve.gate import Gate
from mirrorlog.serve.hosts import ORIGINAL, SECONDARY, Answered, Hosts, Part, log, lost_connection
from mirrorlog.serve.served_system import GROUP, Clock, ServedSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, Parameters, VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import BLOCK_BYTES

INFORMATION_SHARE = 32
INTERVAL, TIMEOUT = 64, 4096
# How far time goes when nothing else happens (cycles), and how fast while the path is cut (seconds for so much)
IDLE_CYCLES, CUT_SECONDS = 64, 0.02
ALIGNMENT = 4096
SECONDARY_ACTIVITY, ORIGINAL_ACTIVITY = 64 | 2, 64 | 1


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The systems of a run: two, or one without replication. Sizes in bytes; `delay` (one way) and `watch_time` in
    cycles. `secondary_reads`: hosts may read the secondary volumes before the takeover."""

    systems: int = SECONDARY
    volumes: int = 2
    volume_bytes: int = 32 << 20
    journal_bytes: int = 4 << 20
    max_transfer_bytes: int = 16384
    policy: FullPolicy = FullPolicy.STALL
    watch_time: int = 1_000_000
    delay: int = 500
    secondary_reads: bool = False

    def capacities(self) -> dict[int, int]:
        """Return the bytes of each volume that hosts have."""
        return dict.fromkeys(range(1, self.volumes + 1), self.volume_bytes)


class ModelRun:
    """The systems, and what hosts and a console ask of them. `socket` is where the run is asked; `capture` is written
    beside the run."""

    def __init__(self, settings: RunSettings, capture: Path, socket: Path) -> None:
        self.settings = settings
        self._clock = Clock()
        built = [
            Parameters(
                number, volumes=settings.volumes + 2, pairs=settings.volumes, groups=1,
                max_transfer_bytes=settings.max_transfer_bytes,
            )
            for number in range(ORIGINAL, settings.systems + 1)
        ]  # fmt: skip
        self._capture = CaptureFiles(capture, built)
        self.systems = {p.system: ServedSystem(p, self._capture, self._clock, self._finished) for p in built}
        self._path: deque[tuple[int, int, bytes]] = deque()
        self._is_cut = False
        self._takeover: list[Answered] = []
        self._consistent: bool | None = None
        self._stopping = False
        replicated = settings.systems == SECONDARY
        for number, system in self.systems.items():
            if settings.secondary_reads:
                system.system.shared.let_secondaries_be_read()
            for address, value in (_tables(settings, number) if replicated else _alone(settings)).items():
                system.write_register(address, value)
        for number, activity in ((ORIGINAL, ORIGINAL_ACTIVITY), (SECONDARY, SECONDARY_ACTIVITY)):
            if replicated:
                self.systems[number].write_register(group_register(GROUP, "activity"), activity)
        gate = Gate(socket, lost_connection)
        self.hosts = Hosts(gate, self, settings.capacities(), settings.max_transfer_bytes, settings.systems)

    def run(self) -> None:
        """Serve until somebody says stop."""
        while not self._stopping:
            self.hosts.poll(self._seconds(self._advance()))

    def close(self) -> None:
        """Answer no host any more, let host ports and devices finish, and end the capture. A write that waits for room
        waits no longer: its group is suspended."""
        self.hosts.gate.close()
        for system in self.systems.values():
            if system.stalled is not None:
                system.write_register(group_register(GROUP, "watch_time"), 0)
        while any(system.advance() for system in self.systems.values()):
            self._carry()
        self._capture.end()

    def submit(self, part: Part) -> None:
        """Give a command to the host port of its system."""
        self.systems[part.system].submit(part)

    def cut(self) -> None:
        """Cut the path; what is on it is lost."""
        self._is_cut = True
        self._path.clear()
        log("the path is cut")

    def heal(self) -> None:
        """The path works again."""
        self._is_cut = False

    def fail(self, system: int, volume: int) -> None:
        """The storage device beneath a volume answers with errors from now on."""
        self.systems[system].fail(volume)

    def take_over(self, answer: Answered) -> None:
        """Begin to take over at the secondary system; `answer` is called when hosts may go on there."""
        if not self._is_cut:
            self.cut()
        if not self._takeover:
            step = self.systems[SECONDARY].operate(Operation.TAKEOVER, GROUP, 1)
            if step.status != Answer.OK:
                raise ValueError(f"takeover: {Answer(step.status).name.lower()}")
        self._takeover.append(answer)

    def stop(self, answer: Answered) -> None:
        """Serve no longer."""
        self._stopping = True
        answer(self.status())

    def tell_status(self, answer: Answered) -> None:
        """Answer with the status."""
        answer(self.status())

    def status(self) -> dict[str, object]:
        """Return what the console shows: update numbers are those of the last journal created, stored, restored."""
        if self.settings.systems == 1:
            return {"writes": self.hosts.acknowledged, "cycles": self._clock.cycle}
        original, secondary = (self.systems[number].system for number in (ORIGINAL, SECONDARY))
        groups = [system.shared.groups[GROUP] for system in (original, secondary)]
        return {
            "path": "cut" if self._is_cut else "up",
            "original": "lost" if self.hosts.lost else groups[0].state.name.lower(),
            "secondary": "taken over" if self.hosts.taken_over else groups[1].state.name.lower(),
            "writes": self.hosts.acknowledged,
            "created": groups[0].update_number - 1,
            "stored": groups[1].update_number - 1,
            "restored": secondary.restore.restored_number(GROUP),
            "consistent": secondary.restore.is_consistent(GROUP) if self._consistent is None else self._consistent,
            "cycles": self._clock.cycle,
        }

    def _advance(self) -> bool:
        """Let everything go on that can; returns whether anything did."""
        self._carry()
        moved = False
        for number, system in self.systems.items():
            if number != ORIGINAL or not self.hosts.lost:
                moved |= system.advance()
                self._send(number, system)
        moved |= self._finish_takeover()
        return moved

    def _seconds(self, moved: bool) -> float | None:
        """Return how long to wait for hosts: not at all while something goes on, for ever when nothing is left."""
        if moved:
            return 0.0
        if self._path:
            self._clock.cycle = max(self._clock.cycle, self._path[0][0])
            return 0.0
        if self._is_settled():
            return None
        self._clock.cycle += IDLE_CYCLES
        return CUT_SECONDS if self._is_cut else 0.0

    def _is_settled(self) -> bool:
        """Is everything done that hosts' writes need?"""
        if self._takeover:
            return False
        alive = [s for number, s in self.systems.items() if number != ORIGINAL or not self.hosts.lost]
        if not all(system.is_quiet() for system in alive):
            return False
        if len(alive) < len(self.systems) or not all(system.is_running() for system in alive):
            return True
        original, secondary = (system.system.shared.groups[GROUP] for system in alive)
        rings = original.ring.update_information_used + secondary.ring.update_information_used
        return original.update_number == secondary.update_number and not rings

    def _carry(self) -> None:
        """Packets arrive."""
        while self._path and self._path[0][0] <= self._clock.cycle:
            _, number, data = self._path.popleft()
            self.systems[number].arrive(data)

    def _send(self, number: int, system: ServedSystem) -> None:
        """Put on the path what a system sends."""
        while system.sent:
            data = system.sent.popleft()
            if not self._is_cut:
                self._path.append((self._clock.cycle + self.settings.delay, ORIGINAL + SECONDARY - number, data))

    def _finish_takeover(self) -> bool:
        """Let hosts in at the secondary system when all that it has is restored."""
        if not self._takeover:
            return False
        secondary = self.systems[SECONDARY]
        if not secondary.system.restore.is_drained(GROUP) or not secondary.system.is_idle():
            return False
        step = secondary.operate(Operation.FINISH_TAKEOVER, GROUP)
        if step.status == Answer.BUSY:
            return False
        self._consistent = bool(step.reference)
        self.hosts.taken_over = True
        told = self.status()
        log(
            f"taken over: {'consistent' if self._consistent else 'not consistent'},"
            f" {told['restored']} of {told['created']} journals restored"
        )
        for answer in self._takeover:
            answer(told)
        self._takeover.clear()
        return True

    def _finished(self, part: Part, status: Status, data: bytes) -> None:
        self.hosts.finished(part, status, data)


def _offsets(settings: RunSettings) -> dict[int, int]:
    """Return where each volume that hosts have lies on its device."""
    room = -(-settings.volume_bytes // ALIGNMENT) * ALIGNMENT
    return {volume: index * room for index, volume in enumerate(settings.capacities())}


def _alone(settings: RunSettings) -> dict[int, int]:
    """Return the registers of a system whose volumes are not replicated."""
    tables: dict[int, int] = {}
    for volume, offset in _offsets(settings).items():
        tables |= _volume(volume, settings.volume_bytes, 0, offset, VolumeState.NORMAL)
    return tables


def _tables(settings: RunSettings, number: int) -> dict[int, int]:
    """Return the registers of a system whose volumes are copied already: both sides begin with zeros."""
    role = VolumeState.ORIGINAL if number == ORIGINAL else VolumeState.SECONDARY
    journal, head = settings.volumes + 1, settings.journal_bytes // INFORMATION_SHARE // BLOCK_BYTES * BLOCK_BYTES
    pairs = (1 << settings.volumes) - 1
    tables: dict[int, int] = {}
    capacity = settings.volume_bytes
    for volume, offset in _offsets(settings).items():
        tables |= _volume(volume, capacity, 0, offset, role)
        tables[volume_register(volume, "pair")] = volume - 1
        ends = {"original_system": ORIGINAL, "original_volume": volume}
        ends |= {"secondary_system": SECONDARY, "secondary_volume": volume}
        copied = {"group": GROUP, "copy_complete_address": capacity, "original_capacity": capacity}
        for name, value in (ends | copied | {"state": PairState.NORMAL}).items():
            tables[pair_register(volume - 1, name)] = value
    tables |= _volume(journal, settings.journal_bytes, 1, 0, VolumeState.NORMAL)
    group = {
        "pair_set": pairs, "journal_volume": journal, "full_policy": settings.policy,
        "watch_time": settings.watch_time, "write_data_head": head, "write_data_newest": head,
        "write_data_oldest": head, "write_data_commit": head, "partner_system": ORIGINAL + SECONDARY - number,
        "partner_group": GROUP, "partner_area": settings.journal_bytes - head, "generation": 1, "marked": pairs,
        "copy_unit": settings.max_transfer_bytes, "interval": INTERVAL, "timeout": TIMEOUT + 4 * settings.delay,
        "state": GroupState.NORMAL,
    }  # fmt: skip
    return tables | {group_register(GROUP, name): int(value) for name, value in group.items()}


def _volume(volume: int, capacity: int, device: int, offset: int, state: VolumeState) -> dict[int, int]:
    row = {"capacity": capacity, "device": device, "offset": offset, "state": state}
    return {volume_register(volume, name): int(value) for name, value in row.items()}
