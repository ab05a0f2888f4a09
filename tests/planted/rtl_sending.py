"""Bugs of packets with journals: what is read for them, and how they are sent."""

from tests.planted.bug import Bug, Unit

PACKETS = "test_each_command_is_answered_with_the_packet_of_the_model"
COMMANDS = "journal_send_commands_unit"
GROUPS = "test_steps_for_reads_and_failures_name_the_group_of_their_command"
LARGEST = "test_a_packet_holds_64_kib_at_most_whatever_the_command_asks_for"
DAMAGE = "test_a_journal_that_changed_on_its_device_is_not_sent"
HANGS = "test_a_device_that_hangs_holds_up_packets_of_its_groups_only"
FAILURES = "test_a_device_that_fails_ends_in_a_posted_state_or_a_packet_with_wrong_crcs"

SENDING_BUGS: tuple[Bug, ...] = (
    Bug(
        id="trailer-made-from-what-the-device-returned",
        file="rtl/path/journal_checksums.v",
        find="(journal_ends && !said);",
        replace="journal_ends;",
        found_by=Unit("journal_send_unit", test=DAMAGE),
    ),
    Bug(
        id="data-not-compared-when-it-is-sent",
        file="rtl/path/journal_checksums.v",
        find="assign journal_damaged = ended_reg && differs_reg != 16'd0;",
        replace="assign journal_damaged = 1'b0;",
        found_by=Unit("journal_send_unit", test=DAMAGE),
    ),
    Bug(
        id="trailer-does-not-wait-for-the-step",
        file="rtl/path/path_transmit.v",
        find="checksums_complete ? !packet_hold : ",
        replace="checksums_complete ? 1'b1 : ",
        found_by=Unit("journal_send_unit", test=DAMAGE),
    ),
    Bug(
        id="update-information-of-another-journal-sent",
        file="rtl/original/entry_batches.v",
        find="wire right_number   = !begins || beat_data[63:0] == number;",
        replace="wire right_number   = 1'b1;",
        found_by=Unit("journal_send_unit", test=DAMAGE),
    ),
    Bug(
        id="damage-forgotten-by-the-next-update-information",
        file="rtl/original/entry_batches.v",
        find="(!first_reg && damages[group_reg]) || (ends_reg && ",
        replace="(!ends_reg && damages[group_reg]) || (ends_reg && ",
        found_by=Unit("journal_send_unit", test=DAMAGE),
    ),
    Bug(
        id="size-of-initial-copy-freed",
        file="rtl/original/entry_batches.v",
        find="written_reg ? area_now + size_reg : area_now",
        replace="area_now + size_reg",
        found_by=Unit("journal_send_unit", test=PACKETS),
    ),
    Bug(
        id="batch-not-cut-by-bytes",
        file="rtl/original/entry_batches.v",
        find="(!full_now && bytes_next <= {1'b0, limits[group_reg]});",
        replace="!full_now;",
        found_by=Unit("journal_send_unit", test=PACKETS),
    ),
    Bug(
        id="data-that-goes-round-the-end-read-on-behind-it",
        file="rtl/original/piece_requester.v",
        find="rest_reg ? data_head_reg : position_reg, ",
        replace="rest_reg ? area_end_reg : position_reg, ",
        found_by=Unit("journal_send_unit", test=PACKETS),
    ),
    Bug(
        id="packet-with-data-not-read-looks-whole",
        file="rtl/path/path_transmit.v",
        find=".poison(packet_poison),",
        replace=".poison(1'b0),",
        found_by=Unit("journal_send_unit", test=FAILURES),
    ),
    Bug(
        id="read-for-the-group-of-the-next-read",
        file="rtl/original/piece_requester.v",
        find="request[`CR_GROUP]    = {{16-GROUP_WIDTH{1'b0}}, group_reg};",
        replace="request[`CR_GROUP]    = {{16-GROUP_WIDTH{1'b0}}, chosen_group};",
        found_by=Unit("journal_send_unit", test=GROUPS, tests=COMMANDS),
    ),
    Bug(
        id="read-for-the-packet-of-the-command-in-flight",
        file="rtl/original/journal_send.v",
        find=".lookup_group(read_group), .lookup_buffer(read_buffer)",
        replace=".lookup_group(command_group), .lookup_buffer(read_buffer)",
        found_by=Unit("journal_send_unit", test=GROUPS, tests=COMMANDS),
    ),
    Bug(
        id="packet-kept-with-the-group-of-the-partner",
        file="rtl/original/send_packets.v",
        find="packets[buffer] <= {group, known_type",
        replace="packets[buffer] <= {known_group[GROUP_WIDTH-1:0], known_type",
        found_by=Unit("journal_send_unit", test=GROUPS, tests=COMMANDS),
    ),
    Bug(
        id="failure-of-the-group-of-the-partner",
        file="rtl/original/send_packets.v",
        find="report_packet[PACKET_WIDTH-GROUP_WIDTH +: GROUP_WIDTH]};",
        replace="report_packet[PACKET_WIDTH-GROUP_WIDTH-48 +: GROUP_WIDTH]};",
        found_by=Unit("journal_send_unit", test=GROUPS, tests=COMMANDS),
    ),
    Bug(
        id="packet-that-is-not-whole-stops-the-next-groups",
        file="rtl/original/packet_buffers.v",
        find="        scan_reg     <= (scan_reg == LAST_GROUP)",
        replace="        if (takes_whole || !asked[scan_reg])\n            scan_reg <= (scan_reg == LAST_GROUP)",
        found_by=Unit("journal_send_unit", test=HANGS, tests=COMMANDS),
    ),
    Bug(
        id="command-waits-for-the-update-information-of-another-group",
        file="rtl/original/journal_fetch.v",
        find="buffer_may_take & ~in_flight_reg);",
        replace="buffer_may_take & {GROUPS{in_flight_reg == 0}});",
        found_by=Unit("journal_send_unit", test=HANGS, tests=COMMANDS),
    ),
    Bug(
        id="group-whose-device-hangs-takes-all-buffers-and-reads",
        file="rtl/library/group_slots.v",
        find="none[n] ? any_left : any_more && slots_reg < SHARE[SLOT_WIDTH:0];",
        replace="any_left;",
        found_by=Unit("journal_send_unit", test=HANGS, tests=COMMANDS),
    ),
    Bug(
        id="device-that-hangs-has-its-turn",
        file="rtl/device/device_read.v",
        find="assign next_valid          = response_valid && m_axi_rvalid;",
        replace="assign next_valid          = response_valid;",
        found_by=Unit("journal_send_unit", test=HANGS, tests=COMMANDS),
    ),
    Bug(
        id="packet-begins-before-all-of-it-is-read",
        file="rtl/original/packet_buffers.v",
        find="asked[scan_reg] && complete[scan_buffer];",
        replace="asked[scan_reg];",
        found_by=Unit("journal_send_unit", test=HANGS, tests=COMMANDS),
    ),
    Bug(
        id="more-bytes-than-a-packet-holds",
        file="rtl/original/journal_fetch.v",
        find="(limit_reg < MOST_BYTES) ? limit_reg : MOST_BYTES;",
        replace="limit_reg;",
        found_by=Unit("journal_send_unit", test=LARGEST, tests=COMMANDS),
    ),
    Bug(
        id="full-queue-of-a-group-stops-commands-of-all",
        file="rtl/original/command_queues.v",
        find="assign in_ready = !full[in_group] && ",
        replace="assign in_ready = full == 0 && ",
        found_by=Unit("path_port"),
    ),
    Bug(
        id="beats-of-two-devices-in-one-cycle",
        file="rtl/original/device_turns.v",
        find="assign waits = ~turn_reg;",
        replace="assign waits = {DEVICES{1'b0}};",
        found_by=Unit("journal_send_unit", test=PACKETS),
    ),
    Bug(
        id="failed-read-of-a-device-taken-for-good",
        file="rtl/original/send_beats.v",
        find="failed_next = failed_next || (sends[d] && device_failed[d]);",
        replace="failed_next = 1'b0;",
        found_by=Unit("journal_send_unit", test=FAILURES),
    ),
    Bug(
        id="in-place-read-passes-a-write-before-it",
        file="rtl/original/send_read.v",
        find="busy_reg[n] && !asked_reg[n] && waits_for_reg == 0;",
        replace="busy_reg[n] && !asked_reg[n];",
        found_by=Unit("send_read"),
    ),
    Bug(
        id="write-passes-an-in-place-read-before-it",
        file="rtl/original/send_read.v",
        find="volume_reg == own_volume && apart <= 2;",
        replace="volume_reg == own_volume && apart <= 1;",
        found_by=Unit("send_read"),
    ),
    Bug(
        id="read-ends-before-its-failure-is-reported",
        file="rtl/original/send_read.v",
        find="wire arrives = read_done && !(read_failed || failed_reg[beat_slot]);",
        replace="wire arrives = read_done;",
        found_by=Unit("send_read"),
    ),
    Bug(
        id="data-is-read-for-a-discard",
        file="rtl/original/entry_batches.v",
        find="(has_names && kind == `UI_KIND_DISCARD) ? {SIZE_WIDTH{1'b0}} : size",
        replace="size",
        found_by=Unit("journal_send_unit"),
    ),
    Bug(
        id="groups-behind-that-of-the-last-read-passed-over",
        file="rtl/original/piece_requester.v",
        find="later_reg <= ~((chosen - 1'b1) | chosen);",
        replace="later_reg <= ~((chosen + 1'b1) | chosen);",
        found_by=Unit("piece_requester"),
    ),
    Bug(
        id="next-group-not-known-when-a-read-is-granted",
        file="rtl/original/piece_requester.v",
        find="follows_reg         <= waiting != 0;",
        replace="follows_reg         <= waiting == 0;",
        found_by=Unit("piece_requester"),
    ),
)
