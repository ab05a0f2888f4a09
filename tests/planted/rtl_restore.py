"""Bugs of restore at the secondary system."""

from tb.scenarios.two_systems import layout
from tests.planted.bug import Bug, TwoSystems, Unit

RESUMED = "restore_pipe_resumed_unit"
HANGS = "test_a_device_that_hangs_holds_up_only_the_groups_that_need_it"

RESTORE_BUGS: tuple[Bug, ...] = (
    Bug(
        id="freed-behind-a-failed-write",
        file="rtl/secondary/restore_slots.v",
        find="assign skips_free  = ends && (dropped_reg[free_slot] || failed_reg[free_slot] || halted);",
        replace="assign skips_free  = ends && dropped_reg[free_slot];",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="overlapping-restore-does-not-wait",
        file="rtl/secondary/restore_overlaps.v",
        find="overlaps = volume_of",
        replace="overlaps = 1'b0 && volume_of",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="restore-reads-past-commit",
        file="rtl/processes/restore.v",
        find="assign count       = (committed < {59'd0, limit}) ? committed[4:0] : limit;",
        replace="assign count       = limit;",
        found_by=TwoSystems("Copied", layout()),
    ),
    Bug(
        id="end-marker-ignored",
        file="rtl/processes/restore.v",
        find="wire copied = free && is_marker;",
        replace="wire copied = 1'b0;",
        found_by=TwoSystems("Copied", layout()),
    ),
    Bug(
        id="restore-across-the-end",
        file="rtl/processes/restore.v",
        find="(to_end < MOST_ENTRIES) ? to_end[4:0] : MOST_ENTRIES[4:0];",
        replace="MOST_ENTRIES[4:0];",
        found_by=Unit("restore"),
    ),
    Bug(
        id="write-of-restore-waits-for-none-of-those-before-the-last",
        file="rtl/secondary/restore_overlaps.v",
        find="(waits_reg | ((overlaps",
        replace="(((overlaps",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        # it says nothing of a journal volume that has become abnormal, and waits for a commit that does not come
        id="no-scan-behind-a-failed-read",
        file="rtl/secondary/restore_scan.v",
        find="    if (drops)\n        attention_reg[write_index] <= 1'b1;\n",
        replace="",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="found-journals-kept-behind-a-refused-write",
        file="rtl/secondary/restore_scan.v",
        find="        found[write_index] <= 6'd0;\n        if ((asked",
        replace="        if ((asked",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="scan-goes-on-from-what-was-dropped",
        file="rtl/secondary/restore_scan.v",
        find="        if ((asked_reg || request_taken) && turn_reg == write_index)\n"
        "            cancelled_reg <= 1'b1;\n",
        replace="",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="scan-granted-at-a-new-start-not-cancelled",
        file="rtl/secondary/restore_scan.v",
        find="(asked_reg || request_taken) && turn_reg == g",
        replace="asked_reg && turn_reg == g",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="cancelled-scan-not-repeated",
        file="rtl/secondary/restore_scan.v",
        find="<= finds || scan_cancelled;",
        replace="<= finds;",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="writes-in-flight-dropped-with-what-was-found",
        file="rtl/secondary/restore_slots.v",
        find="write_turn && !written_reg[each])",
        replace="write_turn)",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="journal-that-enters-as-its-group-is-dropped-stays",
        file="rtl/secondary/restore_slots.v",
        find="(drops && entering_group == write_turn) || (clear",
        replace="(clear",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="buffer-not-dropped-with-its-group",
        file="rtl/secondary/restore_pipe.v",
        find="(drops ? ONE_GROUP << write_index : {GROUPS{1'b0}})",
        replace="{GROUPS{1'b0}}",
        found_by=Unit("restore_pipe", tests=RESUMED),
    ),
    Bug(
        id="reads-wait-for-another-groups-journals",
        file="rtl/secondary/restore_entries.v",
        find="if (releases || (state_reg == PICK && !may_go[turn_reg]))",
        replace="if (releases)",
        found_by=Unit("restore_pipe", test=HANGS),
    ),
    Bug(
        id="write-waits-for-another-groups-data",
        file="rtl/secondary/restore_slots.v",
        find="    .write_goes_on(step_write || (!write_asked_reg && (!read || skips_write))),",
        replace="    .write_goes_on(step_write),",
        found_by=Unit("restore_pipe", test=HANGS),
    ),
    Bug(
        id="group-frees-nothing-after-a-new-start",
        file="rtl/secondary/restore_slots.v",
        find="    if (clear)\n        halted_reg[clear_group[GROUP_WIDTH-1:0]] <= 1'b0;\n",
        replace="",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="failed-first-part-forgotten",
        file="rtl/secondary/restore_slots.v",
        find="failed_reg[read_slot_reg] || read_failed_reg",
        replace="read_failed_reg",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="damaged-update-information-restored",
        file="rtl/secondary/restore_entries.v",
        find="damaged_reg <= !(right && known && fits);",
        replace="damaged_reg <= 1'b0;",
        found_by=Unit("restore_pipe", test="test_a_failed_read_or_write_keeps_the_journal_and_other_groups_go_on"),
    ),
    Bug(
        id="damaged-data-restored",
        file="rtl/secondary/restore_slots.v",
        find="wire damaged = read_crc_reg != data_crc_reg;",
        replace="wire damaged = 1'b0;",
        found_by=Unit("restore_pipe", test="test_a_failed_read_or_write_keeps_the_journal_and_other_groups_go_on"),
    ),
    Bug(
        id="crc-of-the-last-beat-alone",
        file="rtl/secondary/data_check.v",
        find="wire [31:0]                state = fresh ?",
        replace="wire [31:0]                state = (fresh || checked) ?",
        found_by=Unit("restore_pipe", test="test_journals_are_written_in_order_and_freed_in_order"),
    ),
    Bug(
        id="crc-goes-on-from-the-slots-last-journal",
        file="rtl/secondary/data_check.v",
        find="(begins ? ONE << begins_slot :",
        replace="(1'b0 ? ONE << begins_slot :",
        found_by=Unit("restore_pipe", test="test_journals_are_written_in_order_and_freed_in_order"),
    ),
    Bug(
        id="info-crc-not-compared",
        file="rtl/secondary/restore_entries.v",
        find="wire right = rights[{current, index}] && ",
        replace="wire right = ",
        found_by=Unit("restore_pipe", test="test_a_failed_read_or_write_keeps_the_journal_and_other_groups_go_on"),
    ),
    Bug(
        id="damaged-journal-does-not-fail-its-group",
        file="rtl/processes/restore.v",
        find="|| (journal_volume_fails && damaged);",
        replace=";",
        found_by=Unit("restore"),
    ),
    Bug(
        id="data-is-read-for-a-discard",
        file="rtl/secondary/restore_pipe.v",
        find="(entry[`UI_KIND] == `UI_KIND_DISCARD) ? 32'd0 : whole_size",
        replace="whole_size",
        found_by=Unit("restore_pipe"),
    ),
    Bug(
        id="discard-is-damage",
        file="rtl/secondary/restore_entries.v",
        find="wire known = kind <= `UI_KIND_DISCARD",
        replace="wire known = kind <= `UI_KIND_END_OF_INITIAL_COPY",
        found_by=Unit("restore_pipe"),
    ),
)
