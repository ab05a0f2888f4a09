"""A capture to measure the comparison with: what an original system without latency shows of host writes and reads."""

import json
import zlib

from mirrorlog.compare.capture import FORMAT, VERSION
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.registers.register_map import ALL_STROBES, group_register, pair_register, volume_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, PairState, Parameters, VolumeState

BLOCK = 512
VOLUME, JOURNAL, GROUP, PAIR = 1, 2, 1, 0
VOLUME_BYTES = 1 << 20
DATA_DEVICE, JOURNAL_DEVICE = 0, 1
_START = {"device_base": 0, "first_cycle": 0, "incarnation": 0, "path": False}


class HostCapture:
    """The lines, and the data files' bytes, of a run in which every block that is written is read again."""

    def __init__(self, writes: int) -> None:
        self.lines: list[str] = []
        self.data = {name: bytearray() for name in ("write_data1", "read_data1", "device1_0", "device1_1")}
        self._cycle = 0
        parameters = Parameters(1)
        built = ("system", "data_width", "volumes", "pairs", "groups", "devices", "max_transfer_bytes", "entry_bytes")
        start = {name: getattr(parameters, name) for name in (*built, "commands", "window")} | _START
        self._line(event="start", format=FORMAT, version=VERSION, systems=[start])
        self._system = StorageSystem(parameters)
        for address, value in _tables(writes).items():
            self._write_register(address, value)
        for number in range(writes):
            self._write(number)
            self._read(number)
        self._line(event="end", events=len(self.lines))

    def _write(self, number: int) -> None:
        """A host writes a block, whose volume and journal writes are done at once."""
        position = number * BLOCK % VOLUME_BYTES
        data = number.to_bytes(8, "little") * (BLOCK // 8)
        self._event("host_command", time=0, opcode=Opcode.WRITE, tag=1, volume=VOLUME, position=position, size=BLOCK)
        self._put("write_data", "write_data1", data)
        system = self._system
        step = system.command_reception.receive(HostCommand(Opcode.WRITE, 1, VOLUME, position, BLOCK), data)
        if step is None:
            raise RuntimeError("a write found no room for its journal")
        self._record(step)
        self._event("host_response", tag=1, status=step.status)
        write = system.disk_adapter.volume_writes[step.reference]
        self._burst(DATA_DEVICE, position, data)
        self._record(system.volume_write_step(write))
        journal = write.journal
        if journal is None:
            raise RuntimeError("a write was not journaled")
        self._burst(JOURNAL_DEVICE, journal.information_place, journal.information)
        self._burst(JOURNAL_DEVICE, journal.parts[0][0], data)
        self._record(system.journal_write_step(journal))

    def _read(self, number: int) -> None:
        """The host reads the block again."""
        position = number * BLOCK % VOLUME_BYTES
        self._event("host_command", time=0, opcode=Opcode.READ, tag=2, volume=VOLUME, position=position, size=BLOCK)
        reception = self._system.command_reception
        step = reception.receive(HostCommand(Opcode.READ, 2, VOLUME, position, BLOCK), b"")
        if step is None:
            raise RuntimeError("a read was not taken")
        self._record(step)
        data = reception.reads.pop(step.reference).data
        place = {"device": DATA_DEVICE, "address": position}
        self._event("device_read", **place, bytes=BLOCK, resp=0, crc=zlib.crc32(data))
        self._put("read_data", "read_data1", data, tag=2)
        self._event("host_response", tag=2, status=step.status)

    def _write_register(self, address: int, value: int) -> None:
        self._event("register_write", address=address, data=value, strobe=ALL_STROBES)
        self._record(self._system.register_access.write(address, value, ALL_STROBES, idle=True))
        self._event("register_response", data=0, resp=0)

    def _burst(self, device: int, address: int, data: bytes) -> None:
        self._put("device_write", f"device1_{device}", data, device=device, address=address, resp=0)

    def _put(self, event: str, file: str, data: bytes, **fields: int) -> None:
        self.data[file] += data
        self._event(event, **fields, bytes=len(data))

    def _record(self, step: Step) -> None:
        self._cycle += 1
        self._line(event="record", system=1, record=self._system.record(step, self._cycle).to_hex())

    def _event(self, event: str, **fields: int) -> None:
        self._line(event=event, system=1, cycle=self._cycle, **fields)

    def _line(self, **fields: object) -> None:
        self.lines.append(json.dumps(fields))


def _tables(writes: int) -> dict[int, int]:
    """Return registers with which `writes` journals have room in a group whose pair is copied."""
    entries = (writes + 1) * UPDATE_INFORMATION_BYTES
    head = -(-entries // BLOCK) * BLOCK
    volumes = ((VOLUME, VOLUME_BYTES, DATA_DEVICE), (JOURNAL, head + (writes + 1) * BLOCK, JOURNAL_DEVICE))
    tables = {}
    for volume, capacity, device in volumes:
        tables[volume_register(volume, "capacity")] = capacity
        tables[volume_register(volume, "device")] = device
        tables[volume_register(volume, "state")] = VolumeState.ORIGINAL if volume == VOLUME else VolumeState.NORMAL
    tables[volume_register(VOLUME, "pair")] = PAIR
    tables[pair_register(PAIR, "state")] = PairState.NORMAL
    tables[pair_register(PAIR, "group")] = GROUP
    tables[group_register(GROUP, "journal_volume")] = JOURNAL
    tables[group_register(GROUP, "pair_set")] = 1 << PAIR
    for name in ("write_data_head", "write_data_newest", "write_data_oldest", "write_data_commit"):
        tables[group_register(GROUP, name)] = head
    tables[group_register(GROUP, "state")] = GroupState.NORMAL
    return tables
