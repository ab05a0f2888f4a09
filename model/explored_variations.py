"""What fault exploration does with the protocol's variations."""

from model.command_reception import READ_TAKEN, REFUSED, HostCommand, Opcode
from model.history import History
from model.invariants import Violation, expected_copy
from model.status import Status
from model.topology import GroupLink, Topology


def visit_secondary(topology: Topology, link: GroupLink, history: History) -> None:
    """A host tries to read and to write a secondary volume ([0050]): reads are the settings' matter, writes are
    refused.
    """
    system = topology.secondary(link.group)
    for volume, image in expected_copy(topology, link, history).items():
        size = min(len(image), system.parameters.max_transfer_bytes)
        step = system.command_reception.receive(HostCommand(Opcode.READ, 0, volume, 0, size))
        assert step is not None
        if (step.outcome == READ_TAKEN) != link.settings.secondary_reads:
            raise Violation(f"a read of secondary volume {volume} ended with {step.outcome}")
        if step.outcome == READ_TAKEN and system.command_reception.reads.pop(step.reference).data != image[:size]:
            raise Violation(f"a read of secondary volume {volume} is not the original's history")
        step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, volume, 0, size), bytes(size))
        if step is None or (step.outcome, step.status) != (REFUSED, Status.VOLUME_SECONDARY):
            raise Violation(f"a host wrote to secondary volume {volume}")
