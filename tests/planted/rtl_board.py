"""Bugs of the link between a board and the machine."""

from tests.planted.bug import Bug, Unit

BOARD_BUGS: tuple[Bug, ...] = (
    Bug(
        id="record-behind-an-event-of-its-cycle",
        file="rtl/board/link_trace.v",
        find="told_reg && kind != KIND_RECORD && bytes",
        replace="told_reg && bytes",
        found_by=Unit("link_trace"),
    ),
    Bug(
        id="record-before-not-kept",
        file="rtl/board/record_delta.v",
        find="if (keeps)",
        replace="if (keeps && differs != 8'hFF)",
        found_by=Unit("record_delta"),
    ),
    Bug(
        id="damaged-bytes-stay",
        file="rtl/board/link_fifo.v",
        find="newest_reg <= in_drop ? counted_reg : newest_next;",
        replace="newest_reg <= newest_next;",
        found_by=Unit("link_fifo"),
    ),
    Bug(
        id="bits-sampled-at-their-edge",
        file="rtl/board/uart_rx.v",
        find="phase_reg <= busy_reg ? phase_sum[23:0] : HALF;",
        replace="phase_reg <= phase_sum[23:0];",
        found_by=Unit("uart_unit"),
    ),
    Bug(
        id="lost-frame-not-seen",
        file="rtl/board/link_receive.v",
        find="number_reg == expected && !over_reg",
        replace="!over_reg",
        found_by=Unit("link"),
    ),
    Bug(
        id="byte-behind-a-frame-told-as-its-fault",
        file="rtl/board/link_receive.v",
        find="bad_reg ? KIND_MESSAGE : !damaged ? KIND_START",
        replace="bad_reg ? KIND_MESSAGE : !whole_reg ? KIND_START",
        found_by=Unit("link"),
    ),
    Bug(
        id="more-sent-than-announced",
        file="rtl/board/link_channel_out.v",
        find="length_reg <= (there_reg < taken) ? there_reg : taken;",
        replace="length_reg <= there_reg;",
        found_by=Unit("link"),
    ),
    Bug(
        id="write-data-behind-the-next-address",
        file="rtl/board/link_device.v",
        find="wire         between = !head_reg && beats_reg == 9'd0;",
        replace="wire         between = !head_reg;",
        found_by=Unit("link"),
    ),
    Bug(
        id="beat-between-systems-overwritten",
        file="rtl/board/link_system.v",
        find="assign near_tready        = !there_reg;",
        replace="assign near_tready        = 1'b1;",
        found_by=Unit("link", tests="link_pair_unit"),
    ),
)
