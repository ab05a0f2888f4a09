// The commit stage's `decide`: the processes' decisions.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Each process sees the step if it is its own: those of hosts and storage devices, of the original system, of the
 * secondary system, of groups' states, and of the maintenance terminal. What they decided is put together in the next
 * cycle (commit_change).
 */
module commit_decide #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Bytes of write data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter CACHE_SLOTS = 16,
    parameter SYSTEM_NUMBER = 1,
    parameter MAX_JOURNALS = 64,
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12
) (
    input  wire                      clk,
    input  wire                      rst,
    // value of the cycle counter at reset
    input  wire [47:0]               first_cycle,
    // nothing else is in flight in the system
    input  wire                      idle,
    input  wire [`COMMIT_MAPPED_WIDTH-1:0]   mapped,
    // steps that decide or will: a journal read command, an answer, any that looks at command slots
    input  wire [2:0]                claims,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0] operands,
    // map: a register's address
    input  wire [15:0]               map_address,
    output wire [2:0]                map_table,
    output wire [15:0]               map_row,
    output wire [3:0]                map_field,

    /*
     * Tables: volume and pair that the next step names, the journal that the step is about, its rows
     */
    output wire [15:0]               named_volume,
    output wire [15:0]               named_pair,
    output wire [31:0]               size,
    input  wire [`COMMIT_SCAN_WIDTH-1:0]       scan,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    input  wire [63:0]               register_data,
    input  wire [7*GROUPS-1:0]       activities,
    // this group's silence
    output wire [15:0]               watched_group,
    input  wire [31:0]               watched_silence,
    input  wire [GROUPS-1:0]         states_unanswered,
    output wire [`COMMIT_DECIDED_WIDTH-1:0]    decided,
    // steps of the packet that is being taken in may be asked for
    output wire                                step_settled,
    // a journal read command is proposed
    output wire                                proposes,
    // the step that decided in the cycle before: bit 16: this group becomes abnormal by it
    input  wire [16:0]                         failed_group,
    // the step that decided in the cycle before: a new generation of its group, or its registers were written; a
    // setting of it was written
    input  wire                                step_restarts,
    input  wire                                step_settings,

    /*
     * Requests for steps of journal store (0), journal read commands (1), heartbeat timeouts (2), announcements (3);
     * packets of journal read commands (0), announcements (1)
     */
    output wire [3:0]                request_valid,
    input  wire [3:0]                request_taken,
    output wire [4*`CR_WIDTH-1:0]    own_request,
    output wire [1:0]                packet_valid,
    input  wire [1:0]                packet_ready,
    output wire [2*`PK_WIDTH-1:0]    packet,

    // a packet about a group's state that came, and whether another one may come
    input  wire                      state_received,
    input  wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet,
    output wire                      state_room
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;

`include "commit_mapped_wires.vh"
`include "commit_decided_wires.vh"
`include "commit_row_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_scan_wires.vh"

assign `COMMIT_MAPPED     = mapped;
assign `COMMIT_GROUP_ROW  = group_row;
assign `COMMIT_VOLUME_ROW = volume_row;
assign `COMMIT_OPERANDS       = operands;
assign `COMMIT_SCAN       = scan;
assign decided            = `COMMIT_DECIDED;

wire [`CR_WIDTH-1:0] request = step_request;
wire [4:0] kind   = request[`CR_KIND];

wire is_original = (kind >= `ML_REQUEST_INITIAL_COPY && kind <= `ML_REQUEST_SEND_FAILED)
                   || kind == `ML_REQUEST_HEARTBEAT;
wire is_copy      = kind == `ML_REQUEST_INITIAL_COPY;
wire is_secondary = kind >= `ML_REQUEST_COMMAND_SEND && kind <= `ML_REQUEST_RESTORE_FREE;

wire [7:0]  host_reason, original_reason, secondary_reason, announcement_reason, operation_reason;
wire [2:0]  copy_pair_state, restore_pair_state;
wire [31:0] reception_tag, command_tag_after;
wire [63:0] reception_host_bytes, received_host_bytes;
wire [W-1:0] load_data;

// initial copy and operations name volume and pair themselves, a cycle before they decide
wire         copy_names, operation_names;
wire [15:0]  operation_pair;
wire [63:0]  copy_position;
wire [31:0]  copy_size;
assign named_volume = copy_names ? copy_volume : operation_names ? operation_volume : mapped_volume;
assign named_pair   = copy_names ? copy_pair : operation_names ? operation_pair : mapped_pair;
// initial copy names them before it decides, and holds them
reg          copy_named_reg;
wire         copy_named = copy_named_reg && is_copy;
always @(posedge clk)
    copy_named_reg <= copy_names;
assign volume_valid = copy_named || mapped_volume_valid;
assign pair_valid   = copy_named || mapped_pair_valid;
assign size         = request[`CR_SIZE];

reg  [47:0] cycle_reg;
wire [47:0] cycle = cycle_reg;

assign decided_position = is_copy ? copy_position : request[`CR_POSITION];
assign decided_size     = is_copy ? copy_size : size;
// what is looked at with a step does not change without one
assign decided_cycle    = valid ? cycle : 48'd0;

always @(posedge clk)
    cycle_reg <= rst ? first_cycle : cycle_reg + 48'd1;

/*
 * Hosts and storage devices
 */
wire [`COMMIT_RECORD_WIDTH-1:0] host_record_fields, original_record_fields, secondary_record_fields,
                                maintenance_record_fields, announcement_record_fields;

host_steps #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)
) host_steps_inst (
    .clk(clk), .valid(valid), .request(request), .volume_valid(mapped_volume_valid), .pair_valid(mapped_pair_valid),
    .journal_volume_valid(journal_volume_valid), .position(request[`CR_POSITION]), .size(request[`CR_SIZE]),
    .range_end(range_end), .group_row(group_row), .volume_row(volume_row), .record_fields(host_record_fields),
    .command_done(command_done), .command_stalls(command_stalls), .watch_left(command_watch_time), .written(written),
    .read_taken(read_taken), .flush_taken(flush_taken), .is_flush(is_flush), .creates(creates), .suspends(suspends),
    .fail_reason(host_reason), .commits(commits), .journal_fails(journal_fails), .volume_fails(answer_volume_fails),
    .pair_fails(answer_pair_fails)
);

/*
 * Original system
 */
wire [W-1:0] free_entries, free_data, place_information_used, place_data_used;
original_steps #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .MAX_JOURNALS(MAX_JOURNALS), .POSITION_WIDTH(W),
    .START_WIDTH(START_WIDTH)
) original_steps_inst (
    .clk(clk), .rst(rst), .valid(valid), .request(request), .cycle(cycle), .group(group),
    .pair_valid(mapped_pair_valid), .journal_volume_valid(journal_volume_valid), .restarts(step_restarts),
    .settings(step_settings), .scan(scan), .group_row(group_row), .volume_row(volume_row), .operands(operands),
    .activities(activities), .watched_group(watched_group), .watched_silence(watched_silence),
    .record_fields(original_record_fields), .of_group(original_of_group), .group_fails(original_group_fails),
    .fail_reason(original_reason), .pair_fails(original_pair_fails), .volume_fails(original_volume_fails),
    .journal_volume_fails(original_journal_fails), .copy_names(copy_names), .copy_position(copy_position),
    .copy_size(copy_size), .copy_creates(copy_creates), .copy_kind(copy_kind), .copy_over(step_copy_over),
    .set_pair_state(copy_moves), .new_pair_state(copy_pair_state), .new_copy_complete(new_copy_complete),
    .set_end_markers(copy_sets_end_markers), .frees(reception_frees), .free_entries(free_entries),
    .free_data(free_data), .sends(ring_sends), .send_entries(ring_send_entries), .set_host_bytes(reception_sets_bytes),
    .new_host_bytes(reception_host_bytes), .set_tag(reception_sets_tag), .new_tag(reception_tag), .set_batch(set_batch),
    .new_batch(new_batch), .new_batch_data(new_batch_data), .set_answer(set_answer), .new_answer(new_answer),
    .read_entry_place(read_entry_place), .read_count(read_count), .read_limit_bytes(read_limit_bytes),
    .read_group_state(read_group_state), .read_group_reason(read_group_reason),
    .heartbeat_request_valid(request_valid[2]), .heartbeat_request_taken(request_taken[2]),
    .heartbeat_request(own_request[2*`CR_WIDTH +: `CR_WIDTH])
);

/*
 * Secondary system
 */
secondary_steps #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW), .POSITION_WIDTH(W),
    .START_WIDTH(START_WIDTH)
) secondary_steps_inst (
    .clk(clk), .rst(rst), .valid(valid), .request(request), .cycle(cycle), .group(group), .proposes(proposes),
    .failed_group(failed_group), .mapped_volume(mapped_volume), .pair(mapped_pair), .pair_valid(mapped_pair_valid),
    .journal_volume_valid(journal_volume_valid), .claims(claims), .restarts(step_restarts), .group_row(group_row),
    .volume_row(volume_row), .operands(operands), .record_fields(secondary_record_fields),
    .of_group(secondary_of_group), .group_fails(secondary_group_fails), .fail_reason(secondary_reason),
    .journal_volume_fails(secondary_journal_fails), .stores(stores), .store_holds(step_holds),
    .store_yields(step_yields), .store_settled(step_settled), .store_place(store_place),
    .store_data_place(store_data_place), .place_information_used(place_information_used),
    .place_data_used(place_data_used), .commits(received_commits), .new_host_bytes(received_host_bytes),
    .restore_writes(restore_writes), .restores_next(restores_next), .frees(restore_frees),
    .set_end_markers(restore_marks), .set_pair_state(restore_sets_pair), .new_pair_state(restore_pair_state),
    .set_activity(secondary_activity), .set_tag(command_sets_tag), .new_tag(command_tag_after), .sent_again(sent_again),
    .restore_entry_place(restore_entry_place), .restore_count(restore_count), .wanted(step_wanted),
    .commit_request_valid(request_valid[0]), .commit_request_taken(request_taken[0]),
    .commit_request(own_request[`CR_WIDTH-1:0]), .send_request_valid(request_valid[1]),
    .send_request_taken(request_taken[1]), .send_request(own_request[`CR_WIDTH +: `CR_WIDTH]),
    .packet_valid(packet_valid[0]), .packet_ready(packet_ready[0]), .packet(packet[`PK_WIDTH-1:0])
);

/*
 * Groups' states, announced to the partner and by it
 */
announcement_steps #(.VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)) announcement_steps_inst (
    .clk(clk), .rst(rst), .mapped(mapped), .cycle(cycle), .restarts(step_restarts), .group_row(group_row),
    .activities(activities), .states_unanswered(states_unanswered), .record_fields(announcement_record_fields),
    .is_announcement(is_announcement), .group_fails(announcement_fails), .fail_reason(announcement_reason),
    .state_answered(state_answered), .state_received(state_received), .state_packet(state_packet),
    .state_room(state_room), .request_valid(request_valid[3]), .request_taken(request_taken[3]),
    .request(own_request[3*`CR_WIDTH +: `CR_WIDTH]), .packet_valid(packet_valid[1]), .packet_ready(packet_ready[1]),
    .packet(packet[`PK_WIDTH +: `PK_WIDTH])
);

/*
 * Maintenance terminal
 */
maintenance_steps #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_JOURNALS(MAX_JOURNALS),
    .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS), .SYSTEM_NUMBER(SYSTEM_NUMBER),
    .POSITION_WIDTH(W), .START_WIDTH(START_WIDTH)
) maintenance_steps_inst (
    .clk(clk), .rst(rst), .map_address(map_address), .map_table(map_table), .map_row(map_row), .map_field(map_field),
    .valid(valid), .request(request), .cycle(cycle), .idle(idle), .group(group),
    .journal_volume_valid(journal_volume_valid), .scan(scan), .group_row(group_row), .volume_row(volume_row),
    .operands(operands), .register_table(register_table), .register_upper(register_upper),
    .register_field(register_field), .register_data(register_data), .record_fields(maintenance_record_fields),
    .is_register(is_register), .is_operation(is_operation), .names(operation_names),
    .operation_volume(operation_volume), .operation_pair(operation_pair), .loads(loads), .loads_setting(loads_setting),
    .load_data(load_data), .create_group(create_group), .record_pair(record_pair),
    .record_is_original(record_is_original), .record_journal_volume(record_journal_volume),
    .start_original(start_original), .start_secondary(start_secondary), .new_generation(new_generation),
    .new_partner_system(new_partner_system), .new_partner_group(new_partner_group), .takes_area(takes_area),
    .suspend_group(suspend_group), .take_over(take_over), .give_up(give_up), .start_answered(start_answered),
    .start_fails(start_fails), .fail_reason(operation_reason), .open_secondaries(open_secondaries),
    .start_packet(start_packet)
);

ring_steps #(.POSITION_WIDTH(W)) ring_steps_inst (
    .valid(valid), .request(request), .loads(loads), .load_data(load_data),
    .place_information_used(place_information_used), .place_data_used(place_data_used), .free_entries(free_entries),
    .free_data(free_data), .information_step(ring_information_step), .data_step(ring_data_step),
    .register_table(register_table), .register_field(register_field), .sets(ring_loads), .sets_sent(ring_loads_sent)
);

// the record of the one whose step it is, and what it wants
wire of_terminal  = is_register || is_operation;
wire of_host_side = !is_original && !is_secondary && !of_terminal && !is_announcement;
localparam [`COMMIT_RECORD_WIDTH-1:0] NOTHING = 0;
assign `COMMIT_RECORD = (is_original     ? original_record_fields     : NOTHING)
                        | (is_secondary    ? secondary_record_fields    : NOTHING)
                        | (of_terminal     ? maintenance_record_fields  : NOTHING)
                        | (is_announcement ? announcement_record_fields : NOTHING)
                        | (of_host_side    ? host_record_fields         : NOTHING);

// a write of restore that failed is a step of the host side's kind
assign wanted_reason = is_original ? original_reason : (is_secondary || secondary_group_fails) ? secondary_reason
                       : is_announcement ? announcement_reason : of_terminal ? operation_reason : host_reason;
assign {wanted_pair_state, wanted_tag, wanted_host_bytes} = is_original
    ? {copy_pair_state, reception_tag, reception_host_bytes}
    : {restore_pair_state, command_tag_after, received_host_bytes};

endmodule

`resetall
