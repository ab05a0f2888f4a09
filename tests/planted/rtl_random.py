"""Bugs of kinds that only chance finds."""

from tests.planted.bug import Bug, RandomRuns

COUNTERS, NEIGHBOURS, PARAMETERS, ROOM, UPPER_BITS = "counters", "neighbours", "parameters", "room", "upper bits"

RANDOM_BUGS: tuple[Bug, ...] = (
    Bug(
        id="age-of-a-command-not-taken-as-a-difference",
        file="rtl/processes/command_times.v",
        find="over  = past >= {1'b0, time_limit_reg};",
        replace="over  = cycle[32:0] >= since_reg + {1'b0, time_limit_reg};",
        found_by=RandomRuns(COUNTERS),
    ),
    Bug(
        id="tag-without-carry-at-16-bits",
        file="rtl/processes/journal_read_command.v",
        find="assign tag_value = (&tag) ? 32'd1 : tag + 32'd1;",
        replace="assign tag_value = {tag[31:16], tag[15:0] + 16'd1};",
        found_by=RandomRuns(COUNTERS),
    ),
    Bug(
        id="update-number-without-carry-at-32-bits",
        file="rtl/tables/group_information.v",
        find="latest_update_number + {63'd0, take_number};",
        replace="{latest_update_number[63:32], latest_update_number[31:0] + {31'd0, take_number}};",
        found_by=RandomRuns(COUNTERS),
    ),
    Bug(
        id="restore-scans-only-with-room-for-every-group",
        file="rtl/secondary/restore_scan.v",
        find="wire [GROUPS-1:0] possible = due & room;",
        replace="wire [GROUPS-1:0] possible = due & {GROUPS{&room}};",
        found_by=RandomRuns(NEIGHBOURS),
    ),
    Bug(
        id="no-step-while-the-host-takes-no-response",
        file="rtl/storage_system.v",
        find=".others_idle(data_idle && replication_idle),\n    .information_room(information_room),",
        replace=".others_idle(data_idle && replication_idle),\n"
        "    .information_room(m_host_response_ready || !m_host_response_valid),",
        found_by=RandomRuns(NEIGHBOURS),
    ),
    Bug(
        id="no-room-kept-for-answers",
        file="rtl/host/host_answers.v",
        find="assign room       = !commands_reg[$clog2(DEPTH)];",
        replace="assign room       = 1'b1;",
        found_by=RandomRuns(NEIGHBOURS),
    ),
    Bug(
        id="slots-not-left-to-groups-that-have-none",
        file="rtl/library/group_slots.v",
        find="assign may[n]     = none[n] ? any_left : any_more && slots_reg < SHARE[SLOT_WIDTH:0];",
        replace="assign may[n]     = any_left;",
        found_by=RandomRuns(NEIGHBOURS),
    ),
    Bug(
        id="commands-wait-for-the-journal-device-of-another-group",
        file="rtl/original/journal_fetch.v",
        find="(command_valid & buffer_may_take & ~in_flight_reg);",
        replace="(command_valid & buffer_may_take & {GROUPS{in_flight_reg == 0}});",
        found_by=RandomRuns(NEIGHBOURS),
    ),
    Bug(
        id="command-slots-with-two-bits-of-a-slot",
        file="rtl/processes/command_slots.v",
        find="step_slot = claims_answer ? found_slot : slot;",
        replace="step_slot = (claims_answer ? found_slot : slot) & ~((1 << SLOT_WIDTH) - 4);",
        found_by=RandomRuns(PARAMETERS),
    ),
    Bug(
        id="read-slots-with-one-bit-of-a-slot",
        file="rtl/device/device_side.v",
        find="read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH];",
        replace="read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH] & 1'b1;",
        found_by=RandomRuns(PARAMETERS),
    ),
    Bug(
        id="address-of-volume-writes-cut-to-32-bits",
        file="rtl/commit/commit_gather.v",
        find="assign volume_address    = step_address;",
        replace="assign volume_address    = step_address & 48'hFFFFFFFF;",
        found_by=RandomRuns(UPPER_BITS),
    ),
    Bug(
        id="address-of-journals-cut-to-40-bits",
        file="rtl/commit/commit_output.v",
        find="data_address_reg         <= journal_volume_offset + data_place;",
        replace="data_address_reg         <= (journal_volume_offset + data_place) & 48'hFFFFFFFFFF;",
        found_by=RandomRuns(UPPER_BITS),
    ),
    Bug(
        id="freed-bytes-counted-in-32-bits",
        file="rtl/processes/journal_read_reception.v",
        find="frees_numbers ? command_bytes :",
        replace="frees_numbers ? {32'd0, command_bytes[31:0]} :",
        found_by=RandomRuns(UPPER_BITS),
    ),
    Bug(
        id="tag-of-commands-cut-to-16-bits",
        file="rtl/processes/journal_read_command.v",
        find="packet_tag          <= send_tag;",
        replace="packet_tag          <= {16'd0, send_tag[15:0]};",
        found_by=RandomRuns(UPPER_BITS),
    ),
    Bug(
        id="generation-of-commands-cut-to-16-bits",
        file="rtl/processes/journal_read_command.v",
        find="packet_generation   <= generation;",
        replace="packet_generation   <= {16'd0, generation[15:0]};",
        found_by=RandomRuns(UPPER_BITS),
    ),
    Bug(
        id="group-always-calm",
        file="rtl/commit/commit_hazards.v",
        find="of_room_reg && group_valid && !calm_reg[group_index];",
        replace="1'b0;",
        found_by=RandomRuns(ROOM),
    ),
)
