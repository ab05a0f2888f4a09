"""The coverage points of discards (points.py has the others): their bins, and the functions that sample them."""

from cocotb_coverage.coverage import CoverCross, CoverPoint

from mirrorlog.formats.commit_record import Creation
from tb.coverage.bins import AGAINST_COPIED, FULL, NO_DISCARD, OVER_UNIT, OVERLAPS, PAGES, SIDES, SIZES, words


@CoverPoint("discard.creation", bins=words(one for one in Creation if one not in NO_DISCARD))
def creation(ended):
    """Journal creation (FIG 13) ran for a discard."""


@CoverPoint("discard.full", bins=FULL)
def full(ended):
    """How a discard without room for its journal ended."""


@CoverPoint("discard.copy", bins=AGAINST_COPIED)
def while_copying(against):
    """A discard in a volume that is being copied: its range against the first byte that is not copied."""


@CoverPoint("discard.overlap", bins=OVER_UNIT)
def over_unit(how):
    """A discard of what a unit of initial copy in the ring has."""


@CoverPoint("discard.written", bins=PAGES)
def written(cut):
    """A host's discard was taken: its zeros are written in bursts."""


@CoverPoint("discard.side", vname="side", bins=SIDES)
@CoverPoint("discard.entry", vname="entry", bins=["last entry", "another entry"])
@CoverCross("discard.placed", items=["discard.side", "discard.entry"])
def placed(side, entry):
    """A discard's journal was created or stored: where in the update information area."""


@CoverPoint("discard.ring_side", vname="side", bins=SIDES)
@CoverPoint("discard.used", vname="used", bins=["full", "not full"])
@CoverCross("discard.ring", items=["discard.ring_side", "discard.used"])
def ring(side, used):
    """... and whether it took the last entry that was free."""


@CoverPoint("discard.among", vname="among", bins=["discards alone", "among others"])
@CoverPoint("discard.again", vname="again", bins=["first time", "again"])
@CoverCross("discard.sent", items=["discard.among", "discard.again"])
def sent(among, again):
    """Journals were sent in one packet, of discards or with some."""


@CoverPoint("discard.overlaps", vname="overlap", bins=OVERLAPS)
@CoverPoint("discard.size", vname="size", bins=SIZES)
@CoverPoint("discard.bursts", vname="cut", bins=PAGES)
@CoverCross("discard.restored", items=["discard.overlaps", "discard.size"])
def restored(overlap, size, cut):
    """The write of a discard was begun at the secondary system: against those being restored, its size, its bursts."""
