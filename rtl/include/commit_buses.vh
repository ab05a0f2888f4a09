// Buses of the commit stage, for fields that go together through several modules. A bus is `assign bus = `COMMIT_...;` where it
// comes from and `assign `COMMIT_... = bus;` where it goes to; commit_..._wires.vh declares the fields in a module's body. Widths
// count the fields in their order, a line here for a line there.
`ifndef COMMIT_BUSES_VH
`define COMMIT_BUSES_VH

// What the tables say of the step's group
`define COMMIT_GROUP_ROW { \
    group_state, group_reason, full_policy, watch_time, update_number, data_offset, oldest_number, \
    pair_set, end_markers, groups_normal, silence, silences, \
    journal_volume_state, journal_volume_device, \
    information_room, read_mode, no_room_holds, writing, \
    start_unanswered, state_unanswered, \
    generation, partner_system, partner_group, batch_journals, batch_bytes, commands, \
    interval, timeout, next_command, backlog, copy_unit, activity, \
    next_restore, host_bytes, tag, batch, last_answer, \
    journal_volume_capacity, journal_volume_offset, partner_area, batch_data, \
    information_head, information_area, information_newest, information_oldest, information_used, information_committed, \
    information_sent, data_head, data_area, data_newest, data_oldest, data_used, data_committed}
`define COMMIT_GROUP_ROW_WIDTH ( \
    2 + 8 + 2 + 32 + 64 + 64 + 64 + \
    2 * PAIRS + GROUPS + 32 + 32 * GROUPS + \
    3 + 8 + \
    1 + 1 + 1 + 1 + \
    1 + 1 + \
    32 + 16 + 16 + 7 + 17 + 7 + \
    32 + 32 + 2 + 32 + 32 + 7 + \
    64 + 64 + 32 + 7 + 16 + \
    (4 + 6 + 7) * POSITION_WIDTH)

// ... and, if it asked, of all pairs
`define COMMIT_SCAN { \
    copy_found, copy_marks, copy_fails, copy_unmarked, copy_pair, copy_volume, blank_found, blank_pair, \
    other_secondary, not_secondary, other_original, other_partner, pair_too_small}
`define COMMIT_SCAN_WIDTH (1 + 1 + 1 + 1 + 16 + 16 + 1 + 16 + 1 + 1 + 1 + 1 + 1)

// ... and of its volume and pair, and of the journal that it would take
`define COMMIT_VOLUME_ROW { \
    volume_state, volume_device, volume_pair, volume_holds_journal, pair_state, data_room, ever_fits, \
    volume_capacity, volume_offset, copy_complete_address}
`define COMMIT_VOLUME_ROW_WIDTH ( \
    3 + 8 + 16 + 1 + 3 + 1 + 1 + \
    3 * POSITION_WIDTH)

// What the step changes in the tables
`define COMMIT_CHANGE { \
    volume_fails, journal_volume_fails, pair_fails, group_fails, new_reason, \
    take_number, taken_size, set_pair_state, new_pair_state, set_copy_complete, \
    create_group, record_pair, record_is_original, record_journal_volume, start_original, start_secondary, open_secondaries, \
    give_up, start_answered, state_answered, \
    new_generation, new_partner_system, new_partner_group, set_partner_area, set_activity, \
    ring_creates, ring_commits, ring_bytes, ring_frees, ring_sends, ring_places, \
    restores_next, set_host_bytes, new_host_bytes, set_tag, new_tag, set_batch, new_batch, set_answer, new_answer, sent_again, \
    set_end_markers, \
    loads, load_data, \
    enters_job, new_job_number, job_begins, job_ends, \
    new_copy_complete, new_partner_area, new_batch_data, \
    ring_free_entries, ring_free_data, ring_send_entries, place_information_used, place_data_used}
`define COMMIT_CHANGE_WIDTH ( \
    1 + 1 + 1 + 1 + 8 + \
    1 + 32 + 1 + 3 + 1 + \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + \
    1 + 1 + 1 + \
    32 + 16 + 16 + 1 + 7 + \
    1 + 1 + 32 + 1 + 1 + 1 + \
    1 + 1 + 64 + 1 + 32 + 1 + 7 + 1 + 16 + 1 + \
    PAIRS + \
    1 + 64 + \
    1 + 64 + 1 + 1 + \
    (3 + 5) * POSITION_WIDTH)

// What its commit record says of the step itself (docs/commit_trace.md)
`define COMMIT_RECORD { \
    retires, process_code, outcome, creation, status, \
    record_tag, record_size, record_received, record_reference, record_position}
`define COMMIT_RECORD_WIDTH ( \
    1 + 8 + 16 + 16 + 8 + \
    16 + 32 + 32 + 64 + 64)
`define COMMIT_RECORD_OUTCOME (16 + 8 + 16 + 32 + 32 + 64 + 64) +: 16

// What the other modules learn of the step
`define COMMIT_STEP { \
    step_valid, step_kind, step_tag, step_group, step_volume, step_size, step_order, step_update_number, \
    step_job, step_journaled, step_failed, step_outcome, step_device, step_unreadable, \
    step_commits, step_frees, step_restarts, step_settings, step_loads_copies, step_copy_over, step_wanted, step_stored, step_holds, step_yields, step_settled, \
    command_done, command_stalls, command_watch_time, write_enters, write_refused, read_taken, flush_taken, \
    volume_write_done, journal_write_done, read_failed, \
    step_journal_volume, step_journal_device, \
    read_first, read_count, read_limit_bytes, read_group_state, read_group_reason, send_read_taken, restore_count, \
    argument_load, argument_index, operation_load, incarnation_load, allowed_load, load_value, operation_result, operation_returns, start_packet, \
    step_position, step_address, step_area_end, step_information_head, step_data_head, step_journal_offset, \
    read_entry_place, restore_entry_place}
`define COMMIT_STEP_WIDTH ( \
    1 + 5 + 16 + 16 + 16 + 32 + 64 + 64 + \
    16 + 1 + 1 + 16 + 8 + 1 + \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + \
    1 + 1 + 32 + 1 + 1 + 1 + 1 + \
    1 + 1 + 1 + \
    16 + 8 + \
    64 + 7 + 32 + 2 + 8 + 1 + 5 + \
    1 + 3 + 1 + 1 + 1 + 64 + 8 + 64 + 7*64 + \
    (6 + 2) * POSITION_WIDTH)

// What the processes of replication and operations hold while they ask for a step
`define COMMIT_OPERANDS { \
    command_source, command_generation, command_tag, command_payload, read_area_bytes, \
    store_information, store_data_crc, store_start, \
    answer_group, answer_source, answer_type, answer_generation, answer_tag, answer_status, answer_first_number, \
    scan_cancelled, write_cancelled, free_cancelled, \
    operation_arguments, terminal_arguments, operation_source, operation_register, operation_status, operating, \
    message_code, message_answer, message_value, message_generation, message_asked, message_started, \
    message_busy, packet_faults, incarnation, allowed_systems}
`define COMMIT_OPERANDS_WIDTH ( \
    16 + 32 + 32 + `CP_UNIT_BITS + 32 + \
    `UPDATE_INFORMATION_BITS + 32 + START_WIDTH + \
    16 + 16 + 16 + 32 + 32 + 16 + 64 + \
    1 + 1 + 1 + \
    7*64 + 7*64 + 17 + 64 + 64 + 1 + \
    8 + 8 + 64 + 64 + 1 + 1 + 1 + 32 + 32 + 64)

`endif
