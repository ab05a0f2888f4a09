"""Bugs of the secondary system's processes, each planted by one substitution."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """`text`, exactly once in file `name`, becomes `bug`; the tests of module `unit` must then fail: all together, or
    `test`. Without a unit only a run of two systems finds it. `tests`: the module of the unit's tests, that of the
    unit's name if it is empty.
    """

    title: str
    name: str
    text: str
    bug: str
    unit: str = ""
    test: str = ""
    tests: str = ""


ALONE = "journal_read_command_alone_unit"
RESUMED = "restore_pipe_resumed_unit"
HELD = "restore_pipe_held_unit"

BUGS = (
    Bug(
        "generation-not-checked",
        "journal_read_command.v",
        "wire takes       = reads && answer_generation == generation && (!plain || found);",
        "wire takes       = reads && (!plain || found);",
        "journal_read_command",
    ),
    Bug(
        "group-state-that-is-none-taken",
        "journal_read_command.v",
        "if (answer_status <= {14'd0, `ML_GROUP_ABNORMAL})",
        "if (answer_status != 16'hffff)",
        "journal_read_command",
    ),
    Bug(
        "group-numbers-swapped",
        "journal_read_command.v",
        "assign packet_group        = partner_group_reg;",
        "assign packet_group        = source_group_reg;",
        "journal_read_command",
    ),
    Bug(
        "slot-asks-again-before-its-time",
        "command_slots.v",
        "in_time[s] = busy[at] ? now - since[at] >= {16'd0, timeout} : now >= not_before[at];",
        "in_time[s] = !busy[at] || now - since[at] >= {16'd0, timeout};",
        "journal_read_command",
    ),
    Bug(
        "duplicate-stored",
        "journal_store.v",
        "        else if (known)\n",
        "        else if (store_number < update_number)\n",
        "journal_store",
    ),
    Bug(
        "stored-behind-the-end-of-its-volume",
        "journal_store.v",
        "if (!pair_valid || !in_volume)",
        "if (!pair_valid)",
        "journal_store",
    ),
    Bug(
        "given-up-too-early",
        "operations.v",
        "patience_reg == 32'd0 && room;",
        "patience_reg <= RESEND_CYCLES && room;",
        "operations",
    ),
    Bug(
        "held-journal-not-tried-again",
        "journal_receive.v",
        "        HELD:\n            if (retry)\n",
        "        HELD:\n            if (1'b0)\n",
        "journal_receive",
    ),
    Bug(
        "committed-before-its-turn",
        "journal_store.v",
        "(became_durable && number == update_number)",
        "became_durable",
        "journal_store",
    ),
    Bug(
        "place-not-wrapped",
        "journal_store.v",
        "(place_unwrapped >= data_head) ? place_unwrapped - information_area : place_unwrapped;",
        "place_unwrapped;",
        "journal_store",
    ),
    Bug(
        "buffer-given-again-too-early",
        "journal_receive.v",
        "wire [BUFFERS-1:0] leaving = closed_reg & ~buffers_used;",
        "wire [BUFFERS-1:0] leaving = closed_reg;",
        "journal_receive",
    ),
    Bug(
        "freed-behind-a-failed-write",
        "restore_slots.v",
        "wire skips_free  = ends && (dropped_reg[f] || failed_reg[f] || halted);",
        "wire skips_free  = ends && dropped_reg[f];",
        "restore_pipe",
    ),
    Bug(
        "overlapping-restore-does-not-wait",
        "restore_slots.v",
        "    .enter(writes), .refuse(1'b0),",
        "    .enter(1'b0), .refuse(1'b0),",
        "restore_pipe",
    ),
    Bug(
        "restore-reads-past-commit",
        "restore.v",
        "assign count       = (committed < limit) ? committed[4:0] : limit[4:0];",
        "assign count       = limit[4:0];",
    ),
    Bug(
        "end-marker-ignored",
        "restore.v",
        "wire copied = free && is_marker;",
        "wire copied = 1'b0;",
    ),
    Bug(
        "data-crc-not-checked",
        "path_receive.v",
        "else if (s_axis_path_tdata != trailer)",
        "else if (1'b0)",
    ),
    Bug(
        "takeover-before-drain",
        "maintenance.v",
        "if (!secondary_runs || !activity[2] || !drained || writing)",
        "if (!secondary_runs || !activity[2] || writing)",
        "maintenance",
    ),
    Bug(
        "packet-of-the-next-operation",
        "operations.v",
        "packet[`PK_TAG]         = packet_tag_reg;",
        "packet[`PK_TAG]         = tag_reg;",
        "operations",
    ),
    Bug(
        "operation-carried-out-twice",
        "operations.v",
        "remote_repeated_reg <= repeated;",
        "remote_repeated_reg <= 1'b0;",
        "operations",
    ),
    Bug(
        "restore-across-the-end",
        "restore.v",
        "wire [63:0]  limit     = (in_line < MOST_JOURNALS) ? in_line : MOST_JOURNALS;",
        "wire [63:0]  limit     = MOST_JOURNALS;",
        "restore",
    ),
    Bug(
        "oldest-data-not-wrapped",
        "journal_ring.v",
        "wrapped(data_oldest + free_data, data_area, area_end);",
        "data_oldest + free_data;",
    ),
    Bug(
        "takeover-before-drain",
        "maintenance.v",
        "wire drained         = ",
        "wire drained         = 1'b1 || ",
        "maintenance",
    ),
    Bug(
        "gone-taken-of-a-journal-that-came",
        "journal_read_command.v",
        "if (found && found_first >= update_number)",
        "if (found)",
        "journal_read_command",
        tests=ALONE,
    ),
    Bug(
        "numbers-left-to-pass-forgotten",
        "journal_read_command.v",
        "<= send || passes;",
        "<= send;",
        "journal_read_command",
        tests=ALONE,
    ),
    Bug(
        "retry-of-the-generation-before",
        "journal_read_command.v",
        "        retry_reg[g]   <= 1'b0;\n        retried",
        "        retried",
        "journal_read_command",
        tests=ALONE,
    ),
    Bug(
        "range-behind-the-window",
        "command_slots.v",
        "ahead + batch <= NUMBERS",
        "ahead <= NUMBERS",
        "journal_read_command",
        tests=ALONE,
    ),
    Bug(
        "journals-came-but-slots-wait-on",
        "command_slots.v",
        "            not_before[{g, n[SLOT_WIDTH-1:0]}] <= 48'd0;\n",
        "",
        "journal_read_command",
        tests=ALONE,
    ),
    Bug(
        "found-journals-kept-behind-a-refused-write",
        "restore_look.v",
        "        found[w] <= 6'd0;\n        if ((asked",
        "        if ((asked",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "look-goes-on-from-what-was-dropped",
        "restore_look.v",
        "        if ((asked_reg || request_taken) && turn_reg == w)\n            void_reg <= 1'b1;\n",
        "",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "look-granted-at-a-new-start-not-void",
        "restore_look.v",
        "(asked_reg || request_taken) && turn_reg == g",
        "asked_reg && turn_reg == g",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "void-look-not-repeated",
        "restore_look.v",
        "<= finds || look_void;",
        "<= finds;",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "writes-under-way-dropped-with-what-was-found",
        "restore_slots.v",
        " && in_reading(i[INDEX_WIDTH-1:0], w, enter_reg - write_reg)",
        "",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "journal-that-enters-as-its-group-is-dropped-stays",
        "restore_slots.v",
        "(drops && enter_group == write_group) || (clear",
        "(clear",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "buffer-not-dropped-with-its-group",
        "restore_pipe.v",
        "(drops && groups[i] == write_group) || (clear",
        "(clear",
        "restore_pipe",
        tests=RESUMED,
    ),
    Bug(
        "buffer-left-while-a-second-part-waits",
        "restore_pipe.v",
        "(dropped_reg[head_reg] ? !second_reg :",
        "(dropped_reg[head_reg] ? 1'b1 :",
        "restore_pipe",
        tests=HELD,
    ),
    Bug(
        "group-frees-nothing-after-a-new-start",
        "restore_slots.v",
        "    if (clear)\n        halted_reg[clear_group[GROUP_WIDTH-1:0]] <= 1'b0;\n",
        "",
        "restore_pipe",
    ),
    Bug(
        "failed-first-part-forgotten",
        "restore_slots.v",
        "failed_reg[read_done_slot] || read_done_failed",
        "read_done_failed",
        "restore_pipe",
    ),
    Bug(
        "queue-of-packets-overflows",
        "journal_receive.v",
        "waiting < PACKETS - 2;",
        "waiting < PACKETS;",
        "journal_receive",
    ),
    Bug(
        "bytes-of-the-packet-before-counted",
        "journal_receive.v",
        "                beat_reg    <= 0;\n                bytes_reg   <= 32'd0;\n",
        "                beat_reg    <= 0;\n",
        "journal_receive",
    ),
    Bug(
        "journals-packet-without-journals-taken",
        "path_receive.v",
        "count_in != 16'd0 && ",
        "",
        "path_receive",
    ),
    Bug(
        "more-journals-than-a-packet-may-have",
        "path_receive.v",
        " && count_in <= MAX_JOURNALS",
        "",
        "path_receive",
    ),
    Bug(
        "patience-begins-anew-with-each-sending",
        "operations.v",
        "                if (!sent_reg)\n                    patience_reg",
        "                patience_reg",
        "operations",
    ),
    Bug(
        "longer-packet-than-its-header-says-taken",
        "path_receive.v",
        "may_end && !s_axis_path_tlast && state_reg != DRAIN;",
        "1'b0;",
        "path_receive",
    ),
    Bug(
        "journal-of-no-whole-blocks-taken",
        "path_receive.v",
        " || unit_size[8:0] != 9'd0",
        "",
        "path_receive",
    ),
    Bug(
        "more-data-than-a-packet-may-have",
        "path_receive.v",
        " && bytes_in - fixed_in <= MAX_DATA_BYTES",
        "",
        "path_receive",
    ),
    Bug(
        "journal-with-too-much-data-taken",
        "path_receive.v",
        "unit_size > MAX_TRANSFER_BYTES || ",
        "",
        "path_receive",
    ),
    Bug(
        "more-data-written-than-the-header-says",
        "path_receive.v",
        "in_data && beats_reg * BEAT_BYTES < packet_data_bytes;",
        "in_data;",
        "path_receive",
    ),
    Bug(
        "crc-of-a-dropped-packet-told",
        "path_receive.v",
        "journal_ends && state_reg == PAYLOAD;",
        "journal_ends;",
        "path_receive",
    ),
    Bug(
        "later-reason-replaces-the-first",
        "group_information.v",
        "if (set_state && !(new_state == `ML_GROUP_ABNORMAL && group_state == `ML_GROUP_ABNORMAL))",
        "if (set_state)",
        "shared_memory",
    ),
    Bug(
        "gone-reported-as-told-by-the-partner",
        "journal_read_command.v",
        "`ML_REASON_TOLD_BY_PARTNER : `ML_REASON_GONE;",
        "`ML_REASON_TOLD_BY_PARTNER : `ML_REASON_TOLD_BY_PARTNER;",
        "journal_read_command",
    ),
)
