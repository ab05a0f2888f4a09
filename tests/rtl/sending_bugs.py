"""Bugs of the original system's side of replication: one substitution each, and the unit test that finds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendingBug:
    """`text`, exactly once in file `name`, becomes `bug`; the unit test of module `unit` must then fail: all its tests
    together, or `test`. `tests`: the module of the unit's tests, `<unit>` with one `_unit` if it is empty.
    """

    title: str
    name: str
    text: str
    bug: str
    unit: str
    test: str = ""
    tests: str = ""


PACKETS = "test_each_command_is_answered_with_the_packet_of_the_model"
COMMANDS = "journal_send_commands_unit"
GROUPS = "test_steps_for_reads_and_failures_name_the_group_of_their_command"
LARGEST = "test_a_packet_holds_64_kib_at_most_whatever_the_command_asks_for"
FAILURES = "test_a_device_that_fails_ends_in_a_posted_state_or_a_packet_with_wrong_crcs"

SENDING_BUGS = (
    SendingBug(
        "one-entry-freed-early",
        "journal_read_reception.v",
        "frees ? freed_before + 64'd1 : 64'd0;",
        "frees ? freed_before + 64'd2 : 64'd0;",
        "journal_read_reception",
    ),
    SendingBug(
        "retry-resends-only-the-last-journal",
        "journal_read_reception.v",
        "wire [63:0] last_entries      = {57'd0, batch};",
        "wire [63:0] last_entries      = (batch != 7'd0) ? 64'd1 : 64'd0;",
        "journal_read_reception",
    ),
    SendingBug(
        "retry-pointer-stays-on-no-journal",
        "journal_read_reception.v",
        "assign ring_send        = numbers_send || plain_sends || plain_empty;",
        "assign ring_send        = numbers_send || plain_sends;",
        "journal_read_reception",
    ),
    SendingBug(
        "repeated-plain-command-frees",
        "journal_read_reception.v",
        "wire repeats = command_tag == tag || (retry && batch != 7'd0);",
        "wire repeats = retry && batch != 7'd0;",
        "journal_read_reception",
    ),
    SendingBug(
        "generation-of-a-command-not-checked",
        "journal_read_reception.v",
        "activity[STARTED] && command_generation == generation;",
        "activity[STARTED];",
        "journal_read_reception",
    ),
    SendingBug(
        "journals-sent-again-move-the-pointers",
        "journal_read_reception.v",
        "wire numbers_send = sends_any && by_number && read_ahead + {57'd0, read_journals} > sent_entries;",
        "wire numbers_send = sends_any && by_number;",
        "journal_read_reception",
    ),
    SendingBug(
        "size-of-initial-copy-freed",
        "entry_buffer.v",
        "            if (host_write)\n",
        "            if (added != 32'd0)\n",
        "journal_send_unit",
        PACKETS,
    ),
    SendingBug(
        "batch-not-cut-by-bytes",
        "entry_buffer.v",
        "(!full_reg && bytes_next <= limit_reg);",
        "!full_reg;",
        "journal_send_unit",
        PACKETS,
    ),
    SendingBug(
        "data-that-goes-round-the-end-read-on-behind-it",
        "journal_send.v",
        "rest_reg ? data_head_reg[read_buffer_reg] : position;",
        "rest_reg ? area_end_reg[read_buffer_reg] : position;",
        "journal_send_unit",
        PACKETS,
    ),
    SendingBug(
        "packet-with-data-not-read-looks-whole",
        "path_transmit.v",
        "trailer[n*32 +: 32] ^ {32{poison}};",
        "trailer[n*32 +: 32];",
        "journal_send_unit",
        FAILURES,
    ),
    SendingBug(
        "read-for-the-group-of-the-next-command",
        "journal_send.v",
        "wire [15:0]  read_group  = group_reg[read_buffer_reg];",
        "wire [15:0]  read_group  = command_group;",
        "journal_send_unit",
        GROUPS,
        COMMANDS,
    ),
    SendingBug(
        "read-for-the-group-of-the-other-buffer",
        "journal_send.v",
        "wire [15:0]  read_group  = group_reg[read_buffer_reg];",
        "wire [15:0]  read_group  = group_reg[!read_buffer_reg];",
        "journal_send_unit",
        GROUPS,
        COMMANDS,
    ),
    SendingBug(
        "read-for-the-group-of-the-partner",
        "journal_send.v",
        "group_reg[fetch_buffer_reg]          <= command_group;",
        "group_reg[fetch_buffer_reg]          <= command_source_group;",
        "journal_send_unit",
        GROUPS,
        COMMANDS,
    ),
    SendingBug(
        "failure-of-the-group-of-the-partner",
        "journal_send.v",
        ".packet_group(packet_source_group), .packet_tag(packet_tag),\n    .packet_first",
        ".packet_group(packet_group), .packet_tag(packet_tag),\n    .packet_first",
        "journal_send_unit",
        GROUPS,
        COMMANDS,
    ),
    SendingBug(
        "more-bytes-than-a-packet-holds",
        "journal_fetch.v",
        "(limit_bytes < MOST_BYTES) ? limit_bytes : MOST_BYTES;",
        "limit_bytes;",
        "journal_send_unit",
        LARGEST,
        COMMANDS,
    ),
    SendingBug(
        "in-place-read-passes-a-write-before-it",
        "send_read.v",
        "busy_reg[n] && !asked_reg[n] && waits_for_reg == 0;",
        "busy_reg[n] && !asked_reg[n];",
        "send_read_unit",
    ),
    SendingBug(
        "write-passes-an-in-place-read-before-it",
        "send_read.v",
        "&& position < end_reg\n",
        "&& position < position_reg\n",
        "send_read_unit",
    ),
    SendingBug(
        "end-marked-before-the-last-unit-is-freed",
        "initial_copy.v",
        " && last_copy_numbers[64*n +: 64] < oldest_number;",
        ";",
        "initial_copy",
    ),
    SendingBug(
        "initial-copy-takes-all-entries",
        "initial_copy.v",
        "(!marks && half_full)",
        "1'b0",
        "initial_copy",
    ),
    SendingBug(
        "write-at-the-copy-complete-address-journaled",
        "journal_creation.v",
        "&& position >= {{64-POSITION_WIDTH{1'b0}}, copy_complete_address}",
        "&& position > {{64-POSITION_WIDTH{1'b0}}, copy_complete_address}",
        "journal_creation",
    ),
    SendingBug(
        "copies-over-before-the-markers",
        "initial_copy.v",
        " && unmarked == 0;",
        ";",
        "initial_copy",
    ),
)
