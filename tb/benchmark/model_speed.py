"""How fast the model is alone: the workload's writes through command reception, journal creation and disk adapter."""

import time
from itertools import count

from mirrorlog.processes import command_reception
from mirrorlog.simulate.workload import RequestKind, Workload
from mirrorlog.storage.cache_memory import VolumeWrite
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupInformation, Parameters, SharedMemory
from tb.config.settings import Layout

LARGEST_TRANSFER = 1 << 20


def load_tables(shared: SharedMemory, layout: Layout) -> None:
    """Set up tables as the register sequence does."""
    for volume in layout.volumes:
        row = shared.volumes[volume.number]
        row.capacity, row.pair, row.device, row.offset = volume.capacity, volume.pair, volume.device, volume.offset
        row.state = volume.state
    for pair in layout.pairs:
        own = shared.pairs[pair.number]
        own.state, own.group, own.copy_complete_address = pair.state, pair.group, pair.copy_complete_address
    for group in layout.groups:
        _load_group(shared.groups[group.number], group.information_bytes)
        shared.groups[group.number].journal_volume = group.journal_volume
        shared.groups[group.number].pair_set = sum(1 << number for number in group.pairs)
        shared.groups[group.number].state = group.state
    shared.set_journal_areas()


def _load_group(group: GroupInformation, head: int) -> None:
    group.ring.write_data_head = head
    group.ring.write_data_newest = group.ring.write_data_oldest = group.ring.write_data_commit = head


def model_writes_per_second(workload: Workload, layout: Layout, rounds: int = 20) -> float:
    """Return the journaled host writes that the model carries out in a CPU second, device responses included."""
    writes = [(r, workload.data(r)) for r in workload.requests if r.kind is RequestKind.WRITE]
    seconds, done = 0.0, 0
    for _ in range(rounds):
        system = StorageSystem(Parameters(max_transfer_bytes=LARGEST_TRANSFER))
        load_tables(system.shared, layout)
        numbers = count(1)
        began = time.process_time()
        for (request, data), tag in zip(writes, numbers, strict=False):
            command = command_reception.HostCommand(
                command_reception.Opcode.WRITE, tag, request.volume, request.position, request.size
            )
            step = system.command_reception.receive(command, data)
            assert step is not None and step.creation == command_reception.Creation.HOST_WRITE_CREATED
            write: VolumeWrite = system.disk_adapter.volume_writes[step.reference]
            system.volume_write_done(write)
            assert write.journal is not None
            system.journal_write_done(write.journal)
        seconds += time.process_time() - began
        done += len(writes)
    return done / seconds
