"""Bugs that runs of one system in lock-step with the model find."""

from typing import Any

from mirrorlog.tables.shared_memory import FullPolicy
from tb.scenarios.one_system import KIBIBYTE, layout
from tests.planted.bug import Bug, LockStep, Unit

# Both rings wrap within a few commands; full ones say so at once
SMALL: dict[str, Any] = {"tables": layout(16, 20 * KIBIBYTE, FullPolicy.ERROR)}
# Only the update information area gets full
FEW_ENTRIES: dict[str, Any] = {"tables": layout(8, 64 * KIBIBYTE, FullPolicy.ERROR)}

STALLING: dict[str, Any] = {"tables": layout(8, 96 * KIBIBYTE, FullPolicy.STALL, watch_time=1 << 31)}

ONE_SYSTEM_BUGS: tuple[Bug, ...] = (
    Bug(
        id="information-full-test-one-entry-late",
        file="rtl/tables/journal_ring.v",
        find="assign information_room = entry <= information_unused;",
        replace="assign information_room = information_used <= information_area;",
        found_by=LockStep("FullJournal", "creation", FEW_ENTRIES),
    ),
    Bug(
        id="stalled-write-not-woken-by-its-volume",
        file="rtl/commit/commit_gather.v",
        find="ring_frees || group_fails || pair_fails || volume_fails || journal_volume_fails;",
        replace="ring_frees || group_fails;",
        found_by=LockStep("VolumeFailsBeforeAStalledWrite", "still waits for room", STALLING),
    ),
    Bug(
        id="data-full-test-allows-equal",
        file="rtl/tables/journal_ring.v",
        find="assign data_room        = asked < data_unused;",
        replace="assign data_room        = asked <= data_unused;",
        found_by=LockStep("FillExactly", "creation", {"tables": layout(64, 8 * KIBIBYTE, FullPolicy.ERROR)}),
    ),
    Bug(
        id="information-empty-taken-for-full",
        file="rtl/tables/journal_ring.v",
        find="assign information_room = entry <= information_unused;",
        replace="assign information_room = information_newest != information_oldest;",
        found_by=LockStep("WorkingStates", "creation"),
    ),
    Bug(
        id="data-empty-taken-for-full",
        file="rtl/tables/journal_ring.v",
        find="assign data_room        = asked < data_unused;",
        replace="assign data_room        = asked < data_unused && data_newest != data_oldest;",
        found_by=LockStep("WorkingStates", "creation"),
    ),
    Bug(
        id="information-newest-not-wrapped",
        file="rtl/tables/journal_ring.v",
        find="new_information_newest = information_to;",
        replace="new_information_newest = information_newest + entries_step;",
        found_by=LockStep("FullJournal", "update_information_newest", FEW_ENTRIES),
    ),
    Bug(
        id="information-commit-not-wrapped",
        file="rtl/tables/journal_ring.v",
        find="new_information_commit = information_to;",
        replace="new_information_commit = information_commit + entries_step;",
        found_by=LockStep("FullJournal", "update_information_commit", FEW_ENTRIES),
    ),
    Bug(
        id="data-newest-not-wrapped",
        file="rtl/tables/journal_ring.v",
        find="new_data_newest        = data_to;",
        replace="new_data_newest        = data_newest + bytes_step;",
        found_by=LockStep("RandomTraffic", "write_data_newest", SMALL),
    ),
    Bug(
        id="data-commit-not-wrapped",
        file="rtl/tables/journal_ring.v",
        find="new_data_commit        = data_to;",
        replace="new_data_commit        = data_commit + bytes_step;",
        found_by=LockStep("RandomTraffic", "write_data_commit", SMALL),
    ),
    Bug(
        id="copy-complete-address-itself-taken-for-copied",
        file="rtl/processes/journal_creation.v",
        find="position[POSITION_WIDTH-1:9] >= copy_complete_address[POSITION_WIDTH-1:9]",
        replace="position[POSITION_WIDTH-1:9] > copy_complete_address[POSITION_WIDTH-1:9]",
        found_by=LockStep("WorkingStates", "creation"),
    ),
    Bug(
        id="update-number-not-advanced",
        file="rtl/tables/group_information.v",
        find="update_number + {63'd0, take_number};",
        replace="update_number;",
        found_by=LockStep("WorkingStates", "update_number"),
    ),
    Bug(
        id="write-data-not-split-at-the-end-of-its-area",
        file="rtl/commit/commit_output.v",
        find="({{W-32{1'b0}}, bytes} < before_end) ? bytes : before_end[31:0]",
        replace="bytes",
        found_by=LockStep("RandomTraffic", "journal", SMALL),
    ),
    Bug(
        id="split-goes-on-behind-the-area",
        file="rtl/device/device_write_jobs.v",
        find="rest ? j_head : j_data,",
        replace="rest ? j_data + {{BLOCK_BITS-SIZE_BITS{1'b0}}, j_before_end} : j_data,",
        found_by=LockStep("RandomTraffic", "journal", SMALL),
    ),
    Bug(
        id="committed-at-creation",
        file="rtl/commit/commit_gather.v",
        find="(commits && !of_received) || received_commits;",
        replace="creates || received_commits;",
        found_by=LockStep("WorkingStates", "update_information_commit"),
    ),
    Bug(
        id="update-information-with-wrong-data-offset",
        file="rtl/processes/created_information.v",
        find="information_reg[`UI_DATA_OFFSET]      <= data_offset;",
        replace="information_reg[`UI_DATA_OFFSET]      <= data_offset + size;",
        found_by=LockStep("WorkingStates", "info_crc"),
    ),
    Bug(
        id="update-information-with-wrong-time",
        file="rtl/processes/created_information.v",
        find="information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time;",
        replace="information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time + 64'd4;",
        found_by=LockStep("WorkingStates", "info_crc"),
    ),
    Bug(
        id="one-bit-of-write-data-to-the-device",
        file="rtl/device/device_write.v",
        find="zeros_reg ? {DATA_WIDTH{1'b0}} : cache_data;",
        replace="zeros_reg ? {DATA_WIDTH{1'b0}} : cache_data ^ {{DATA_WIDTH-1{1'b0}}, wlast_reg};",
        found_by=LockStep("WorkingStates", "write"),
    ),
    Bug(
        id="one-bit-of-write-data-into-cache",
        file="rtl/host/host_adapter.v",
        find="packet_zeros ? {DATA_WIDTH{1'b0}} : s_axis_write_tdata;",
        replace="packet_zeros ? {DATA_WIDTH{1'b0}} : s_axis_write_tdata ^ {{DATA_WIDTH-1{1'b0}}, s_axis_write_tlast};",
        found_by=LockStep("WorkingStates", "data"),
    ),
    Bug(
        id="position-misread-and-reported-as-misread",
        file="rtl/host/host_adapter.v",
        find="s_host_command_volume, s_host_command_position,",
        replace="s_host_command_volume, {s_host_command_position[63:10], 10'd0},",
        found_by=LockStep("WorkingStates", "position"),
    ),
    Bug(
        id="volume-misread-and-reported-as-misread",
        file="rtl/host/host_adapter.v",
        find="s_host_command_tag, s_host_command_volume,",
        replace="s_host_command_tag, s_host_command_volume & 16'hFFFE,",
        found_by=LockStep("WorkingStates", "volume"),
    ),
    Bug(
        id="flush-answered-too-early",
        file="rtl/host/host_flush.v",
        find="waits_for_reg <= waits_for_reg & ~done_mask;",
        replace="waits_for_reg <= {CACHE_SLOTS{1'b0}};",
        found_by=LockStep("Overlaps", "no answer before write"),
    ),
    Bug(
        id="device-error-not-seen",
        file="rtl/device/device_write.v",
        find="wire failed   = failed_reg || m_axi_bresp[1];",
        replace="wire failed   = failed_reg;",
        found_by=LockStep("VolumeWriteError", "expected"),
    ),
    Bug(
        id="policy-of-no-room-ignored",
        file="rtl/processes/journal_creation.v",
        find="assign refuses      = no_room && full_policy == `ML_POLICY_ERROR;",
        replace="assign refuses      = 1'b0;",
        found_by=LockStep("FullJournal", "outcome", FEW_ENTRIES),
    ),
    Bug(
        id="range-check-one-block-late",
        file="rtl/processes/command_reception.v",
        find="range_end[POSITION_WIDTH-1:9] > volume_capacity[POSITION_WIDTH-1:9];",
        replace="range_end[POSITION_WIDTH-1:9] > volume_capacity[POSITION_WIDTH-1:9] + 1'b1;",
        found_by=LockStep("RefusedCommands", "outcome"),
    ),
    Bug(
        id="flush-answered-when-it-is-taken",
        file="rtl/commit/commit_gather.v",
        find="!flush_taken && !(written && request[`CR_FUA])) || is_flush",
        replace="!(written && request[`CR_FUA]))",
        found_by=LockStep("Overlaps", "host_response.cycle"),
    ),
    Bug(
        id="overlapping-write-does-not-wait",
        file="rtl/host/cache_directory.v",
        find="waits_for_writes_reg <= overlapping;",
        replace="waits_for_writes_reg <= 0;",
        found_by=LockStep("Overlaps", "write overlaps a write"),
    ),
    Bug(
        id="refused-write-keeps-its-cache-slot",
        file="rtl/host/cache_directory.v",
        find="busy_reg & ~refusing & ~leaving",
        replace="busy_reg & ~leaving",
        found_by=LockStep("RefusedCommands", "nothing has happened"),
    ),
    Bug(
        id="failed-write-of-a-volume-without-pair-fails-a-pair",
        file="rtl/commit/host_steps.v",
        find="is_volume && failed && of_host && !journaled && pair_valid;",
        replace="is_volume && failed && of_host && !journaled;",
        found_by=LockStep("VolumeWriteError", "reference"),
    ),
    Bug(
        id="error-before-a-read's-last-beat-forgotten",
        file="rtl/device/device_read.v",
        find="failed_reg || m_axi_rresp[1]",
        replace="m_axi_rresp[1]",
        found_by=LockStep("VolumeReadError", "DEVICE_ERROR"),
    ),
    Bug(
        id="cache-slot-not-kept-for-the-read-that-needs-it",
        file="rtl/host/host_read.v",
        find="writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}}",
        replace="{CACHE_SLOTS{1'b0}}",
        found_by=LockStep("Hazards", "read_data"),
    ),
    Bug(
        id="cache-slot-kept-only-until-the-read-begins-to-leave",
        file="rtl/host/host_read.v",
        find="writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}}",
        replace="writes_reg[n] & {CACHE_SLOTS{busy_reg[n] && send != n}}",
        found_by=LockStep("Hazards", "read_data"),
    ),
    Bug(
        id="cache-slot-leaves-while-a-read-needs-it",
        file="rtl/host/cache_directory.v",
        find=" & ~needed_by_reads;",
        replace=";",
        found_by=LockStep("Hazards", "read_data"),
    ),
    Bug(
        id="failed-journal-ends-its-group-only-if-the-journal-volume-was-normal",
        file="rtl/commit/host_steps.v",
        find="assign journal_fails = is_journal && failed;",
        replace="assign journal_fails = is_journal && failed && journal_volume_normal;",
        found_by=LockStep("JournalFailsBehindItsVolume", "group_state"),
    ),
    Bug(
        id="slot-behind-one-in-use-not-given",
        file="rtl/library/free_slot.v",
        find="free  = ~busy;",
        replace="free  = ~busy & ~(busy << 1);",
        found_by=LockStep("StoppedNeighbours", "waited for did not come"),
    ),
    Bug(
        id="age-of-writes-forgotten",
        file="rtl/host/cache_directory.v",
        find="newer_reg | entering;",
        replace="newer_reg & ~entering;",
        found_by=LockStep("Overlaps", "read_data"),
    ),
    Bug(
        id="answer-with-the-tag-of-the-next-read",
        file="rtl/host/read_send.v",
        find="sent_tag_reg        <= send_tag;",
        replace="sent_tag_reg        <= tag;",
        found_by=LockStep("StoppedNeighbours", ""),
    ),
    Bug(
        id="cycles-of-records-counted-in-fours",
        file="rtl/commit/commit_output.v",
        find="cycle_reg                <= cycle;",
        replace="cycle_reg                <= cycle & ~48'd3;",
        found_by=LockStep("StoppedNeighbours", "cycle"),
    ),
    Bug(
        id="records-carry-a-later-cycle",
        file="rtl/commit/commit_output.v",
        find="cycle_reg                <= cycle;",
        replace="cycle_reg                <= cycle + 48'd16;",
        found_by=LockStep("StoppedNeighbours", "cycle"),
    ),
    Bug(
        id="records-carry-an-earlier-cycle",
        file="rtl/commit/commit_output.v",
        find="cycle_reg                <= cycle;",
        replace="cycle_reg                <= cycle - 48'd16;",
        found_by=LockStep("StoppedNeighbours", "cycle"),
    ),
)

# In a system that only creates journals nothing frees them: the oldest pointers are the unit test's
OLDEST_BUGS: tuple[Bug, ...] = (
    Bug(
        id="information-oldest",
        file="rtl/tables/journal_ring.v",
        find="new_information_oldest = information_to;",
        replace="new_information_oldest = information_oldest + entries_step;",
        found_by=Unit("journal_ring"),
    ),
    Bug(
        id="data-oldest",
        file="rtl/tables/journal_ring.v",
        find="new_data_oldest        = data_to;",
        replace="new_data_oldest        = data_oldest + bytes_step;",
        found_by=Unit("journal_ring"),
    ),
)
