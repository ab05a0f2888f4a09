"""A storage system without latency or fault: steps the model at random and writes the capture that such a system would
show.

It plays host, maintenance terminal, devices and the RTL's freedom (which step comes next, how writes are cut into
bursts), so that the comparison has captures to check, and shows how a capture comes about.
"""

import random

from mirrorlog.partner.played_system import OKAY, PlayedSystem
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.registers import register_map
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, Parameters, VolumeState
from tests.model.captures import Capture, CaptureData

CAPACITY = 65536
JOURNAL_VOLUME = 4
WATCH_TIME = 40


class ReferenceDriver(PlayedSystem):
    """Produces one capture. `journal_bytes` is the capacity of the journal volume, `error_rate` the share of failing
    bursts.
    """

    def __init__(
        self,
        seed: int,
        policy: FullPolicy = FullPolicy.STALL,
        journal_bytes: int = 64 * 64 + 32768,
        error_rate: float = 0.0,
        entries: int = 64,
        largest: int = 8192,
        system: int = 1,
        capture: Capture | None = None,
    ) -> None:
        rng = random.Random(seed)
        parameters = Parameters(system, rng.choice((64, 128, 256, 512)), max_transfer_bytes=largest)
        self.capture = Capture() if capture is None else capture
        super().__init__(parameters, rng, self.capture)
        self.policy = policy
        self.journal_bytes = journal_bytes
        self.journal_entries = entries
        self.error_rate = error_rate
        self.tag = 0
        if capture is None:
            self.capture.begin([(self.parameters, False)])
        for name in (f"write_data{system}", f"read_data{system}", f"device{system}_0", f"device{system}_1"):
            self.capture.data[name] = bytearray()

    def set_up(self) -> None:
        """Give the system volumes 1 (pair "normal"), 2 ("copying"), 3 (no replication) and a journal volume."""
        for volume, state, device in ((1, 2, 0), (2, 2, 0), (3, 1, 1), (JOURNAL_VOLUME, 1, 1), (5, 3, 0), (6, 4, 0)):
            self.write_register(register_map.volume_register(volume, "capacity"), CAPACITY)
            self.write_register(register_map.volume_register(volume, "offset"), volume * CAPACITY)
            self.write_register(register_map.volume_register(volume, "device"), device)
            self.write_register(register_map.volume_register(volume, "state"), state)
        self.write_register(register_map.volume_register(JOURNAL_VOLUME, "capacity"), self.journal_bytes)
        self.write_register(register_map.volume_register(1, "pair"), 0)
        self.write_register(register_map.volume_register(2, "pair"), 1)
        self.write_register(register_map.pair_register(0, "state"), PairState.NORMAL)
        self.write_register(register_map.pair_register(1, "state"), PairState.COPYING)
        self.write_register(register_map.pair_register(1, "copy_complete_address"), CAPACITY // 2)
        self.write_register(register_map.pair_register(0, "group"), 1)
        self.write_register(register_map.pair_register(1, "group"), 1)
        self.write_register(register_map.group_register(1, "journal_volume"), JOURNAL_VOLUME)
        self.write_register(register_map.group_register(1, "pair_set"), 3)
        self.write_register(register_map.group_register(1, "full_policy"), self.policy)
        self.write_register(register_map.group_register(1, "watch_time"), WATCH_TIME)
        self.write_register(register_map.group_register(1, "write_data_head"), self.journal_entries * 64)
        for name in ("write_data_newest", "write_data_oldest", "write_data_commit"):
            self.write_register(register_map.group_register(1, name), self.journal_entries * 64)
        self.write_register(register_map.group_register(1, "state"), GroupState.NORMAL)

    def normalise(self) -> None:
        """Bring every state back to where `set_up` left it, and free all journals; the system must be idle."""
        ring = self.system.shared.groups[1].ring
        for volume, state in ((1, 2), (2, 2), (3, 1), (JOURNAL_VOLUME, 1)):
            self.write_register(register_map.volume_register(volume, "state"), state)
        self.write_register(register_map.pair_register(0, "state"), PairState.NORMAL)
        self.write_register(register_map.pair_register(1, "state"), PairState.COPYING)
        self.write_register(register_map.group_register(1, "state"), GroupState.NORMAL)
        for part in ("update_information", "write_data"):
            newest = getattr(ring, f"{part}_newest")
            self.write_register(register_map.group_register(1, f"{part}_oldest"), newest)
            self.write_register(register_map.group_register(1, f"{part}_commit"), newest)
            self.write_register(register_map.group_register(1, f"{part}_used"), 0)
            self.write_register(register_map.group_register(1, f"{part}_committed"), 0)

    def read_registers(self) -> None:
        """Read the registers that tell what the system is, one of each table, and holes."""
        for address in (
            register_map.IDENTITY,
            register_map.PARAMETERS,
            register_map.LIMITS,
            register_map.STATUS,
            register_map.CYCLE,
        ):
            self.read_register(address)
        self.read_register(register_map.volume_register(1, "capacity"))
        self.read_register(register_map.pair_register(1, "copy_complete_address"))
        self.read_register(register_map.group_register(1, "update_number"))
        self.read_register(0x0FF8)
        self.write_register(0x1003, 1)
        self.write_register(register_map.IDENTITY, 5)
        self.write_register(register_map.volume_register(1, "state"), 7)
        self.write_register(register_map.volume_register(3, "format"), 0x4F50454E33, 0x0F)

    def run(self, steps: int) -> None:
        """Take random steps, then let everything finish."""
        self.take(steps)
        self.drain()

    def take(self, steps: int) -> None:
        """Take random steps."""
        for _ in range(steps):
            choice = self.rng.random()
            if choice < 0.45 and self.stalled is None:
                self.command()
            elif choice < 0.48:
                self.write_register(register_map.volume_register(3, "format"), self.rng.getrandbits(64))
            elif choice < 0.5:
                self.read_register(register_map.group_register(1, "data_offset"))
            else:
                self.progress()

    def reset(self) -> None:
        """Reset the system in the middle of what it does: its devices keep what they hold, all else is lost. Packets
        and bursts are cut off."""
        number, beat = self.parameters.system, self.parameters.data_width // 8
        names = [
            f"write_data{number}",
            f"read_data{number}",
            *(f"device{number}_{device}" for device in range(len(self.devices))),
        ]
        cut_off = [beat * self.rng.randrange(4) for _ in names]
        for name, size in zip(names, cut_off, strict=True):
            self.capture.put(name, self.rng.randbytes(size))
        self.cycle += self.rng.randrange(1, 100)
        fields = {"event": "reset", "system": number, "cycle": self.cycle, "incarnation": 7}
        fields |= {"first_cycle": self.cycle + 1, "write_data": cut_off[0], "read_data": cut_off[1]}
        self.capture.line(fields | {"path_in": 0, "path_out": 0, "devices": cut_off[2:]})
        self.restart(7)
        self.cycle += 1

    def drain(self) -> None:
        """Let everything finish."""
        while self.stalled is not None or self.work or self.answers or self.system.command_reception.flushes:
            self.progress()

    def end(self) -> Capture:
        """Write the last line and return the capture."""
        self.capture.line({"event": "end", "events": len(self.capture.lines)})
        return self.capture

    def command(self) -> None:
        """Give the host port one random command, good or bad."""
        opcode = self.rng.choices((1, 2, 3, 4, 5, 6, 130, 133), (20, 50, 8, 1, 8, 1, 6, 2))[0]
        volume = self.rng.choices((1, 2, 3, JOURNAL_VOLUME, 5, 6, 7, 99), (40, 30, 20, 3, 2, 2, 2, 2))[0]
        size = 512 * self.rng.choices((1, 2, 8, 16, 0, 17), (40, 20, 20, 10, 3, 2))[0]
        position = 512 * self.rng.randrange(24) + self.rng.choice((0, CAPACITY // 2 - 4096))
        if self.rng.random() < 0.04:
            position += self.rng.choice((7, CAPACITY))
        received = size if self.rng.random() > 0.04 else max(1, size + self.rng.choice((-64, 64, 512)))
        self.give(opcode, volume, position, size, received)

    def give(self, opcode: int, volume: int, position: int, size: int, received: int | None = None) -> None:
        """Give the host port one command, and carry it out; it waits for a write that is stalled."""
        while self.stalled is not None:
            self.progress()
        self.tag = (self.tag + self.rng.randrange(1, 5)) & 0xFFFF
        time = 1_000_000 + 1000 * self.cycle + self.rng.randrange(1000)
        command = HostCommand(opcode, self.tag, volume, position, size, time)
        packet = self.rng.randbytes(size if received is None else received) if command.brings_data() else None
        self.give_command(command, packet)

    def progress(self) -> None:
        """Let one thing happen that is in flight: a burst, a finished write, a read's data, a flush's answer, a
        stalled write.
        """
        choices = []
        if self.stalled is not None:
            choices.append(self._try_again)
        if self.work:
            choices.append(self._go_on_writing)
        if self.answers:
            choices.append(lambda: self._read_on(self.rng.choice(self.answers)))
        if self.system.command_reception.flushes:
            choices.append(lambda: self._flush_on(self.rng.choice(list(self.system.command_reception.flushes))))
        if choices:
            self.rng.choice(choices)()

    def _try_again(self) -> None:
        self.cycle += self.rng.randrange(10)
        self._retry()

    def _go_on_writing(self) -> None:
        self._write_on(self.rng.choice([work for work in self.work if self._may_start(work.target)]))

    def _event_gap(self) -> int:
        return self.rng.randrange(3)

    def _record_gap(self) -> int:
        return 1 + self.rng.randrange(3)

    def _burst_bytes(self, most: int) -> int:
        beat = self.parameters.data_width // 8
        return beat * self.rng.randrange(1, most // beat + 1) if self.rng.random() < 0.2 else most

    def _write_response(self, device: int, address: int, size: int) -> int:
        return self.rng.choice((2, 3)) if self.rng.random() < self.error_rate else OKAY

    def _read_response(self, device: int, address: int, size: int) -> int:
        return 2 if self.rng.random() < self.error_rate else OKAY


def busy_capture(
    seed: int, steps: int = 60, policy: FullPolicy = FullPolicy.STALL, error_rate: float = 0.0, **settings: int
) -> tuple[Capture, StorageSystem]:
    """Return a capture of a set-up system under random load, and the system as it is at the end."""
    driver = ReferenceDriver(seed, policy, error_rate=error_rate, **settings)
    driver.set_up()
    driver.read_registers()
    driver.run(steps // 2)
    driver.normalise()
    driver.run(steps - steps // 2)
    return driver.end(), driver.system


__all__ = ["Capture", "CaptureData", "Opcode", "ReferenceDriver", "VolumeState", "busy_capture"]
