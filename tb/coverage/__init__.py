"""Functional coverage: what runs have met, counted from their captures (docs/verification.md).

A capture is followed through the model, as `mirrorlog compare` does it, and every step, packet and burst of it is held
against the points: so a run of any simulator, or of a board, counts alike, and a point needs no hook in the testbench.
"""
