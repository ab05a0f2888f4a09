// The commit stage: the one place where shared state changes, one step a cycle.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"

/*
 * A granted request passes three stages, one cycle each and never held:
 *
 *      map     complete the request from its cache slot or read; volume -> pair -> group -> journal volume
 *      decide  the processes' decisions on the tables as they are; at its end the tables change
 *      show    update information with its CRC, device jobs, the host's answer, the commit record with the tables as they are now
 *
 * Numbers in the mapping change only by registers, while nothing else is under way, and by operations, which no request follows
 * at once.
 */
module commit_stage #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter SYSTEM_NUMBER = 1,
    parameter COMMIT_TRACE = 1,
    // Journals in a packet; journal read commands of a group under way, 4 to 32; numbers from commit on that received journals
    // may have, a power of two
    parameter MAX_JOURNALS = 64,
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    // Bits of a beat's place in the largest memory that device writes come from, and of one in a slot
    parameter START_WIDTH = 12,
    parameter BEAT_WIDTH = 8,
    parameter JOB_WIDTH = 2 + $clog2(CACHE_SLOTS),
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS)
) (
    input  wire                        clk,
    input  wire                        rst,

    // a step may begin; the request granted
    output wire                        enable,
    input  wire                        granted,
    input  wire [`CR_WIDTH-1:0]        granted_request,
    // room for answers to the host
    input  wire                        answer_room,
    // nothing under way elsewhere in the system
    input  wire                        others_idle,

    /*
     * map: what cache slots and reads hold
     */
    output wire [SLOT_WIDTH-1:0]       look_slot,
    input  wire [15:0]                 look_volume,
    input  wire [POSITION_WIDTH-1:0]   look_position,
    input  wire [31:0]                 look_size,
    input  wire                        look_journaled,
    input  wire [63:0]                 look_order,
    input  wire [63:0]                 look_update_number,
    output wire [READ_WIDTH-1:0]       look_read,
    input  wire [15:0]                 look_read_volume,
    input  wire [POSITION_WIDTH-1:0]   look_read_position,
    input  wire [31:0]                 look_read_size,
    input  wire [63:0]                 look_read_order,

    /*
     * decide: the step
     */
    output wire [15:0]                 step_tag,
    output wire [15:0]                 step_volume,
    output wire [POSITION_WIDTH-1:0]   step_position,
    output wire [31:0]                 step_size,
    output wire [SLOT_WIDTH-1:0]       step_slot,
    output wire [63:0]                 step_order,
    output wire [63:0]                 step_update_number,
    output wire                        step_journaled,
    output wire                        step_failed,
    // a host command's step: it leaves its queue, or waits for room from now on
    output wire                        command_done,
    output wire                        command_stalls,
    output wire [31:0]                 command_watch_time,
    output wire                        write_enters,
    output wire                        write_refused,
    output wire                        read_taken,
    output wire [7:0]                  read_device,
    output wire [POSITION_WIDTH-1:0]   read_address,
    output wire                        flush_taken,
    // device writes of hosts
    output wire                        volume_write_done,
    output wire                        journal_write_done,
    output wire                        read_failed,
    // for the processes of replication: any step, its group, its job's slot, and their outcome
    output wire                        step_valid,
    output wire [4:0]                  step_kind,
    output wire [15:0]                 step_group,
    output wire [15:0]                 step_job,
    output wire [15:0]                 step_outcome,
    // a received journal is committed
    output wire                        step_commits,
    // of the step's group there is nothing left to copy
    output wire                        step_copy_over,
    // a step of restore is void
    input  wire                        look_void,
    input  wire                        write_void,
    input  wire                        free_void,
    // something of the step's group was freed, or it became abnormal: what waits for room goes on
    output wire                        step_frees,
    // a new generation of the group, or its registers were written
    output wire                        step_restarts,

    /*
     * Operations: their registers, and what a step does to them
     */
    input  wire [7*64-1:0]             operation_arguments,
    input  wire [63:0]                 operation_register,
    input  wire [63:0]                 operation_status,
    input  wire                        operating,
    input  wire [7:0]                  told_code,
    input  wire [7:0]                  told_answer,
    input  wire [63:0]                 told_value,
    input  wire                        told_asked,
    input  wire                        told_started,
    input  wire [31:0]                 packet_faults,
    output wire                        argument_load,
    output wire [2:0]                  argument_index,
    output wire                        operation_load,
    output wire [63:0]                 load_value,
    output wire [7:0]                  operation_result,
    output wire [63:0]                 operation_returns,
    // 930: arguments of "start secondary" for the partner
    output wire [7*64-1:0]             start_packet,

    /*
     * Of every group, for the processes that ask for steps
     */
    output wire [7*GROUPS-1:0]         activities,
    output wire [64*GROUPS-1:0]        next_restores,

    /*
     * A received journal, while its step is asked for
     */
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    input  wire [31:0]                 store_data_crc,
    // where its write data begins in the buffers
    input  wire [START_WIDTH-1:0]      store_start,
    // the packet that is being taken in
    input  wire [15:0]                 packet_type,
    input  wire [31:0]                 packet_generation,
    input  wire [31:0]                 packet_tag,
    input  wire [15:0]                 packet_status,
    input  wire [63:0]                 packet_first_number,

    /*
     * A journal read command, while its steps are asked for
     */
    input  wire [31:0]                 command_generation,
    input  wire [31:0]                 command_tag,
    input  wire [`CP_UNIT_BITS-1:0]    command_payload,
    input  wire [31:0]                 read_area_bytes,

    /*
     * What else the processes of replication learn in their steps
     */
    output wire                        step_wanted,
    output wire                        step_stored,
    output wire                        step_holds,
    output wire [POSITION_WIDTH-1:0]   step_area_end,
    output wire [POSITION_WIDTH-1:0]   step_information_head,
    output wire [POSITION_WIDTH-1:0]   step_data_head,
    output wire [15:0]                 step_journal_volume,
    output wire [7:0]                  step_journal_device,
    output wire [POSITION_WIDTH-1:0]   step_journal_offset,
    output wire                        step_unreadable,
    output wire                        send_read_taken,
    output wire [POSITION_WIDTH-1:0]   read_entry_place,
    output wire [63:0]                 read_first,
    output wire [6:0]                  read_count,
    output wire [31:0]                 read_limit_bytes,
    output wire [1:0]                  read_group_state,
    output wire [POSITION_WIDTH-1:0]   restore_entry_place,
    output wire [4:0]                  restore_count,
    output wire                        commit_request_valid,
    input  wire                        commit_request_taken,
    output wire [`CR_WIDTH-1:0]        commit_request,
    output wire                        send_request_valid,
    input  wire                        send_request_taken,
    output wire [`CR_WIDTH-1:0]        send_request,
    output wire                        silence_request_valid,
    input  wire                        silence_request_taken,
    output wire [`CR_WIDTH-1:0]        silence_request,
    output wire                        packet_valid,
    input  wire                        packet_ready,
    output wire [`PK_WIDTH-1:0]        packet,

    /*
     * show
     */
    output wire                        answer_valid,
    output wire [15:0]                 answer_tag,
    output wire [7:0]                  answer_status,
    output wire [DEVICES-1:0]          volume_job_valid,
    output wire [POSITION_WIDTH-1:0]   volume_job_address,
    output wire [DEVICES-1:0]          journal_job_valid,
    output wire [POSITION_WIDTH-1:0]   journal_job_information_address,
    output wire [POSITION_WIDTH-1:0]   journal_job_data_address,
    output wire [POSITION_WIDTH-1:0]   journal_job_head_address,
    output wire [31:0]                 journal_job_size_before_end,
    output wire [JOB_WIDTH-1:0]        job_slot,
    output wire [START_WIDTH-1:0]      job_start,
    output wire [31:0]                 job_size,
    output wire                        information_valid,
    output wire [`UPDATE_INFORMATION_BITS-1:0] information,
    output wire                        register_answer_valid,
    output wire [63:0]                 register_answer_data,
    output wire [1:0]                  register_answer_response,

    output wire [1023:0]               m_axis_commit_tdata,
    output wire                        m_axis_commit_tvalid,
    input  wire                        m_axis_commit_tready
);

localparam W = POSITION_WIDTH;

reg [47:0] cycle_reg;
reg [63:0] order_reg;

wire record_room, map_holds;
assign enable = record_room && answer_room && !map_holds;

/*
 * map
 */
wire                 map_under_way, valid;
wire [`CR_WIDTH-1:0] request;
wire [15:0]          find_group, find_volume, found_pair, found_secondary_volume, found_journal_volume;
wire                 found;
wire [15:0]          map_volume, map_pair, map_group, map_journal_volume, map_address, map_row;
wire                 map_volume_valid, map_pair_valid, map_journal_volume_valid;
wire [2:0]           map_table, register_table;
wire [3:0]           map_field, register_field;
wire                 register_upper;
wire [15:0]          mapped_volume, mapped_pair, group, journal_volume;
wire                 mapped_volume_valid, mapped_pair_valid, group_valid, journal_volume_valid;
// what the slot of a host's write, or of a job of replication, holds
wire [15:0]          request_job;
wire                 of_replication = request_job[15:8] != {6'd0, `ML_WRITE_HOST};
wire [15:0]          job_volume;
wire [W-1:0]         job_position;
wire [31:0]          job_bytes;
wire [63:0]          job_number;

commit_map #(.CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(W)) commit_map_inst (
    .clk(clk), .rst(rst), .granted(granted), .granted_request(granted_request), .under_way(map_under_way),
    .holds(map_holds),
    .look_job(request_job), .look_slot(look_slot),
    .look_volume(of_replication ? job_volume : look_volume), .look_position(of_replication ? job_position : look_position),
    .look_size(of_replication ? job_bytes : look_size), .look_journaled(!of_replication && look_journaled),
    .look_order(of_replication ? job_number : look_order), .look_update_number(of_replication ? job_number : look_update_number),
    .look_read(look_read), .look_read_volume(look_read_volume), .look_read_position(look_read_position),
    .look_read_size(look_read_size), .look_read_order(look_read_order),
    .find_group(find_group), .find_volume(find_volume), .found(found), .found_pair(found_pair),
    .found_secondary_volume(found_secondary_volume), .found_journal_volume(found_journal_volume),
    .found_journal_volume_valid(found_journal_volume < VOLUMES),
    .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair), .map_pair_valid(map_pair_valid),
    .map_group(map_group), .map_journal_volume(map_journal_volume), .map_journal_volume_valid(map_journal_volume_valid),
    .map_address(map_address), .map_table(map_table), .map_row(map_row), .map_field(map_field),
    .valid(valid), .request(request), .volume(mapped_volume), .volume_valid(mapped_volume_valid), .pair(mapped_pair),
    .pair_valid(mapped_pair_valid), .group(group), .group_valid(group_valid), .journal_volume(journal_volume),
    .journal_volume_valid(journal_volume_valid),
    .register_table(register_table), .register_upper(register_upper), .register_field(register_field)
);

/*
 * decide
 */
wire [4:0]  kind     = request[`CR_KIND];
wire [7:0]  opcode   = request[`CR_OPCODE];
wire [31:0] received = request[`CR_RECEIVED];
wire [15:0] slot     = request[`CR_SLOT];
wire [7:0]  client   = request[`CR_CLIENT];
wire        failed   = request[`CR_FAILED];
wire        journaled = request[`CR_JOURNALED];
wire        stalled  = request[`CR_STALLED];

wire is_command  = valid && kind == `ML_REQUEST_COMMAND;
wire is_flush    = valid && kind == `ML_REQUEST_FLUSH;
wire is_volume   = valid && kind == `ML_REQUEST_VOLUME_WRITE;
wire is_journal  = valid && kind == `ML_REQUEST_JOURNAL_WRITE;
wire is_read     = valid && kind == `ML_REQUEST_READ_FAILURE;
wire is_register = valid && kind == `ML_REQUEST_MAINTENANCE;
wire of_host     = client == {6'd0, `ML_WRITE_HOST};
wire of_copy     = client == {6'd0, `ML_WRITE_COPY};
wire of_received = client == {6'd0, `ML_WRITE_RECEIVED};

// initial copy and operations name volume and pair themselves
wire         names;
wire [15:0]  named_volume, named_pair;
wire [63:0]  named_position;
wire [31:0]  named_size;
wire [15:0]  volume       = names ? named_volume : mapped_volume;
wire [15:0]  pair         = names ? named_pair : mapped_pair;
wire         copies;
wire         volume_valid = copies || mapped_volume_valid;
wire         pair_valid   = copies || mapped_pair_valid;
wire [63:0]  position     = copies ? named_position : request[`CR_POSITION];
wire [31:0]  size         = copies ? named_size : request[`CR_SIZE];

// tables and rings
wire [2:0]   volume_state, pair_state, journal_volume_state;
wire [1:0]   group_state, full_policy;
wire [15:0]  volume_pair;
wire [W-1:0] volume_capacity, volume_offset, copy_complete_address, journal_volume_capacity, journal_volume_offset;
wire [7:0]   volume_device, journal_volume_device;
wire         volume_holds_journal, information_room, data_room, ever_fits;
wire [63:0]  update_number, data_offset;
wire [31:0]  watch_time;
wire [PAIRS-1:0]    pair_set;
wire [3*PAIRS-1:0]  pair_states;
wire [16*PAIRS-1:0] original_volumes, original_systems, secondary_systems;
wire [64*PAIRS-1:0] last_copy_numbers;
wire [VOLUMES-1:0]  volumes_abnormal;
wire [GROUPS-1:0]   groups_normal;
wire [32*GROUPS-1:0] silences;
wire [W-1:0] update_information_newest, write_data_head, write_data_newest, information_head, information_area, information_oldest;
wire [W-1:0] information_used, information_committed, information_sent, data_area, data_oldest, data_used, data_committed;
wire [W-1:0] information_high_water, data_high_water;

// command reception and journal creation
wire        journal_creation_runs, creates, suspends, stalls, still_stalls, creation_refuses;
wire [15:0] command_outcome, creation;
wire [7:0]  command_status;
wire        replicates = pair_state == `ML_PAIR_NOT_COPYING || pair_state == `ML_PAIR_COPYING || pair_state == `ML_PAIR_NORMAL;
wire        partner_fits = partner_area == 0 || {{W-32{1'b0}}, size} < partner_area;
wire        never_fits = pair_valid && journal_volume_valid && group_state == `ML_GROUP_NORMAL && replicates
                         && !(ever_fits && partner_fits);

command_reception #(.MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)) command_reception_inst (
    .opcode(opcode), .position(position), .size(size), .received(received),
    .volume_valid(volume_valid), .volume_state(volume_state), .volume_capacity(volume_capacity),
    .volume_holds_journal(volume_holds_journal), .never_fits(never_fits),
    .journal_creation(journal_creation_runs), .creation_refuses(creation_refuses), .creation_stalls(stalls),
    .outcome(command_outcome), .status(command_status)
);

journal_creation #(.POSITION_WIDTH(W)) journal_creation_inst (
    .clk(clk), .run(is_command && journal_creation_runs),
    .volume(volume), .position(position), .size(size), .reception_time(request[`CR_TIME]),
    .data_crc(request[`CR_DATA_CRC]), .stalled(stalled), .expired(request[`CR_EXPIRED]),
    .pair_valid(pair_valid), .pair_state(pair_state), .copy_complete_address(copy_complete_address),
    .group(group), .group_state(group_state), .update_number(update_number), .data_offset(data_offset),
    .full_policy(full_policy), .journal_volume(journal_volume), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .information_room(information_room), .data_room(data_room),
    .write_data_newest(write_data_newest),
    .creation(creation), .creates(creates), .suspends(suspends), .stalls(stalls), .still_stalls(still_stalls),
    .refuses(creation_refuses),
    .copy_creates(copy_creates), .copy_kind(copy_kind), .stores(stores), .store_information(store_information),
    .store_data_crc(store_data_crc), .store_data_place(store_data_place), .information(information)
);

wire written     = is_command && command_outcome == `ML_COMMAND_WRITTEN;
assign step_tag           = request[`CR_TAG];
assign step_volume        = volume;
assign step_position      = position[W-1:0];
assign step_size          = size;
assign step_slot          = slot[SLOT_WIDTH-1:0];
assign step_order         = order_reg;
assign step_update_number = update_number;
assign step_journaled     = creates;
assign step_failed        = failed;
assign command_stalls     = is_command && command_outcome == `ML_COMMAND_STALLED;
assign command_done       = is_command && !command_stalls;
assign command_watch_time = watch_time;
assign write_enters       = written;
assign write_refused      = command_done && !written && request[`CR_STORED];
assign read_taken         = is_command && command_outcome == `ML_COMMAND_READ;
assign read_device        = volume_device;
assign read_address       = volume_offset + position[W-1:0];
assign flush_taken        = is_command && command_outcome == `ML_COMMAND_FLUSH_TAKEN;
assign volume_write_done  = is_volume && of_host;
assign journal_write_done = is_journal && of_host;
assign read_failed        = is_read;
assign step_valid         = valid;
assign step_kind          = kind;
assign step_group         = group;
assign step_job           = slot;
wire takes_order          = written || read_taken || flush_taken;

// read-write process: the journal volume still takes journals
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;
wire commits       = is_journal && !failed && journal_volume_normal;
wire journal_fails = is_journal && failed;
wire volume_fails  = (is_volume && failed) || is_read;
wire pair_fails    = is_volume && failed && of_host && !journaled && pair_valid;
wire fails_group   = (written && suspends) || journal_fails || suspend_group || replication_group_fails;

/*
 * Processes of replication, and operations
 */
wire [31:0] generation, interval, timeout, backlog, copy_unit, tag;
wire [15:0] partner_system, partner_group, last_answer;
wire [W-1:0] partner_area, batch_data;
wire        read_mode, no_room_holds;
wire [6:0]  batch_journals, batch, activity;
wire [16:0] batch_bytes;
wire [5:0]  commands;
wire [1:0]  next_command;
wire [63:0] next_restore, host_bytes;
wire [PAIRS-1:0] marked;

wire        is_replication, of_group, store_holds, replication_retires, replication_group_fails, replication_pair_fails, replication_volume_fails;
wire        replication_journal_volume_fails, ring_commits, ring_frees, ring_sends, ring_places, takes_number, restores_next;
wire        copy_creates, stores, restore_writes, set_host_bytes, set_tag, set_batch, set_answer, sent_again, set_pair_state;
wire        set_copy_complete, set_last_copy_number;
wire [7:0]  replication_process, replication_status, copy_kind;
wire [15:0] replication_outcome, replication_creation, replication_tag, new_answer;
wire [31:0] replication_size, replication_received, ring_bytes, new_tag;
wire [63:0] replication_reference, replication_position, new_host_bytes;
wire [W-1:0] ring_free_entries, ring_free_data, ring_send_entries, place_information_used, place_data_used;
wire [W-1:0] store_place, store_data_place, new_copy_complete, new_batch_data;
wire [6:0]  new_batch, set_activity;
wire [PAIRS-1:0] set_marked;
wire [2:0]  new_pair_state;

wire        is_operation = valid && kind == `ML_REQUEST_OPERATION;
// the operation is carried out; or a packet about it is sent, its answer taken, or the answer is sent again
wire [1:0]  told = received[1:0];
localparam [1:0] TOLD_DONE = 2'd0, TOLD_SENT = 2'd1, TOLD_ANSWERED = 2'd2;
localparam [15:0] SPECIFIED = 16'h100, ANSWERED = 16'h200, NOT_ASKED = 16'd0;
wire        operation_names, create_group, record_pair, record_is_original, record_journal_volume, start_original;
wire        start_secondary, suspend_group, take_over, open_secondaries, writing, copy_names;
wire [15:0] operation_volume, operation_pair, copy_volume, copy_pair, new_partner_system, new_partner_group;
wire [7:0]  operation_answer;
wire [63:0] operation_value;
wire [31:0] new_generation;
wire        starts = start_original || start_secondary;

// the partner has started, and said how much its write data area holds
wire        takes_area = is_operation && told == TOLD_ANSWERED && told_asked && told_started && group < GROUPS;

// at a secondary system journals have numbers from commit on before they are there
wire [63:0] oldest_number = update_number
                            - {{64-W+6{1'b0}}, activity[1] ? information_committed[W-1:6] : information_used[W-1:6]};

assign copies         = copy_names;
assign names          = copy_names || (is_operation && told == TOLD_DONE && operation_names);
assign named_volume   = copy_names ? copy_volume : operation_volume;
assign named_pair     = copy_names ? copy_pair : operation_pair;

maintenance #(
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)
) maintenance_inst (
    .run(is_operation && told == TOLD_DONE), .code(opcode), .refused(failed), .arguments(operation_arguments),
    .names_volume(operation_names), .operation_volume(operation_volume), .operation_pair(operation_pair),
    .group_state(group_state), .pair_set(pair_set), .pair_states(pair_states), .original_systems(original_systems),
    .secondary_systems(secondary_systems), .volume_state(volume_state), .volume_pair(volume_pair),
    .volume_capacity(volume_capacity), .volume_holds_journal(volume_holds_journal),
    .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state), .data_area(data_area),
    .update_number(update_number), .generation(generation), .activity(activity), .oldest_number(oldest_number),
    .next_restore(next_restore), .marked(marked), .writing(writing),
    .answer(operation_answer), .value(operation_value),
    .create_group(create_group), .record_pair(record_pair), .record_is_original(record_is_original),
    .record_journal_volume(record_journal_volume), .start_original(start_original), .start_secondary(start_secondary),
    .new_generation(new_generation), .new_partner_system(new_partner_system), .new_partner_group(new_partner_group),
    .suspend(suspend_group), .take_over(take_over), .open_secondaries(open_secondaries)
);

replication_steps #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .MAX_JOURNALS(MAX_JOURNALS), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .POSITION_WIDTH(W)
) replication_steps_inst (
    .clk(clk), .rst(rst), .valid(valid), .request(request), .group(group), .restarts(step_restarts),
    .look_void(look_void), .write_void(write_void), .free_void(free_void), .cycle(cycle_reg),
    .activities(activities), .groups_normal(groups_normal), .silences(silences),
    .mapped_volume(mapped_volume), .pair(pair), .pair_valid(pair_valid), .pair_state(pair_state),
    .copy_complete_address(copy_complete_address), .volume_capacity(volume_capacity), .group_state(group_state),
    .pair_set(pair_set), .pair_states(pair_states), .original_volumes(original_volumes), .last_copy_numbers(last_copy_numbers),
    .volumes_abnormal(volumes_abnormal), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .journal_volume_capacity(journal_volume_capacity),
    .update_number(update_number), .data_offset(data_offset), .information_room(information_room),
    .information_head(information_head), .information_area(information_area), .data_head(write_data_head),
    .information_oldest(information_oldest), .information_used(information_used),
    .information_committed(information_committed), .information_sent(information_sent), .data_oldest(data_oldest),
    .data_used(data_used), .data_committed(data_committed), .oldest_number(oldest_number), .generation(generation),
    .activity(activity), .no_room_holds(no_room_holds), .copy_unit(copy_unit), .partner_system(partner_system),
    .partner_group(partner_group), .read_mode(read_mode), .batch_journals(batch_journals), .batch_bytes(batch_bytes),
    .commands(commands), .interval(interval), .timeout(timeout), .next_command(next_command), .backlog(backlog),
    .next_restore(next_restore), .host_bytes(host_bytes), .tag(tag),
    .batch(batch), .batch_data(batch_data), .last_answer(last_answer), .marked(marked),
    .command_generation(command_generation), .command_tag(command_tag), .command_payload(command_payload),
    .read_area_bytes(read_area_bytes), .store_information(store_information),
    .answer_type(packet_type), .answer_generation(packet_generation), .answer_tag(packet_tag), .answer_status(packet_status),
    .answer_first_number(packet_first_number),
    .is_replication(is_replication), .retires(replication_retires), .of_group(of_group), .process_code(replication_process),
    .outcome(replication_outcome), .status(replication_status), .creation(replication_creation),
    .record_tag(replication_tag), .record_size(replication_size), .record_received(replication_received),
    .record_reference(replication_reference), .record_position(replication_position),
    .group_fails(replication_group_fails), .pair_fails(replication_pair_fails), .volume_fails(replication_volume_fails),
    .journal_volume_fails(replication_journal_volume_fails),
    .copy_names(copy_names), .copy_volume(copy_volume), .copy_pair(copy_pair), .copy_position(named_position),
    .copy_size(named_size), .copy_creates(copy_creates), .copy_kind(copy_kind),
    .copy_over(step_copy_over), .stores(stores), .store_holds(store_holds), .store_place(store_place), .store_data_place(store_data_place),
    .restore_writes(restore_writes), .takes_number(takes_number), .ring_commits(ring_commits), .ring_bytes(ring_bytes),
    .ring_frees(ring_frees), .ring_free_entries(ring_free_entries), .ring_free_data(ring_free_data),
    .ring_sends(ring_sends), .ring_send_entries(ring_send_entries), .ring_places(ring_places),
    .place_information_used(place_information_used), .place_data_used(place_data_used), .restores_next(restores_next),
    .set_host_bytes(set_host_bytes), .new_host_bytes(new_host_bytes), .set_tag(set_tag), .new_tag(new_tag),
    .set_batch(set_batch), .new_batch(new_batch), .new_batch_data(new_batch_data), .set_answer(set_answer),
    .new_answer(new_answer), .set_marked(set_marked), .set_activity(set_activity), .sent_again(sent_again), .set_pair_state(set_pair_state),
    .new_pair_state(new_pair_state), .set_copy_complete(set_copy_complete), .new_copy_complete(new_copy_complete),
    .read_entry_place(read_entry_place), .read_first(read_first), .read_count(read_count),
    .read_limit_bytes(read_limit_bytes), .read_group_state(read_group_state),
    .restore_entry_place(restore_entry_place), .restore_count(restore_count), .wanted(step_wanted),
    .send_request_valid(send_request_valid), .send_request_taken(send_request_taken), .send_request(send_request),
    .silence_request_valid(silence_request_valid), .silence_request_taken(silence_request_taken), .silence_request(silence_request),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet),
    .commit_request_valid(commit_request_valid), .commit_request_taken(commit_request_taken), .commit_request(commit_request)
);

assign set_last_copy_number = set_copy_complete;
assign step_stored          = stores;
assign step_holds           = store_holds;
assign step_area_end        = journal_volume_capacity;
assign step_information_head = information_head;
assign step_data_head       = write_data_head;
assign step_journal_volume  = journal_volume;
assign step_journal_device  = journal_volume_device;
assign step_journal_offset  = journal_volume_offset;
assign step_unreadable      = !volume_valid || volume_state == `ML_VOLUME_ABNORMAL;
assign send_read_taken      = valid && kind == `ML_REQUEST_SEND_READ;

// device writes of replication
wire enters_job = copy_creates || stores || restore_writes;

job_table #(.GROUPS(GROUPS), .POSITION_WIDTH(W), .SLOT_WIDTH(JOB_WIDTH)) job_table_inst (
    .clk(clk), .rst(rst),
    .enter(enters_job), .slot({slot[9:8], slot[SLOT_WIDTH-1:0]}), .volume(volume), .position(position[W-1:0]), .size(size),
    .number(stores ? store_information[`UI_UPDATE_NUMBER] : restore_writes ? request[`CR_REFERENCE] : update_number),
    .look_slot({request_job[9:8], request_job[SLOT_WIDTH-1:0]}), .look_volume(job_volume), .look_position(job_position),
    .look_size(job_bytes), .look_number(job_number),
    .group(group), .begins(creates || enters_job), .ends(is_journal || (is_volume && !of_host)), .writing(writing)
);

// register accesses
wire        idle = others_idle && !map_under_way && !show_valid;
wire [63:0] row_data, pointer_data, settings_data, progress_data, register_value, register_answer;
wire [15:0] register_outcome;
wire [1:0]  register_response;
wire        register_writes;
wire        loads = is_register && register_writes;
wire        loads_sent = loads && register_table == `ML_TABLE_PROGRESS && register_field == 4'd0;
reg  [63:0] group_progress_data;

always @* begin
    case (register_field)
        4'd0:    group_progress_data = {{64-W{1'b0}}, information_sent};
        4'd8:    group_progress_data = {{64-W{1'b0}}, information_high_water};
        4'd9:    group_progress_data = {{64-W{1'b0}}, data_high_water};
        default: group_progress_data = progress_data;
    endcase
end

assign step_commits     = ring_commits;
assign step_frees       = ring_frees || fails_group;
assign step_restarts    = starts || (loads && register_table != `ML_TABLE_SYSTEM);
assign argument_load    = loads && register_table == `ML_TABLE_SYSTEM && !register_upper;
assign operation_load   = loads && register_table == `ML_TABLE_SYSTEM && register_upper;
assign argument_index   = register_field[2:0];
assign load_value       = register_value;
assign operation_result = operation_answer;
assign operation_returns = operation_value;
assign start_packet     = {{32'd0, copy_unit}, data_offset, update_number, {32'd0, new_generation}, {48'd0, group},
                           {48'd0, SYSTEM_NUMBER[15:0]}, operation_arguments[191:128]};

register_access #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS), .SYSTEM_NUMBER(SYSTEM_NUMBER),
    .POSITION_WIDTH(W)
) register_access_inst (
    .address(map_address), .in_table(map_table), .row(map_row), .field(map_field),
    .writes(opcode[0]), .step_table(register_table), .step_upper(register_upper), .step_field(register_field),
    .data(request[`CR_REFERENCE]), .strobe(size[7:0]),
    .row_data(row_data), .pointer_data(pointer_data), .settings_data(settings_data), .progress_data(group_progress_data),
    .argument_data(operation_arguments[64*register_field[2:0] +: 64]), .operation_data(operation_register),
    .operation_answer(operation_status), .packet_faults(packet_faults), .cycle(cycle_reg), .idle(idle),
    .operating(operating),
    .outcome(register_outcome), .response(register_response), .loads(register_writes), .value(register_value),
    .answer(register_answer)
);

// record
reg [7:0]  process_code, status;
reg [15:0] outcome, record_creation, record_tag;
reg [63:0] reference;
reg [31:0] record_size, record_received;

always @* begin
    process_code    = `ML_PROCESS_READ_WRITE;
    status          = failed ? `ML_STATUS_DEVICE_ERROR : `ML_STATUS_OK;
    reference       = request[`CR_REFERENCE];
    record_creation = creation;
    record_tag      = request[`CR_TAG];
    record_size     = size;
    record_received = received;
    case (kind)
        `ML_REQUEST_MAINTENANCE: begin
            process_code = `ML_PROCESS_MAINTENANCE;
            outcome   = register_outcome;
            status    = {6'd0, register_response};
            reference = register_answer;
        end
        `ML_REQUEST_COMMAND: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome   = command_outcome;
            status    = command_status;
            reference = takes_order ? order_reg : 64'd0;
        end
        `ML_REQUEST_FLUSH: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome = `ML_COMMAND_FLUSH_ANSWERED;
        end
        `ML_REQUEST_VOLUME_WRITE:
            outcome = failed ? `ML_READ_WRITE_WRITE_FAILED : `ML_READ_WRITE_WRITTEN;
        `ML_REQUEST_JOURNAL_WRITE:
            outcome = failed ? `ML_READ_WRITE_JOURNAL_FAILED : commits ? `ML_READ_WRITE_DURABLE : `ML_READ_WRITE_HELD;
        `ML_REQUEST_READ_FAILURE:
            outcome = `ML_READ_WRITE_READ_FAILED;
        `ML_REQUEST_OPERATION: begin
            process_code    = `ML_PROCESS_OPERATION;
            record_received = 32'd0;
            outcome         = {8'd0, opcode};
            status          = told_answer;
            reference       = told_value;
            case (told)
                TOLD_DONE: begin
                    status    = operation_answer;
                    reference = operation_value;
                end
                TOLD_SENT: begin
                    outcome = SPECIFIED + {8'd0, told_code};
                    status  = 8'd0;
                end
                TOLD_ANSWERED: begin
                    outcome = told_asked ? ANSWERED + {8'd0, told_code} : NOT_ASKED;
                    if (!told_asked) begin
                        status    = 8'd0;
                        reference = 64'd0;
                    end
                end
                default: ;
            endcase
        end
        default: begin
            process_code    = replication_process;
            outcome         = replication_outcome;
            status          = replication_status;
            reference       = replication_reference;
            record_creation = replication_creation;
            record_tag      = replication_tag;
            record_size     = replication_size;
            record_received = replication_received;
        end
    endcase
end

assign step_outcome = outcome;

always @(posedge clk) begin
    cycle_reg <= cycle_reg + 48'd1;
    if (takes_order)
        order_reg <= order_reg + 64'd1;
    if (rst) begin
        cycle_reg <= 48'd0;
        order_reg <= 64'd1;
    end
end

/*
 * The tables, and what the show stage reads of them
 */
wire         show_valid;
wire [15:0]  show_volume, show_pair, show_group, show_journal_volume;
wire [2:0]   shown_volume_state, shown_pair_state, shown_journal_volume_state;
wire [1:0]   shown_group_state;
wire [W-1:0] shown_copy_complete_address;
wire [63:0]  shown_update_number, shown_data_offset;
wire [8*W-1:0] shown_pointers;

shared_memory #(.VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)) shared_memory_inst (
    .clk(clk), .rst(rst),
    .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair), .map_pair_valid(map_pair_valid),
    .map_group(map_group), .map_journal_volume(map_journal_volume), .map_journal_volume_valid(map_journal_volume_valid),
    .find_group(find_group), .find_volume(find_volume), .found(found), .found_pair(found_pair),
    .found_secondary_volume(found_secondary_volume), .found_journal_volume(found_journal_volume),
    .volume(volume), .pair(pair), .group(group), .journal_volume(journal_volume),
    .volume_state(volume_state), .volume_capacity(volume_capacity), .volume_device(volume_device), .volume_offset(volume_offset),
    .volume_pair(volume_pair), .volume_holds_journal(volume_holds_journal), .pair_state(pair_state),
    .copy_complete_address(copy_complete_address), 
    .group_state(group_state), .pair_set(pair_set), .update_number(update_number), .data_offset(data_offset),
    .full_policy(full_policy), .watch_time(watch_time),
    .journal_volume_state(journal_volume_state), .journal_volume_capacity(journal_volume_capacity),
    .journal_volume_device(journal_volume_device), .journal_volume_offset(journal_volume_offset),
    .pair_states(pair_states), .original_volumes(original_volumes), .original_systems(original_systems),
    .secondary_systems(secondary_systems), .last_copy_numbers(last_copy_numbers),
    .volumes_abnormal(volumes_abnormal), .groups_normal(groups_normal),
    .volume_fails(volume_fails || replication_volume_fails),
    .journal_volume_fails((journal_fails && journal_volume_valid) || replication_journal_volume_fails),
    .pair_fails(pair_fails || replication_pair_fails),
    .group_fails(fails_group),
    .take_number(creates || takes_number), .size(takes_number && !copy_creates ? ring_bytes : size),
    .set_pair_state(set_pair_state), .new_pair_state(new_pair_state),
    .set_copy_complete(set_copy_complete), .new_copy_complete(new_copy_complete), .set_last_copy_number(set_last_copy_number),
    .create_group(create_group), .record_pair(record_pair),
    .record_original_system(operation_arguments[64 +: 16]), .record_original_volume(operation_arguments[128 +: 16]),
    .record_secondary_system(operation_arguments[192 +: 16]), .record_secondary_volume(operation_arguments[256 +: 16]),
    .record_is_original(record_is_original), .record_journal_volume(record_journal_volume),
    .start(starts), .start_numbers(start_secondary), .new_update_number(operation_arguments[256 +: 64]),
    .new_data_offset(operation_arguments[320 +: 64]), .open_secondaries(open_secondaries),
    .load(loads), .load_table(register_table), .load_field(register_field), .load_data(register_value), .read_data(row_data),
    .shown_volume(show_volume), .shown_pair(show_pair), .shown_group(show_group), .shown_journal_volume(show_journal_volume),
    .shown_volume_state(shown_volume_state), .shown_pair_state(shown_pair_state),
    .shown_copy_complete_address(shown_copy_complete_address), .shown_group_state(shown_group_state),
    .shown_update_number(shown_update_number), .shown_data_offset(shown_data_offset),
    .shown_journal_volume_state(shown_journal_volume_state)
);

journal_ring #(.GROUPS(GROUPS), .ENTRY_BYTES(`UPDATE_INFORMATION_BYTES), .POSITION_WIDTH(W)) journal_ring_inst (
    .clk(clk), .rst(rst),
    .group(group), .area_end(journal_volume_capacity),
    .size(size), .information_bytes(operation_arguments[128 +: W]),
    .information_room(information_room), .data_room(data_room), .ever_fits(ever_fits),
    .update_information_newest(update_information_newest), .write_data_head(write_data_head),
    .write_data_newest(write_data_newest),
    .update_information_head(information_head), .update_information_area(information_area),
    .update_information_oldest(information_oldest), .update_information_used(information_used),
    .update_information_committed(information_committed), .update_information_sent(information_sent),
    .write_data_area(data_area), .write_data_oldest(data_oldest), .write_data_used(data_used),
    .write_data_committed(data_committed), .update_information_high_water(information_high_water),
    .write_data_high_water(data_high_water),
    .create(creates || copy_creates), .commit((commits && !of_received) || ring_commits),
    .bytes(ring_commits ? ring_bytes : (copy_creates || (is_journal && of_copy)) ? 32'd0 : size),
    .free(ring_frees), .free_entries(ring_free_entries), .free_data(ring_free_data),
    .send(ring_sends), .send_entries(ring_send_entries),
    .place(ring_places), .place_information_used(place_information_used), .place_data_used(place_data_used),
    .empty(starts), .divide(record_journal_volume),
    .load(loads && register_table == `ML_TABLE_POINTER), .load_sent(loads_sent), .field(register_field),
    .load_data(register_value), .read_data(pointer_data),
    .shown_group(show_group), .shown_pointers(shown_pointers)
);

group_settings #(.GROUPS(GROUPS), .POSITION_WIDTH(W)) group_settings_inst (
    .clk(clk), .rst(rst), .group(group),
    .generation(generation), .partner_system(partner_system), .partner_group(partner_group), .partner_area(partner_area),
    .read_mode(read_mode), .batch_journals(batch_journals), .batch_bytes(batch_bytes), .commands(commands),
    .no_room_holds(no_room_holds), .interval(interval), .timeout(timeout), .next_command(next_command), .backlog(backlog),
    .copy_unit(copy_unit), .activity(activity),
    .activities(activities), .silences(silences), 
    .set_activity(take_over ? 7'd4 : set_activity), .start(starts), .start_original(start_original),
    .new_generation(new_generation), .new_partner_system(new_partner_system), .new_partner_group(new_partner_group),
    .set_partner_area(start_original || takes_area), .new_partner_area(start_original ? {W{1'b0}} : told_value[W-1:0]),
    .load(loads && register_table == `ML_TABLE_SETTINGS), .field(register_field), .load_data(register_value),
    .read_data(settings_data)
);

group_progress #(.GROUPS(GROUPS), .PAIRS(PAIRS), .POSITION_WIDTH(W)) group_progress_inst (
    .clk(clk), .rst(rst), .group(group),
    .next_restore(next_restore), .host_bytes(host_bytes), .tag(tag), .batch(batch), .batch_data(batch_data),
    .last_answer(last_answer), .marked(marked), .next_restores(next_restores),
    .restores_next(restores_next), .set_host_bytes(set_host_bytes), .new_host_bytes(new_host_bytes),
    .set_tag(set_tag), .new_tag(new_tag), .set_batch(set_batch), .new_batch(new_batch), .new_batch_data(new_batch_data),
    .set_answer(set_answer), .new_answer(new_answer), .set_marked(set_marked), .sent_again(sent_again),
    .start(starts), .start_number(start_secondary ? operation_arguments[256 +: 64] : next_restore),
    .load(loads && register_table == `ML_TABLE_PROGRESS), .field(register_field), .load_data(register_value),
    .read_data(progress_data)
);

/*
 * show
 */
wire [W-1:0] information_place = stores ? store_place : update_information_newest;
wire [W-1:0] data_place        = stores ? store_data_place : write_data_newest;
wire [31:0]  data_bytes        = copy_creates ? 32'd0 : stores ? store_information[`UI_SIZE] : size;
wire [W-1:0] before_end        = journal_volume_capacity - data_place;

commit_show #(
    .DEVICES(DEVICES), .CACHE_SLOTS(CACHE_SLOTS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(W),
    .JOB_WIDTH(JOB_WIDTH), .START_WIDTH(START_WIDTH)
) commit_show_inst (
    .clk(clk), .rst(rst), .room(record_room),
    .step_valid(valid), .step_retires(is_replication ? replication_retires : valid && !(command_stalls && still_stalls)),
    .step_answers((command_done && !read_taken && !flush_taken) || is_flush),
    .step_is_register(is_register), .step_register_data(register_answer), .step_register_response(register_response),
    .process_code(process_code), .outcome(outcome), .creation(record_creation), .status(status), .cycle(cycle_reg),
    .tag(record_tag), .position(is_replication ? replication_position : position), .size(record_size), .received(record_received), .reference(reference),
    .slot({slot[9:8], slot[SLOT_WIDTH-1:0]}),
    .start(stores ? store_start : {{START_WIDTH-SLOT_WIDTH{1'b0}}, slot[SLOT_WIDTH-1:0]} << BEAT_WIDTH),
    .volume((is_operation || of_group) ? `ML_NONE : volume), .volume_valid(volume_valid && !of_group), .pair(pair),
    .pair_valid(pair_valid && !of_group),
    .group(group), .group_valid(group_valid && group < GROUPS),
    .journal_volume(record_journal_volume ? operation_volume : journal_volume),
    .journal_volume_valid(record_journal_volume || journal_volume_valid),
    .writes_volume(written || restore_writes), .volume_device(volume_device), .volume_address(volume_offset + position[W-1:0]),
    .writes_journal(creates || copy_creates || stores), .journal_device(journal_volume_device),
    .journal_information_address(journal_volume_offset + information_place),
    .journal_data_address(journal_volume_offset + data_place),
    .journal_head_address(journal_volume_offset + write_data_head),
    .journal_size_before_end(({{W-32{1'b0}}, data_bytes} < before_end) ? data_bytes : before_end[31:0]), .bytes(data_bytes),
    .info_crc(information[`UI_INFO_CRC]), .show_valid(show_valid), .show_volume(show_volume), .show_pair(show_pair),
    .show_group(show_group), .show_journal_volume(show_journal_volume), .volume_state(shown_volume_state),
    .pair_state(shown_pair_state), .group_state(shown_group_state), .journal_volume_state(shown_journal_volume_state),
    .update_number(shown_update_number), .copy_complete_address(shown_copy_complete_address),
    .data_offset(shown_data_offset), .pointers(shown_pointers),
    .answer_valid(answer_valid), .answer_tag(answer_tag), .answer_status(answer_status),
    .volume_job_valid(volume_job_valid), .volume_job_address(volume_job_address),
    .journal_job_valid(journal_job_valid), .journal_job_information_address(journal_job_information_address),
    .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
    .journal_job_size_before_end(journal_job_size_before_end), .job_slot(job_slot), .job_start(job_start), .job_size(job_size),
    .information_valid(information_valid), .register_answer_valid(register_answer_valid),
    .register_answer_data(register_answer_data), .register_answer_response(register_answer_response),
    .m_axis_commit_tdata(m_axis_commit_tdata), .m_axis_commit_tvalid(m_axis_commit_tvalid),
    .m_axis_commit_tready(m_axis_commit_tready)
);

endmodule

`resetall
