"""Bugs that the check of the whole design's circuit finds: latches, second drivers, loops."""

from tests.planted.bug import Bug, CircuitCheck

FIFO = "rtl/library/fifo.v"

CIRCUIT_BUGS: tuple[Bug, ...] = (
    Bug(
        id="latch",
        file=FIFO,
        find="wire enters ",
        replace="reg held;\nalways @* if (in_valid) held = in_data[0];\nwire enters ",
        found_by=CircuitCheck("fifo", "latch for held"),
    ),
    Bug(
        id="second driver",
        file=FIFO,
        find="assign out_valid = valid_reg;",
        replace="assign out_valid = valid_reg;\nassign out_valid = in_valid;",
        found_by=CircuitCheck("fifo", "conflicting drivers"),
    ),
    Bug(
        id="register in two blocks",
        file=FIFO,
        find="endmodule",
        replace="always @(posedge clk) if (in_valid) oldest_reg <= 0;\nendmodule",
        found_by=CircuitCheck("fifo", "conflicting drivers"),
    ),
    Bug(
        id="loop",
        file=FIFO,
        find="wire leaves  = out_valid && out_ready;",
        replace="wire leaves  = out_valid && !leaves;",
        found_by=CircuitCheck("fifo", "loop"),
    ),
)
