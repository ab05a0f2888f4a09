// Buses, for fields that go together through several modules, most of them of the commit stage. A bus is
// `assign bus = `COMMIT_...;` where it comes from and `assign `COMMIT_... = bus;` where it goes to; ..._wires.vh
// declares the fields in a module's body. Made from these by `python -m tools.buses`.
`ifndef BUSES_VH
`define BUSES_VH

// What the tables hold after the step, one cycle later, as its record shows it
`define COMMIT_AFTER { \
    volume_state_after, pair_state_after, journal_volume_state_after, group_state_after, group_reason_after, \
    update_number_after, data_offset_after, copy_complete_address_after, pointers_after}
`define COMMIT_AFTER_WIDTH ( \
    3 + 3 + 3 + 2 + 8 + 64 + 64 + POSITION_WIDTH + 8*POSITION_WIDTH)

// What the step changes in the tables, whose ports say what each does
`define COMMIT_CHANGE { \
    volume_fails, journal_volume_fails, pair_fails, group_fails, set_pair_state, set_copy_complete, new_reason, \
    new_pair_state, take_number, taken_size, set_partner_area, new_partner_area, set_activity, ring_creates, \
    ring_commits, ring_frees, ring_places, set_host_bytes, set_tag, new_host_bytes, new_tag, set_end_markers, \
    enters_job, job_begins, job_ends, new_job_number, load_data, new_copy_complete, create_group, record_pair, \
    record_is_original, record_journal_volume, start_original, start_secondary, open_secondaries, give_up, \
    start_answered, state_answered, new_generation, new_partner_system, new_partner_group, ring_sends, ring_loads, \
    ring_loads_sent, ring_send_entries, ring_information_step, ring_data_step, restores_next, set_batch, set_answer, \
    sent_again, new_batch, new_batch_data, new_answer, loads}
`define COMMIT_CHANGE_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 1 + 8 + 3 + 1 + 32 + 1 + POSITION_WIDTH + 7 + 1 + 1 + 1 + 1 + 1 + 1 + 64 + 32 + PAIRS + 1 + \
    1 + 1 + 64 + 64 + POSITION_WIDTH + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 32 + 16 + 16 + 1 + 1 + 1 + \
    POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + 1 + 1 + 7 + POSITION_WIDTH + 16 + 1)

// What the processes decided, for the stage in which it changes the tables
`define COMMIT_DECIDED { \
    written, is_flush, creates, suspends, commits, journal_fails, answer_volume_fails, answer_pair_fails, \
    original_of_group, original_group_fails, original_pair_fails, original_volume_fails, original_journal_fails, \
    copy_creates, copy_moves, reception_frees, reception_sets_bytes, reception_sets_tag, copy_sets_end_markers, \
    secondary_of_group, secondary_group_fails, secondary_journal_fails, received_commits, restore_writes, \
    restore_frees, restore_sets_pair, command_sets_tag, secondary_activity, restore_marks, store_place, \
    store_data_place, is_announcement, announcement_fails, is_operation, takes_area, suspend_group, take_over, \
    start_fails, loads_setting, operation_volume, volume_valid, pair_valid, wanted_reason, wanted_pair_state, \
    wanted_tag, wanted_host_bytes, new_copy_complete, create_group, record_pair, record_is_original, \
    record_journal_volume, start_original, start_secondary, open_secondaries, give_up, start_answered, state_answered, \
    new_generation, new_partner_system, new_partner_group, ring_sends, ring_loads, ring_loads_sent, ring_send_entries, \
    ring_information_step, ring_data_step, restores_next, set_batch, set_answer, sent_again, new_batch, \
    new_batch_data, new_answer, loads, step_copy_over, step_wanted, step_holds, step_yields, command_done, \
    command_stalls, command_watch_time, read_taken, flush_taken, read_entry_place, restore_entry_place, read_count, \
    read_limit_bytes, read_group_state, read_group_reason, restore_count, start_packet, stores, is_register, retires, \
    shows_position, shows_size, shows_tag, shows_reference, process_code, status, outcome, creation, record_tag, \
    record_size, record_received, record_reference, copy_kind, decided_position, decided_size, decided_cycle}
`define COMMIT_DECIDED_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + PAIRS + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + \
    7 + PAIRS + POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 16 + 1 + 1 + 8 + 3 + 32 + 64 + \
    POSITION_WIDTH + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 32 + 16 + 16 + 1 + 1 + 1 + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + 1 + 1 + 7 + POSITION_WIDTH + 16 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 32 + 1 + \
    1 + POSITION_WIDTH + POSITION_WIDTH + 7 + 32 + 2 + 8 + 5 + 7*64 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 8 + 8 + 16 + 16 + \
    16 + 32 + 32 + 64 + 8 + 64 + 32 + 48)

// What several processes change in the tables
`define COMMIT_GATHERED { \
    volume_fails, journal_volume_fails, pair_fails, group_fails, set_pair_state, set_copy_complete, new_reason, \
    new_pair_state, take_number, taken_size, set_partner_area, new_partner_area, set_activity, ring_creates, \
    ring_commits, ring_frees, ring_places, set_host_bytes, set_tag, new_host_bytes, new_tag, set_end_markers, \
    enters_job, job_begins, job_ends, new_job_number, load_data}
`define COMMIT_GATHERED_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 1 + 8 + 3 + 1 + 32 + 1 + POSITION_WIDTH + 7 + 1 + 1 + 1 + 1 + 1 + 1 + 64 + 32 + PAIRS + 1 + \
    1 + 1 + 64 + 64)

// What the tables say of the step's group
`define COMMIT_GROUP_ROW { \
    group_state, full_policy, group_reason, watch_time, update_number, data_offset, oldest_number, pair_set, \
    end_markers, groups_normal, silence, journal_volume_state, journal_volume_device, information_room, \
    journal_volume_capacity, journal_volume_offset, information_head, information_area, information_oldest, \
    information_used, information_committed, information_sent, data_head, data_area, data_oldest, data_used, \
    data_committed, generation, interval, timeout, backlog, copy_unit, tag, partner_system, partner_group, \
    last_answer, partner_area, batch_data, batch_journals, batch, activity, batch_bytes, commands, next_command, \
    read_mode, no_room_holds, next_restore, host_bytes, start_unanswered, state_unanswered, writing}
`define COMMIT_GROUP_ROW_WIDTH ( \
    2 + 2 + 8 + 32 + 64 + 64 + 64 + PAIRS + PAIRS + GROUPS + 32 + 3 + 8 + 1 + POSITION_WIDTH + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 32 + 32 + 32 + 32 + 32 + 32 + \
    16 + 16 + 16 + POSITION_WIDTH + POSITION_WIDTH + 7 + 7 + 7 + 17 + 7 + 2 + 1 + 1 + 64 + 64 + 1 + 1 + 1)

// Device writes that a step begins: of a volume, of a journal; by device, with what they are about
`define COMMIT_JOBS { \
    volume_job_valid, journal_job_valid, volume_job_address, journal_job_information_address, \
    journal_job_data_address, journal_job_head_address, journal_job_size_before_end, job_slot, job_start, job_size, \
    job_discard}
`define COMMIT_JOBS_WIDTH ( \
    DEVICES + DEVICES + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 32 + JOB_WIDTH + \
    START_WIDTH + 32 + 1)

// What steps just before may have changed of the group, in the cycle in which the step changes it
`define COMMIT_LATEST { \
    latest_update_number, latest_data_offset, information_newest, data_newest}
`define COMMIT_LATEST_WIDTH ( \
    64 + 64 + POSITION_WIDTH + POSITION_WIDTH)

// What the cache slot of a host's write and a host's read hold, which the step to be mapped is about
`define COMMIT_LOOKUP { \
    lookup_volume, lookup_read_volume, lookup_position, lookup_read_position, lookup_size, lookup_read_size, \
    lookup_journaled, lookup_discard, lookup_order, lookup_update_number, lookup_read_order}
`define COMMIT_LOOKUP_WIDTH ( \
    16 + 16 + POSITION_WIDTH + POSITION_WIDTH + 32 + 32 + 1 + 1 + 64 + 64 + 64)

// The step, mapped: numbers are rows of a register access, or belong to the request's volume
`define COMMIT_MAPPED { \
    valid, step_request, mapped_volume, mapped_pair, group, journal_volume, mapped_volume_valid, mapped_pair_valid, \
    group_valid, journal_volume_valid, room_sure, range_end, register_table, register_upper, register_field}
`define COMMIT_MAPPED_WIDTH ( \
    1 + `CR_WIDTH + 16 + 16 + 16 + 16 + 1 + 1 + 1 + 1 + 1 + 65 + 3 + 1 + 4)

// What the processes of replication and operations hold while they ask for a step
`define COMMIT_OPERANDS { \
    command_source, command_generation, command_tag, read_area_bytes, command_payload, store_information, \
    store_data_crc, answer_generation, answer_tag, store_start, answer_group, answer_source, answer_type, \
    answer_status, answer_first_number, scan_cancelled, operation_arguments, operation_source, operation_register, \
    operation_status, message_value, message_generation, operating, message_asked, message_started, message_busy, \
    message_code, message_answer, packet_faults, incarnation, allowed_systems}
`define COMMIT_OPERANDS_WIDTH ( \
    16 + 32 + 32 + 32 + `CP_UNIT_BITS + `UPDATE_INFORMATION_BITS + 32 + 32 + 32 + START_WIDTH + 16 + 16 + 16 + 16 + \
    64 + 1 + 7*64 + 17 + 64 + 64 + 64 + 64 + 1 + 1 + 1 + 1 + 8 + 8 + 32 + 32 + 64)

// What one process alone changes in the tables
`define COMMIT_OWN_CHANGE { \
    new_copy_complete, create_group, record_pair, record_is_original, record_journal_volume, start_original, \
    start_secondary, open_secondaries, give_up, start_answered, state_answered, new_generation, new_partner_system, \
    new_partner_group, ring_sends, ring_loads, ring_loads_sent, ring_send_entries, ring_information_step, \
    ring_data_step, restores_next, set_batch, set_answer, sent_again, new_batch, new_batch_data, new_answer, loads}
`define COMMIT_OWN_CHANGE_WIDTH ( \
    POSITION_WIDTH + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 32 + 16 + 16 + 1 + 1 + 1 + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + 1 + 1 + 7 + POSITION_WIDTH + 16 + 1)

// What one process alone sends out
`define COMMIT_OWN_RESULT { \
    stores, is_register}
`define COMMIT_OWN_RESULT_WIDTH ( \
    1 + 1)

// What the other modules learn of one process alone
`define COMMIT_OWN_STEP { \
    step_copy_over, step_wanted, step_holds, step_yields, command_done, command_stalls, command_watch_time, \
    read_taken, flush_taken, read_entry_place, restore_entry_place, read_count, read_limit_bytes, read_group_state, \
    read_group_reason, restore_count, start_packet}
`define COMMIT_OWN_STEP_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 1 + 32 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + 7 + 32 + 2 + 8 + 5 + 7*64)

// What the step's commit record says of the step itself (docs/commit_trace.md)
`define COMMIT_RECORD { \
    retires, shows_position, shows_size, shows_tag, shows_reference, process_code, status, outcome, creation, \
    record_tag, record_size, record_received, record_reference}
`define COMMIT_RECORD_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 8 + 8 + 16 + 16 + 16 + 32 + 32 + 64)

// What the other modules learn of the step, whatever its kind
`define COMMIT_REPORT { \
    step_valid, step_journaled, step_failed, step_unreadable, step_kind, step_tag, step_group, step_volume, step_job, \
    step_outcome, step_size, step_order, step_update_number, step_position, step_device, step_address, step_commits, \
    step_stored, step_frees, step_restarts, step_settings, step_loads_copies, write_enters, write_refused, \
    volume_write_done, journal_write_done, read_failed, step_journal_volume, step_journal_device, step_journal_offset, \
    step_area_end, step_information_head, step_data_head, send_read_taken, argument_load, operation_load, \
    incarnation_load, allowed_load, argument_index, load_value, step_reference, step_status}
`define COMMIT_REPORT_WIDTH ( \
    1 + 1 + 1 + 1 + 5 + 16 + 16 + 16 + 16 + 16 + 32 + 64 + 64 + POSITION_WIDTH + 8 + POSITION_WIDTH + 1 + 1 + 1 + 1 + \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + 16 + 8 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + \
    1 + 1 + 1 + 3 + 64 + 64 + 8)

// What the step sends out
`define COMMIT_RESULT { \
    answers, recorded_volume, recorded_journal_volume, recorded_volume_valid, recorded_pair_valid, \
    recorded_journal_volume_valid, writes_volume, writes_journal, volume_address, information_place, data_place, \
    data_bytes, stores, is_register}
`define COMMIT_RESULT_WIDTH ( \
    1 + 16 + 16 + 1 + 1 + 1 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 32 + 1 + 1)

// Rows of the step, in a module's body
`define COMMIT_ROW { \
    group_state, full_policy, group_reason, watch_time, update_number, data_offset, oldest_number, pair_set, \
    end_markers, groups_normal, silence, journal_volume_state, journal_volume_device, information_room, \
    journal_volume_capacity, journal_volume_offset, information_head, information_area, information_oldest, \
    information_used, information_committed, information_sent, data_head, data_area, data_oldest, data_used, \
    data_committed, generation, interval, timeout, backlog, copy_unit, tag, partner_system, partner_group, \
    last_answer, partner_area, batch_data, batch_journals, batch, activity, batch_bytes, commands, next_command, \
    read_mode, no_room_holds, next_restore, host_bytes, start_unanswered, state_unanswered, writing, volume_state, \
    pair_state, volume_device, volume_pair, volume_holds_journal, data_room, ever_fits, volume_capacity, \
    volume_offset, copy_complete_address}
`define COMMIT_ROW_WIDTH ( \
    2 + 2 + 8 + 32 + 64 + 64 + 64 + PAIRS + PAIRS + GROUPS + 32 + 3 + 8 + 1 + POSITION_WIDTH + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + \
    POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 32 + 32 + 32 + 32 + 32 + 32 + \
    16 + 16 + 16 + POSITION_WIDTH + POSITION_WIDTH + 7 + 7 + 7 + 17 + 7 + 2 + 1 + 1 + 64 + 64 + 1 + 1 + 1 + 3 + 3 + \
    8 + 16 + 1 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH)

// What the tables say of all pairs, if the step asked; the ports of pair_scan say what each is
`define COMMIT_SCAN { \
    copy_found, copy_marks, copy_fails, copy_unmarked, blank_found, copy_pair, copy_volume, blank_pair, \
    other_secondary, not_secondary, other_original, other_partner, pair_too_small}
`define COMMIT_SCAN_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 16 + 16 + 16 + 1 + 1 + 1 + 1 + 1)

// What the step sends out, whatever its kind
`define COMMIT_SENT { \
    answers, recorded_volume, recorded_journal_volume, recorded_volume_valid, recorded_pair_valid, \
    recorded_journal_volume_valid, writes_volume, writes_journal, volume_address, information_place, data_place, \
    data_bytes}
`define COMMIT_SENT_WIDTH ( \
    1 + 16 + 16 + 1 + 1 + 1 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 32)

// A packet about a group's state that came
`define COMMIT_STATE_PACKET { \
    received_source, received_group, received_source_group, received_status, received_generation, received_reason, \
    received_wants_answer}
`define COMMIT_STATE_PACKET_WIDTH ( \
    16 + 16 + 16 + 16 + 32 + 8 + 1)

// What the other modules learn of the step
`define COMMIT_STEP { \
    step_valid, step_journaled, step_failed, step_unreadable, step_kind, step_tag, step_group, step_volume, step_job, \
    step_outcome, step_size, step_order, step_update_number, step_position, step_device, step_address, step_commits, \
    step_stored, step_frees, step_restarts, step_settings, step_loads_copies, write_enters, write_refused, \
    volume_write_done, journal_write_done, read_failed, step_journal_volume, step_journal_device, step_journal_offset, \
    step_area_end, step_information_head, step_data_head, send_read_taken, argument_load, operation_load, \
    incarnation_load, allowed_load, argument_index, load_value, step_reference, step_status, step_copy_over, \
    step_wanted, step_holds, step_yields, command_done, command_stalls, command_watch_time, read_taken, flush_taken, \
    read_entry_place, restore_entry_place, read_count, read_limit_bytes, read_group_state, read_group_reason, \
    restore_count, start_packet, step_settled}
`define COMMIT_STEP_WIDTH ( \
    1 + 1 + 1 + 1 + 5 + 16 + 16 + 16 + 16 + 16 + 32 + 64 + 64 + POSITION_WIDTH + 8 + POSITION_WIDTH + 1 + 1 + 1 + 1 + \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + 16 + 8 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + \
    1 + 1 + 1 + 3 + 64 + 64 + 8 + 1 + 1 + 1 + 1 + 1 + 1 + 32 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + 7 + 32 + 2 + \
    8 + 5 + 7*64 + 1)

// What the tables say of the step's volume and pair, and of the journal that it would take
`define COMMIT_VOLUME_ROW { \
    volume_state, pair_state, volume_device, volume_pair, volume_holds_journal, data_room, ever_fits, volume_capacity, \
    volume_offset, copy_complete_address}
`define COMMIT_VOLUME_ROW_WIDTH ( \
    3 + 3 + 8 + 16 + 1 + 1 + 1 + POSITION_WIDTH + POSITION_WIDTH + POSITION_WIDTH)

// What the processes want of a step, for commit_gather
`define COMMIT_WANTED { \
    written, is_flush, creates, suspends, commits, journal_fails, answer_volume_fails, answer_pair_fails, \
    original_of_group, original_group_fails, original_pair_fails, original_volume_fails, original_journal_fails, \
    copy_creates, copy_moves, reception_frees, reception_sets_bytes, reception_sets_tag, copy_sets_end_markers, \
    secondary_of_group, secondary_group_fails, secondary_journal_fails, received_commits, restore_writes, \
    restore_frees, restore_sets_pair, command_sets_tag, secondary_activity, restore_marks, store_place, \
    store_data_place, is_announcement, announcement_fails, is_operation, takes_area, suspend_group, take_over, \
    start_fails, loads_setting, operation_volume, volume_valid, pair_valid, wanted_reason, wanted_pair_state, \
    wanted_tag, wanted_host_bytes}
`define COMMIT_WANTED_WIDTH ( \
    1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + PAIRS + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + \
    7 + PAIRS + POSITION_WIDTH + POSITION_WIDTH + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 16 + 1 + 1 + 8 + 3 + 32 + 64)

// What storage devices have read, of each device: a read's end, a beat, with its place {slot, beat of the slot}
`define DEVICE_BEATS { \
    read_done, read_done_failed, beat_valid, read_done_client, beat_client, read_done_slot, beat_address, beat_data}
`define DEVICE_BEATS_WIDTH ( \
    DEVICES + DEVICES + DEVICES + DEVICES*3 + DEVICES*3 + DEVICES*READ_SLOT_WIDTH + \
    DEVICES*(READ_SLOT_WIDTH+BEAT_WIDTH) + DEVICES*DATA_WIDTH)

// Reads that replication asks storage devices for, by device and reader (from ML_READ_SEND on), and what, by reader
`define REPLICATION_READS { \
    read_valid, read_slot, read_beat, read_address, read_size}
`define REPLICATION_READS_WIDTH ( \
    DEVICES*READERS + READERS*READ_SLOT_WIDTH + READERS*BEAT_WIDTH + READERS*POSITION_WIDTH + READERS*32)

`endif
