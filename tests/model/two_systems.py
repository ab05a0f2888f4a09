"""Two storage systems without latency that replicate over a bad path: produces the capture that both together would
show.
"""

import random

from mirrorlog.formats.serial_number import CYCLE_BITS
from mirrorlog.processes.maintenance import Operation
from mirrorlog.registers.register_map import group_register
from mirrorlog.storage_system import StorageSystem
from tests.model.captures import Capture
from tests.model.replication_driver import CAPACITY, GROUP, JOURNAL, VOLUMES, Faults, ReplicatingSystem

LAST_GENERATION = 0xFFFF_FFFF
"""The next one is 1."""


class TwoSystems:
    """Systems 1 (original) and 2 (secondary), and the path between them."""

    def __init__(
        self,
        seed: int,
        faults: Faults | None = None,
        journal_bytes: tuple[int, int] = (64 * 64 + 32768, 64 * 64 + 32768),
        **settings: int,
    ) -> None:
        self.rng = random.Random(seed)
        self.faults = faults or Faults()
        self.capture = Capture()
        self.systems = [
            ReplicatingSystem(seed + number, number, self.capture, self.faults, journal_bytes[number - 1])
            for number in (1, 2)
        ]
        # the first one's cycle counter wraps, the other one's may
        rng = random.Random(f"first cycles {seed}")
        first_cycles = ((1 << CYCLE_BITS) - rng.randrange(4000), rng.getrandbits(CYCLE_BITS))
        self.capture.begin([(driver.parameters, True) for driver in self.systems], first_cycles)
        for driver, first in zip(self.systems, first_cycles, strict=True):
            driver.cycle = first
            driver.set_up_volumes()
            defaults = {
                "generation": LAST_GENERATION,
                "copy_unit": 4096,
                "interval": 200,
                "timeout": 3000,
                "watch_time": 60_000,
            }
            for name, value in (defaults | settings).items():
                driver.write_register(group_register(GROUP, name), value)
        self._operations()

    def system(self, number: int) -> StorageSystem:
        """Return the model of a system."""
        return self.systems[number - 1].system

    def run(self, steps: int, drain: int = 30000) -> Capture:
        """Take random steps with host writes, then without until nothing is in flight; returns the capture."""
        for _ in range(steps):
            if self.rng.random() < 0.06 and self.systems[0].stalled is None:
                self.write()
            else:
                self.step()
        for _ in range(drain):
            self.step()
            if self.rng.random() < 0.05 and self.is_quiet():
                break
        else:
            raise RuntimeError("it does not end")
        return self.systems[0].end()

    def write(self) -> None:
        """A host writes."""
        size = 512 * self.rng.choice((1, 1, 2, 8))
        position = 512 * self.rng.randrange((CAPACITY - size) // 512 + 1)
        self.systems[0].command_or_wait(self.rng.choices((1, 2, 3, 5, 130), (1, 6, 1, 2, 1))[0], position, size)

    def step(self) -> None:
        """Let something happen."""
        driver = self.rng.choice(self.systems)
        driver.cycle += self.rng.randrange(20)
        if self.rng.random() < 0.4:
            driver.progress()
        else:
            driver.replicate()
        for source, target in (self.systems, self.systems[::-1]):
            while source.outgoing:
                self._carry(source.outgoing.popleft(), target)
        mailbox = self.systems[0].system.mailbox
        if mailbox.outstanding and self.rng.random() < 0.01:
            self.systems[0].operate()

    def is_quiet(self) -> bool:
        """Is nothing in flight, and everything restored that can be?"""
        if not all(driver.is_quiet() for driver in self.systems) or self.systems[0].stalled is not None:
            return False
        if self.systems[0].system.mailbox.outstanding:
            return False
        groups = [driver.system.shared.groups[GROUP] for driver in self.systems]
        if any(group.state != 1 for group in groups):
            return True
        return (
            self.system(1).initial_copy.is_over(GROUP)
            and groups[0].update_number == groups[1].update_number
            and not any(group.ring.update_information_used for group in groups)
        )

    def _operations(self) -> None:
        original, secondary = self.systems
        for driver in (original, secondary):
            operations: list[tuple[int, tuple[int, ...]]] = [(Operation.CREATE_GROUP, (GROUP,))]
            operations += [(Operation.RECORD_PAIR, (GROUP, 1, volume, 2, volume, 0)) for volume in VOLUMES]
            operations += [(Operation.RECORD_JOURNAL_VOLUME, (GROUP, JOURNAL, 32 * 64))]
            for operation, arguments in operations:
                assert driver.give_operation(operation, *arguments) == 0
        assert original.give_operation(Operation.INITIATE, GROUP, 2, GROUP) == 0
        original.operate()

    def _carry(self, data: bytes, target: ReplicatingSystem) -> None:
        faults, chance = self.faults, self.rng.random
        if chance() < faults.drop:
            return
        if chance() < faults.corrupt:
            damaged = bytearray(data)
            damaged[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
            data = bytes(damaged)
        for _ in range(2 if chance() < faults.duplicate else 1):
            at = self.rng.randrange(len(target.incoming) + 1) if chance() < faults.reorder else len(target.incoming)
            target.incoming.insert(at, data)
