"""The coverage points: their bins, and one function for each group of them that samples them.

The points are those of cocotb-coverage, whose data base `coverage_db` is one for the process. A sampling function is
called with words; a word that is no bin of its point is not counted (a state that a run loads through registers may be
any). What no run can meet stands in explained.yaml with the reason.
"""

from cocotb_coverage.coverage import CoverCross, CoverPoint

from mirrorlog.tables.shared_memory import FullPolicy, Reason
from tb.coverage.bins import (
    AGAINST_COPIED,
    ANSWERS,
    ASKING,
    BATCHES,
    CARRIES,
    CREATIONS,
    FAULTS,
    FEW,
    FULL,
    GROUP_MOVES,
    OCCUPANCIES,
    OVER_UNIT,
    OVERLAPS,
    PACKETS,
    PAIR_MOVES,
    PLACES,
    POINTERS,
    REFUSALS,
    SIDES,
    SIZES,
    STATUSES,
    STROBES,
    VOLUME_MOVES,
    WRAPPED,
    exits,
    words,
)


@CoverPoint("parameters.data_width", bins=[64, 128, 256, 512])
def parameters(data_width):
    """A system of a run."""


@CoverPoint("steps.exit", bins=exits())
def step(taken):
    """A step of any process: its exit (`exit_word`)."""


@CoverPoint("steps.creation", bins=CREATIONS)
def creation(ended):
    """A run of journal creation (FIG 13)."""


@CoverPoint("steps.answer", bins=words(ANSWERS))
def operation(answer):
    """An operation was carried out, or answered by the other system."""


@CoverPoint("steps.status", bins=words(STATUSES))
def host_answer(status):
    """A host was answered."""


@CoverPoint("states.volume", bins=VOLUME_MOVES)
def volume_move(move):
    """A step changed the state of a volume."""


@CoverPoint("states.pair", bins=PAIR_MOVES)
def pair_move(move):
    """A step changed the state of a pair."""


@CoverPoint("states.group", bins=GROUP_MOVES)
def group_move(move):
    """A step changed the state of a group."""


@CoverPoint("states.reason", vname="reason", bins=words(one for one in Reason if one))
@CoverPoint("states.reason_side", vname="side", bins=SIDES)
@CoverCross("states.reason_of_side", items=["states.reason", "states.reason_side"])
def group_fails(reason, side):
    """A group became "abnormal"."""


@CoverPoint("ring.side", vname="side", bins=SIDES)
@CoverPoint("ring.information_used", vname="information", bins=OCCUPANCIES)
@CoverPoint("ring.data_used", vname="data", bins=OCCUPANCIES[:-1])
@CoverCross("ring.information", items=["ring.side", "ring.information_used"])
@CoverCross("ring.data", items=["ring.side", "ring.data_used"])
def ring(side, information, data):
    """The two areas of a journal volume after a step."""


@CoverPoint("ring.pointer_side", vname="side", bins=SIDES)
@CoverPoint("ring.pointer_moved", vname="pointer", bins=POINTERS)
@CoverPoint("ring.place", vname="place", bins=PLACES)
@CoverCross(
    "ring.pointer",
    items=["ring.pointer_side", "ring.pointer_moved", "ring.place"],
    # entries fill their area exactly; nothing is read for sending at the secondary system
    ign_bins=[
        *((None, name, "past the end") for name in POINTERS if not name.startswith("write data")),
        *(("secondary", name, None) for name in POINTERS[-2:]),
    ],
)
def pointer(side, pointer, place):
    """A pointer moved to a place near the end of its area."""


@CoverPoint("journal.side", vname="side", bins=SIDES)
@CoverPoint("journal.size", vname="size", bins=SIZES)
@CoverPoint("journal.end", vname="end", bins=["straddling the end", "ends at the end", "inside"])
@CoverCross(
    "journal.placed",
    items=["journal.side", "journal.size", "journal.end"],
    ign_bins=[(None, "one block", "straddling the end")],
)
def journal(side, size, end):
    """A journal was given its place in the write data area."""


@CoverPoint("copy.write", bins=AGAINST_COPIED)
def write_while_copying(against):
    """A host wrote to a volume that is being copied: its range against the first byte that is not copied."""


@CoverPoint("copy.overlap", bins=OVER_UNIT)
def write_over_unit(how):
    """A host wrote over a unit of initial copy that is in the ring."""


@CoverPoint("full.ended", bins=FULL)
def full(ended):
    """How a write without room for its journal ended."""


@CoverPoint("full.retry", vname="wrapped", bins=WRAPPED)
@CoverPoint("full.policy", vname="policy", bins=words(FullPolicy))
@CoverCross("full.wrap", items=["full.retry", "full.policy"])
def full_ring(wrapped, policy):
    """A write found no room for its journal."""


@CoverPoint("path.type", vname="kind", bins=words(PACKETS))
@CoverPoint("path.fault", vname="fault", bins=FAULTS)
@CoverCross("path.packet", items=["path.type", "path.fault"])
def packet(kind, fault):
    """What became of a packet that was sent."""


@CoverPoint("path.refused", bins=REFUSALS)
def refused(why):
    """A packet was dropped as it came."""


@CoverPoint("path.stranger", bins=words(PACKETS))
def strange(kind):
    """A packet was taken from a system that is not the partner."""


@CoverPoint("path.doubled", vname="wrapped", bins=WRAPPED)
@CoverPoint("path.known", vname="step", bins=["known", "stored"])
@CoverCross("path.doubled_wrap", items=["path.doubled", "path.known"])
def stored(wrapped, step):
    """A journal came that was known already, or not: while the ring was wrapped, or not."""


@CoverPoint("batch.journals", vname="journals", bins=BATCHES)
@CoverPoint("batch.cut", vname="cut", bins=["all that were read", "cut by bytes"])
@CoverPoint("batch.again", vname="again", bins=["first time", "again"])
@CoverCross("batch.sent", items=["batch.journals", "batch.again"])
def batch(journals, cut, again):
    """Journals were sent in one packet."""


@CoverPoint("commands.in_flight", bins=FEW)
def commands(in_flight):
    """A journal read command was sent: how many of those allowed are in flight then."""


@CoverPoint("commands.answered", bins=ASKING)
def answered(asking):
    """Journals were taken in as the answer to a command: how their group asks for them."""


@CoverPoint("restore.at_once", bins=FEW)
def restore(at_once):
    """A journal's write was begun: how many of the journals that may be are being restored then."""


@CoverPoint("restore.overlap", bins=OVERLAPS)
def restore_write(overlap):
    """A journal's write was begun: against those that are being restored."""


@CoverPoint("host.read", bins=["all in cache", "part in cache", "none in cache"])
def host_read(source):
    """A host's read was taken."""


@CoverPoint("host.flush", bins=["waits for writes", "nothing to wait for"])
def host_flush(waits):
    """A host's flush was taken."""


@CoverPoint("host.write", bins=["overlaps a write in cache", "overlaps none"])
def host_write(overlap):
    """A host's write or discard was taken."""


@CoverPoint("host.discard", bins=["journaled", "not journaled"])
def host_discard(journal):
    """A host's discard was taken."""


@CoverPoint("host.fua", bins=["write", "discard"])
def host_fua(what):
    """A write or discard was taken that waits for its device."""


@CoverPoint("device.access", vname="access", bins=["read", "write"])
@CoverPoint("device.resp", vname="resp", bins=["okay", "slave error", "decode error"])
@CoverPoint("device.of", vname="of", bins=["volume", "journal volume"])
@CoverCross("device.burst", items=["device.access", "device.resp", "device.of"])
@CoverPoint("device.beats", vname="beats", bins=["1", "between", "longest"])
def burst(access, resp, of, beats):
    """A device answered a burst."""


@CoverPoint("counters.update_number", vname="number", bins=CARRIES)
@CoverPoint("counters.data_offset", vname="offset", bins=CARRIES)
def counters(number, offset):
    """A journal was created: how far the carries of its group's counters went."""


@CoverPoint("counters.wraps", bins=["cycle", "tag"])
def counter_wraps(counter):
    """A counter began anew."""


@CoverPoint("reset.wrap", vname="wrapped", bins=WRAPPED)
@CoverPoint("reset.side", vname="side", bins=SIDES)
@CoverCross("reset.ring", items=["reset.wrap", "reset.side"])
def reset(wrapped, side):
    """A system was reset: the ring of one of its groups."""


@CoverPoint("takeover.wrap", bins=WRAPPED)
def takeover(wrapped):
    """A group was taken over, with journals in its ring."""


@CoverPoint("registers.kind", vname="kind", bins=["system", "volume", "pair", "group", "settings", "operation"])
@CoverPoint("registers.outcome", vname="outcome", bins=["read", "written", "refused"])
@CoverCross("registers.access", items=["registers.kind", "registers.outcome"])
def register(kind, outcome):
    """A register was accessed."""


@CoverPoint("registers.strobes", bins=STROBES)
def register_write(strobes):
    """A register was written: how many of its bytes."""
