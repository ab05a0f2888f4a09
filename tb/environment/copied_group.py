"""Groups that are copied from one system to another, as those who look at the copy see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mirrorlog.systems.history import History


@dataclass
class RestoredGroup:
    """What is known of one group: its history at the original, and the progress of restore at the secondary.

    `history` is that of what the secondary restores, `newest` that since the original's last reset; `created` is the
    newest number; `copied` are pairs that became "normal", `ended` those of which the end of initial copy was restored
    in any state; `begun` and `done` are cycles by update number; `whole` is the number up to which everything is
    done. Positions in a history are those behind a volume's `first`.
    """

    history: History
    newest: History
    pairs: set[int]
    created: int
    whole: int
    copied: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    begun: dict[int, int] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)

    def advance(self, until: int) -> int:
        """Return the number up to which every journal was restored before the cycle `until`."""
        while True:
            number = self.whole + 1
            if self.done.get(number, until) >= until:
                return self.whole
            self.begun.pop(number, None)
            del self.done[number]
            self.whole = number

    def reset(self) -> None:
        """The secondary has been reset, or begins anew: nothing of the group is restored or copied."""
        self.copied.clear()
        self.ended.clear()
        self.begun.clear()
        self.done.clear()

    def begin(self, number: int) -> None:
        """The secondary begins anew with this update number: what it restores is of the original since its reset."""
        self.reset()
        self.history, self.whole = self.newest, number - 1


@dataclass(frozen=True)
class CopiedGroup:
    """A group that is copied: its number at the secondary system, and of each original volume the number of its copy
    there, and of their pair."""

    number: int
    volumes: Mapping[int, tuple[int, int]]

    @property
    def pairs(self) -> set[int]:
        """The numbers of its pairs at the secondary system."""
        return {pair for _, pair in self.volumes.values()}
