"""The bins of the coverage points that are more than a few words."""

from collections.abc import Iterable

from mirrorlog.compare.record_text import outcome_name, outcomes_of
from mirrorlog.formats.commit_record import Creation, Process
from mirrorlog.formats.connection_path import PacketFault, PacketType
from mirrorlog.formats.outcomes import OperationOutcome
from mirrorlog.processes.maintenance import Answer, Operation
from mirrorlog.tables.shared_memory import GroupState, PairState, VolumeState
from mirrorlog.tables.status import Status


def word(code: object) -> str:
    """Return the name of an enumeration's member as bins have it."""
    return code.name.lower().replace("_", " ")  # type: ignore[attr-defined]


def words(codes: Iterable[object]) -> list[str]:
    """Return the names of members."""
    return [word(code) for code in codes]


def exit_word(process: int, outcome: int) -> str:
    """Return the bin of an exit of a process."""
    return f"{word(Process(process))} {outcome}: {outcome_name(process, outcome)}"


def exits() -> list[str]:
    sent = [
        kind + operation
        for kind in (OperationOutcome.SENT, OperationOutcome.ANSWERED)
        for operation in (
            Operation.CREATE_GROUP,
            Operation.RECORD_PAIR,
            Operation.RECORD_JOURNAL_VOLUME,
            Operation.START,
        )
    ]
    named = [(process, outcome) for process in Process for outcome in outcomes_of(process)]
    return [exit_word(*one) for one in [*named, *((Process.OPERATION, outcome) for outcome in sent)]]


def creation_word(process: Process, creation: Creation) -> str:
    """Return the bin of an exit of journal creation, which command reception or initial copy asked for."""
    return f"{'initial copy' if process is Process.INITIAL_COPY else 'host write'}: {word(creation)}"


# A journal of a host's write and of initial copy end in other exits of FIG 13
CREATIONS = [
    *(
        creation_word(Process.COMMAND_RECEPTION, one)
        for one in Creation
        if one not in (Creation.NOT_RUN, Creation.INITIAL_COPY_CREATED)
    ),
    *(
        creation_word(Process.INITIAL_COPY, one)
        for one in (Creation.INITIAL_COPY_CREATED, Creation.NO_ROOM, Creation.JOURNAL_VOLUME_ABNORMAL)
    ),
]
# Answers that one storage system's own operations have
ANSWERS = [
    one for one in Answer if one not in (Answer.BOTH_WRITTEN, Answer.OTHER_WRITTEN, Answer.NO_MAP, Answer.REQUESTED)
]
# What hosts of a system without a third one are answered
STATUSES = [
    one
    for one in Status
    if one not in (Status.REMOTE_SILENT, Status.NOT_JOURNALED, Status.REMOTE_CLOSED, Status.NO_STORAGE)
]
REFUSALS = [*words(PacketFault), "another system", "no group", "incarnation over", "not allowed"]
SIDES = ["original", "secondary"]
OCCUPANCIES = ["empty", "one", "between", "one free", "full"]
POINTERS = [
    "update information newest",
    "update information oldest",
    "update information commit",
    "write data newest",
    "write data oldest",
    "write data commit",
    "read initiation",
    "retry initiation",
]
PLACES = ["before the end", "back at the head", "past the end"]
SIZES = ["one block", "between", "largest"]
WRAPPED = ["wrapped", "not wrapped"]
AGAINST_COPIED = ["below", "up to it", "straddling", "from it on", "above"]
OVER_UNIT = ["inside a unit", "around a unit", "across an end of a unit"]
OVERLAPS = ["overlaps one before it", "overlaps none"]
# Of a device's write, whose bursts do not cross a page
PAGES = ["in one page", "in several pages"]
# Ends of journal creation that no discard has
NO_DISCARD = (Creation.NOT_RUN, Creation.INITIAL_COPY_CREATED)
# How a write without room for its journal ended: with its journal; with its group given up, after it has waited or at
# once; refused; as its group, the journal volume or its volume stopped while it waited
FULL = ["created", "time out", "suspended", "error", "no journal due"]
PACKETS = [kind for kind in PacketType if kind <= PacketType.MAINTENANCE_ANSWER]
FAULTS = ["whole", "lost", "damaged", "doubled", "overtaken"]
FEW = ["one", "some", "all"]
# How a group asks for journals: the last way repeats nothing that had no room
ASKING = ["by number", "plain", "plain, once"]
BATCHES = ["1", "2 to 7", "8 to 63", "64"]
STROBES = ["all bytes", "some bytes", "no byte"]
CARRIES = ["8 to 15", "16 to 31", "32 and up"]


def _moves(*moves: tuple[object, object]) -> list[str]:
    return [f"{word(old)} to {word(new)}" for old, new in moves]


VOLUME_MOVES = _moves(
    (VolumeState.NORMAL, VolumeState.ORIGINAL),
    (VolumeState.NORMAL, VolumeState.SECONDARY),
    (VolumeState.SECONDARY, VolumeState.NORMAL),
    (VolumeState.NORMAL, VolumeState.ABNORMAL),
    (VolumeState.ORIGINAL, VolumeState.ABNORMAL),
    (VolumeState.SECONDARY, VolumeState.ABNORMAL),
)
PAIR_MOVES = _moves(
    (PairState.BLANK, PairState.NOT_COPYING),
    (PairState.NOT_COPYING, PairState.COPYING),
    (PairState.NOT_COPYING, PairState.NORMAL),
    (PairState.COPYING, PairState.NORMAL),
    (PairState.NOT_COPYING, PairState.ABNORMAL),
    (PairState.COPYING, PairState.ABNORMAL),
    (PairState.NORMAL, PairState.ABNORMAL),
    (PairState.ABNORMAL, PairState.NOT_COPYING),
)
GROUP_MOVES = _moves(
    (GroupState.BLANK, GroupState.NORMAL),
    (GroupState.NORMAL, GroupState.ABNORMAL),
    (GroupState.ABNORMAL, GroupState.NORMAL),
)
