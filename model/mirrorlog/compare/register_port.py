"""The maintenance terminal of one storage system in a comparison."""

from collections import deque

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.difference import Mismatch, not_before


class RegisterPort:
    """Accesses and responses of the maintenance terminal."""

    def __init__(self) -> None:
        self.reads: deque[int] = deque()
        self.writes: deque[tuple[int, int, int]] = deque()
        self._read_cycles: deque[int] = deque()
        self._write_cycles: deque[int] = deque()
        self._accesses = 0
        self._expected_reads: list[tuple[int, int]] = []
        self._expected_writes: list[tuple[int, int]] = []
        self._responses: list[tuple[int, int]] = []

    def take_read(self, cycle: int, fields: Fields) -> None:
        """The address of a read was taken."""
        self._accesses += 1
        self.reads.append(fields["address"])
        self._read_cycles.append(cycle)

    def take_write(self, cycle: int, fields: Fields) -> None:
        """Address and data of a write were taken."""
        self._accesses += 1
        self.writes.append((fields["address"], fields["data"], fields["strobe"]))
        self._write_cycles.append(cycle)

    def take_response(self, fields: Fields) -> None:
        """A response was taken."""
        self._responses.append((fields["data"], fields["resp"]))
        if len(self._responses) > self._accesses:
            raise Mismatch("register_response", "an access before it", "none waits for a response")
        self._settle()

    def answer_read(self, data: int, resp: int, cycle: int) -> None:
        """The model answers the next read, in its step's `cycle`."""
        self.reads.popleft()
        not_before(cycle, self._read_cycles.popleft(), "its access")
        self._expected_reads.append((data, resp))
        self._settle()

    def answer_write(self, resp: int, cycle: int) -> None:
        """The model answers the next write, in its step's `cycle`."""
        self.writes.popleft()
        not_before(cycle, self._write_cycles.popleft(), "its access")
        self._expected_writes.append((0, resp))
        self._settle()

    def pending(self) -> list[str]:
        """Say what is outstanding."""
        said = [f"read of register {address:#06x} not retired" for address in self.reads]
        said += [f"write of register {address:#06x} not retired" for address, _, _ in self.writes]
        if self._accesses > len(self._responses):
            said.append(f"{self._accesses - len(self._responses)} register responses not seen")
        return said

    def _settle(self) -> None:
        """Compare the responses when none is outstanding: they answer reads and writes, each in their order."""
        expected = len(self._expected_reads) + len(self._expected_writes)
        if not len(self._responses) == self._accesses == expected:
            return
        reads, writes = self._expected_reads, self._expected_writes
        taken = {0}  # how many of the responses so far may have answered reads
        for index, response in enumerate(self._responses):
            after = {count + 1 for count in taken if count < len(reads) and reads[count] == response}
            after |= {count for count in taken if index - count < len(writes) and writes[index - count] == response}
            if not after:
                shown = " or ".join(f"data {data:#x} resp {resp}" for data, resp in {*reads, *writes})
                raise Mismatch("register_response", shown, f"data {response[0]:#x} resp {response[1]}")
            taken = after
        self._accesses = 0
        self._responses.clear()
        reads.clear()
        writes.clear()
