"""What fault exploration does with the protocol's variations."""

import random

from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.history import History
from mirrorlog.systems.invariants import Violation, expected_copy
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.shared_memory import VolumeState
from mirrorlog.tables.status import Status
from mirrorlog.tables.units import NONE


def visit_secondary(topology: Topology, link: GroupLink, history: History) -> None:
    """A host tries to read and to write a secondary volume ([0050]): reads are the settings' matter, writes are
    refused.
    """
    system = topology.secondary(link.group)
    for volume, image in expected_copy(topology, link, history).items():
        size = min(len(image), system.parameters.max_transfer_bytes)
        step = system.command_reception.receive(HostCommand(Opcode.READ, 0, volume, 0, size))
        assert step is not None
        if (step.outcome == CommandOutcome.READ_TAKEN) != link.settings.secondary_reads:
            raise Violation(f"a read of secondary volume {volume} ended with {step.outcome}")
        if (
            step.outcome == CommandOutcome.READ_TAKEN
            and system.command_reception.reads.pop(step.reference).data != image[:size]
        ):
            raise Violation(f"a read of secondary volume {volume} is not the original's history")
        step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, volume, 0, size), bytes(size))
        if step is None or (step.outcome, step.status) != (CommandOutcome.REFUSED, Status.VOLUME_SECONDARY):
            raise Violation(f"a host wrote to secondary volume {volume}")


def alter_journal_volume(topology: Topology, link: GroupLink, rng: random.Random) -> str:
    """Change the capacity of a journal volume ([0134]) or its performance ([0054]), or break it; says what happened.

    Refusals are left at that.
    """
    system = topology.systems[rng.choice((link.original, link.secondary))]
    volume = rng.choice(system.shared.groups[link.group].ring.journal_volumes())
    chance = rng.random()
    # without a heartbeat timeout, the original system would never know that the secondary one's is broken
    if chance < 0.1 and (link.settings.silence is not None or system is topology.original(link.group)):
        system.shared.volumes[volume].state = VolumeState.ABNORMAL
        return f"journal volume {volume} of system {system.parameters.system} breaks"
    if chance < 0.3:
        degraded = not system.shared.volumes[volume].degraded
        system.journal_volumes.set_degraded(volume, degraded)
        return f"journal volume {volume} is {'degraded' if degraded else 'good'}"
    capacity = rng.randrange(0, system.shared.volumes[volume].place_bytes + 1, 64)
    try:
        system.journal_volumes.resize(link.group, volume, capacity)
    except MaintenanceError as error:
        if error.answer not in (Answer.BUSY, Answer.NEVER_FITS):
            raise
        return ""
    return f"journal volume {volume} gets {capacity} bytes"


def replace_journal_volumes(system: StorageSystem, link: GroupLink) -> bool:
    """Replace abnormal journal volumes of a group by volumes that are free ([0091]); returns whether none is left."""
    volumes = system.shared.volumes
    for number in system.shared.groups[link.group].ring.journal_volumes():
        if volumes[number].state is not VolumeState.ABNORMAL:
            continue
        free = [
            other
            for other, volume in enumerate(volumes)
            if volume.pair == NONE and not system.shared.is_journal_volume(other)
        ]
        spare = max(free, key=lambda other: volumes[other].place_bytes)
        volumes[spare].state = VolumeState.NORMAL  # whatever was broken is repaired
        volumes[spare].capacity = volumes[spare].place_bytes
        try:
            system.journal_volumes.replace(link.group, number, spare)
        except MaintenanceError as error:
            if error.answer is not Answer.BUSY:
                raise
            return False
    return True
