"""Bugs of journals that the secondary system receives and stores."""

from tb.scenarios.two_systems import KIBIBYTE, layout
from tests.planted.bug import Bug, TwoSystems, Unit

GIVES_UP = "test_a_held_packet_gives_its_buffer_up_when_another_groups_packet_needs_it"
HUNG = "test_a_device_that_hangs_holds_up_only_the_groups_on_it"
SMALL_JOURNAL = layout(entries=32, data_bytes=16 * KIBIBYTE)

STORE_BUGS: tuple[Bug, ...] = (
    Bug(
        id="duplicate-stored",
        file="rtl/processes/journal_store.v",
        find="        else if (known)\n",
        replace="        else if (store_number < update_number)\n",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="stored-behind-the-end-of-its-volume",
        file="rtl/processes/journal_store.v",
        find="if (!pair_valid || !in_volume)",
        replace="if (!pair_valid)",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="held-journal-not-tried-again",
        file="rtl/secondary/store_requester.v",
        find="    if (retry)\n        held_reg <= 0;\n",
        replace="",
        found_by=Unit("journal_receive"),
    ),
    Bug(
        id="committed-before-its-turn",
        file="rtl/processes/journal_store.v",
        find="(became_durable && number == commit_index)",
        replace="became_durable",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="place-not-wrapped",
        file="rtl/processes/journal_store.v",
        find="{place_wraps ? place - information_area[W-1:6] : place, 6'd0};",
        replace="{place, 6'd0};",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="buffer-given-again-too-early",
        file="rtl/secondary/received_buffers.v",
        find="unused  = closed_reg & ~buffers_used;",
        replace="unused  = closed_reg;",
        found_by=Unit("journal_receive"),
    ),
    Bug(
        id="oldest-data-not-wrapped",
        file="rtl/tables/journal_ring.v",
        find="new_data_oldest        = data_to;",
        replace="new_data_oldest        = data_oldest + data_step;",
        found_by=TwoSystems("Copied", SMALL_JOURNAL),
    ),
    Bug(
        id="place-of-a-number-looked-up-before-commit-frees-it",
        file="rtl/processes/stored_numbers.v",
        find="(written_reg && written_row_reg == store_row) ? written_placed_reg : stored_placed;",
        replace="stored_placed;",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="next-number-found-one-behind-a-filled-gap",
        file="rtl/processes/stored_numbers.v",
        find="        scans_reg[read_group_reg] <= grows;\n",
        replace="        scans_reg[read_group_reg] <= 1'b0;\n",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="one-row-of-a-group-cleared",
        file="rtl/processes/number_states.v",
        find="        if (&index_reg)\n",
        replace="",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="step-of-a-received-packet-asked-for-too-early",
        file="rtl/secondary/store_requester.v",
        find="assign request_valid = settled_reg && (",
        replace="assign request_valid = (",
        found_by=Unit(
            "journal_receive", test="test_each_packet_is_taken_in_journal_by_journal_and_closed_in_its_groups_order"
        ),
    ),
    Bug(
        id="packet-waits-for-ever-for-a-buffer",
        file="rtl/secondary/received_buffers.v",
        find="stuck_reg[group_index] || timeout_reg == 0);",
        replace="stuck_reg[group_index]);",
        found_by=Unit("journal_receive", test=HUNG),
    ),
    Bug(
        id="held-journal-delays-other-groups",
        file="rtl/secondary/store_requester.v",
        find="            if (!may_go[turn_reg])\n                turn_reg <= next_turn;\n            else if",
        replace="            if (!may_go[turn_reg])\n                turn_reg <= turn_reg;\n            else if",
        found_by=Unit("journal_receive", test=HUNG),
    ),
    Bug(
        id="held-packet-keeps-its-buffer",
        file="rtl/secondary/received_buffers.v",
        find="wire   needs = landed &&",
        replace="wire   needs = 1'b0 &&",
        found_by=Unit("journal_receive", test=GIVES_UP),
    ),
    Bug(
        id="last-buffer-given-up",
        file="rtl/secondary/received_buffers.v",
        find="(none[group_index] ? {GROUPS{1'b1}} : several)",
        replace="{GROUPS{1'b1}}",
        found_by=Unit("journal_receive", test=GIVES_UP),
    ),
    Bug(
        id="given-up-though-not-to-be-had-again",
        file="rtl/secondary/store_requester.v",
        find="held_reg & yields_reg & wanted_of",
        replace="held_reg & wanted_of",
        found_by=Unit("journal_receive", test=GIVES_UP),
    ),
    Bug(
        id="queue-of-packets-overflows",
        file="rtl/secondary/received_buffers.v",
        find="assign keeps = landed && queue_room && (",
        replace="assign keeps = landed && (",
        found_by=Unit("journal_receive"),
    ),
    Bug(
        id="bytes-of-the-packet-before-counted",
        file="rtl/secondary/store_requester.v",
        find="                fresh_reg[turn_reg]   <= 1'b1;\n",
        replace="",
        found_by=Unit("journal_receive"),
    ),
    Bug(
        id="later-reason-replaces-the-first",
        file="rtl/tables/group_information.v",
        find="if (set_state && !(new_state == `ML_GROUP_ABNORMAL && latest_state == `ML_GROUP_ABNORMAL))",
        replace="if (set_state)",
        found_by=Unit("shared_memory"),
    ),
    Bug(
        id="journal-between-blocks-stored",
        file="rtl/processes/journal_store.v",
        find=" && store_position[8:0] == 9'd0;",
        replace=";",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="data-placed-over-what-is-committed",
        file="rtl/processes/journal_store.v",
        find="is_before || (numbers_ahead == 64'd0 && offset_ahead != 64'd0);",
        replace="1'b0;",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="beat-that-waits-replaced-by-another-device-s",
        file="rtl/library/turn_memory.v",
        find="(from != 0) ? {DATA_WIDTH{1'b0}} : held_reg;",
        replace="{DATA_WIDTH{1'b0}};",
        found_by=Unit("turn_memory"),
    ),
    Bug(
        id="first-device-before-all-others",
        file="rtl/library/turn_memory.v",
        find="(later != 0) ? later : asks;",
        replace="asks;",
        found_by=Unit("turn_memory"),
    ),
    Bug(
        id="data-of-the-journal-behind-a-received-discard",
        file="rtl/secondary/store_requester.v",
        find="data_size = discard ? {BYTES_WIDTH{1'b0}} : size",
        replace="data_size = size",
        found_by=Unit("journal_receive"),
    ),
    Bug(
        id="discard-is-stored-with-room-for-data",
        file="rtl/processes/journal_store.v",
        find="store_discard ? {E{1'b0}} : ",
        replace="",
        found_by=Unit("journal_store"),
    ),
    Bug(
        id="late-discard-is-committed-with-data",
        file="rtl/processes/durable_journals.v",
        find="new_request[`CR_DISCARD]   = next_discard;",
        replace="new_request[`CR_DISCARD]   = 1'b0;",
        found_by=Unit("journal_store"),
    ),
)
