"""One step of a process, and the commit record that it retires."""

from dataclasses import dataclass

from mirrorlog.formats.commit_record import VERSION, CommitRecord, Process
from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.serial_number import shortened
from mirrorlog.tables.shared_memory import NO_STATE, GroupInformation, SharedMemory
from mirrorlog.tables.units import NONE

_NO_GROUP_STATES = (NO_STATE,) * 3


_NO_NUMBERS = (0,) * 11


@dataclass(slots=True)
class Step:
    """What one step of a process was about; the rest of its commit record is read from the tables. Names as in
    CommitRecord.

    With a `group` the record shows that group's state, else that of the volume and of its pair's group. `packet` is
    what is sent on a connection path because of this step; it is no part of the record.
    """

    process: Process
    outcome: int
    status: int = 0
    creation: int = 0
    tag: int = 0
    volume: int = NONE
    size: int = 0
    position: int = 0
    received: int = 0
    info_crc: int = 0
    reference: int = 0
    group: int = NONE
    packet: Packet | None = None


def retire(shared: SharedMemory, step: Step, cycle: int) -> CommitRecord:
    """Return the commit record of `step`, just carried out in `cycle` (a count): the step and the tables after it."""
    pair = NONE
    group = step.group
    volume_state = pair_state = NO_STATE
    copy_complete_address = 0
    if group == NONE and step.volume < len(shared.volumes) and step.process is not Process.MAINTENANCE:
        volume = shared.volumes[step.volume]
        volume_state = volume.state
        pair = volume.pair
        if pair != NONE:
            pair_information = shared.pairs[pair]
            pair_state = pair_information.state
            copy_complete_address = pair_information.copy_complete_address
            group = pair_information.group
    fields = (
        VERSION,
        step.process,
        step.outcome,
        step.creation,
        step.status,
        shared.parameters.system,
        shortened(cycle),
        step.tag,
        step.volume,
        pair,
        group,
        volume_state,
        pair_state,
        *(_NO_GROUP_STATES if group == NONE else _group_states(shared, shared.groups[group])),
        0,
        step.size,
        step.position,
        step.received,
        step.info_crc,
        step.reference,
        *(_NO_NUMBERS if group == NONE else _group_numbers(shared.groups[group], copy_complete_address)),
    )
    return tuple.__new__(CommitRecord, fields)


def _group_states(shared: SharedMemory, group: GroupInformation) -> tuple[int, int, int]:
    """Return the states of a group and of its journal volume, and the group's reason."""
    journal_volume = shared.journal_volume_of(group)
    return group.state, NO_STATE if journal_volume is None else journal_volume.state, group.reason


def _group_numbers(group: GroupInformation, copy_complete_address: int) -> tuple[int, ...]:
    """Return the record fields of a group, from its update number on."""
    ring = group.ring
    return (
        group.update_number,
        copy_complete_address,
        group.data_offset,
        ring.update_information_newest,
        ring.update_information_oldest,
        ring.update_information_commit,
        ring.write_data_newest,
        ring.write_data_oldest,
        ring.write_data_commit,
        ring.read_initiation,
        ring.retry_initiation,
    )
