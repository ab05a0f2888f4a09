"""Shortens the history of a failing seed: steps that its failure does not need are left out (delta debugging)."""

import re
from collections.abc import Callable, Sequence
from time import monotonic


def shortened(steps: Sequence[int], fails: Callable[[Sequence[int]], bool], seconds: float) -> list[int]:
    """Return a part of `steps`, in their order, that still `fails`.

    Ever smaller pieces are left out as long as that fails, too: at the end no single step can be left out, unless
    `seconds` have passed before.
    """
    end = monotonic() + seconds
    kept = list(steps)
    pieces = 2
    while kept:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            if monotonic() > end:
                return kept
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(kept), 2 * pieces)
    return kept


def kind_of(text: str) -> str:
    """Return what is said whatever the numbers: two failures of the same kind break the same promise."""
    return re.sub(r"[0-9]+", "#", text)
