"""Cycles within which random runs must get on: every wait has one, and so has the whole run."""

# Within which a group makes progress that has a working path, room and no pacing; hosts and registers are answered.
# When groups begin, their numbers of the window are swept before, one a cycle, of one group after the other. Behind
# packets of a group that hangs it waits for some that are lost after 4,096 cycles
PROGRESS_CYCLES = 16_000
# Of a whole run of one system; nearly all take less than a tenth of it
MOST_ALONE_CYCLES = 2_000_000
# Of one of two systems of which none is reset; nearly all take less than 100,000
MOST_CYCLES = 240_000
# Of one whose groups operators set up; all but a few take less than half of it
MOST_OPERATED_CYCLES = 3_000_000
# After which a group whose secondary system is silent is given up, where systems are reset: where groups begin anew,
# their secondary system sweeps the numbers of its window, up to 4096 cycles, of one after the other, before it asks
SILENCE_CYCLES = 24_000
# Within which the partner of a system that is reset answers its host and registers, and its group as an original is
# given up: its heartbeat time, and what it takes to look
ANSWERED_CYCLES = 60_000
