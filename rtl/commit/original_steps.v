// The decisions of the original system's processes of replication, in one step of the commit stage.
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
 * Initial copy and journal read reception see the step if it is their own. Combinational, but for the watch over groups
 * from which nothing is heard.
 */
module original_steps #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter MAX_JOURNALS = 64,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step
     */
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    input  wire [47:0]               cycle,
    input  wire [15:0]               group,
    input  wire                      pair_valid,
    input  wire                      journal_volume_valid,
    // a new generation of the group, or its registers were written
    input  wire                      restarts,
    input  wire                      settings,
    input  wire [`COMMIT_SCAN_WIDTH-1:0]       scan,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0]       operands,
    // of every group
    input  wire [7*GROUPS-1:0]       activities,

    output wire [`COMMIT_RECORD_WIDTH-1:0] record_fields,
    // the record is about the group only
    output wire                      of_group,

    /*
     * Changes
     */
    output wire                      group_fails,
    output wire [7:0]                fail_reason,
    output wire                      pair_fails,
    output wire                      volume_fails,
    output wire                      journal_volume_fails,
    // initial copy names pair and volume of its step, and creates a journal there
    output wire                      copy_names,
    output wire [63:0]               copy_position,
    output wire [31:0]               copy_size,
    output wire                      copy_creates,
    output wire [7:0]                copy_kind,
    // of the step's group there is nothing left to copy
    output wire                      copy_over,
    output wire                      set_pair_state,
    output wire [2:0]                new_pair_state,
    output wire [POSITION_WIDTH-1:0] new_copy_complete,
    output wire [PAIRS-1:0]          set_end_markers,
    // journal read reception
    output wire                      frees,
    output wire [POSITION_WIDTH-1:0] free_entries,
    output wire [POSITION_WIDTH-1:0] free_data,
    output wire                      sends,
    output wire [POSITION_WIDTH-1:0] send_entries,
    output wire                      set_host_bytes,
    output wire [63:0]               new_host_bytes,
    output wire                      set_tag,
    output wire [31:0]               new_tag,
    output wire                      set_batch,
    output wire [6:0]                new_batch,
    output wire [POSITION_WIDTH-1:0] new_batch_data,
    output wire                      set_answer,
    output wire [15:0]               new_answer,

    // what may be read and sent
    output wire [POSITION_WIDTH-1:0] read_entry_place,
    output wire [63:0]               read_first,
    output wire [6:0]                read_count,
    output wire [31:0]               read_limit_bytes,
    output wire [1:0]                read_group_state,
    output wire [7:0]                read_group_reason,

    // requests for steps about heartbeat timeouts
    output wire                      heartbeat_request_valid,
    input  wire                      heartbeat_request_taken,
    output wire [`CR_WIDTH-1:0]      heartbeat_request
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;

`include "commit_row_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_scan_wires.vh"

assign `COMMIT_GROUP_ROW  = group_row;
assign `COMMIT_VOLUME_ROW = volume_row;
assign `COMMIT_OPERANDS       = operands;
assign `COMMIT_SCAN       = scan;

wire [4:0]  kind   = request[`CR_KIND];
wire        failed = request[`CR_FAILED];
wire [31:0] size   = request[`CR_SIZE];
wire [63:0] number = request[`CR_REFERENCE];
wire        timed_out;

wire is_copy      = valid && kind == `ML_REQUEST_INITIAL_COPY;
wire is_command   = valid && kind == `ML_REQUEST_READ_COMMAND;
wire is_batch     = valid && kind == `ML_REQUEST_JOURNALS_READ;
wire is_data_lost = valid && kind == `ML_REQUEST_SEND_FAILED;
wire of_volume    = request[`CR_VOLUME] != `ML_NONE;
wire is_heartbeat   = valid && kind == `ML_REQUEST_HEARTBEAT && timed_out && activity[0]
                      && group_state == `ML_GROUP_NORMAL;

wire [15:0] copy_outcome, copy_creation;
wire        copy_group_fails;

initial_copy #(.PAIRS(PAIRS), .POSITION_WIDTH(W)) initial_copy_inst (
    .asked(kind == `ML_REQUEST_INITIAL_COPY), .run(is_copy), .group_state(group_state),
    .started(activity[0] && !start_unanswered), .found(copy_found), .marks(copy_marks), .fails(copy_fails),
    .unmarked(copy_unmarked), .pair(copy_pair), .copy_unit(copy_unit), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .information_room(information_room),
    .information_used(information_used), .information_area(information_area), .names(copy_names),
    .copy_complete_address(copy_complete_address), .volume_capacity(volume_capacity), .outcome(copy_outcome),
    .over(copy_over), .creation(copy_creation), .creates(copy_creates), .kind(copy_kind), .position(copy_position),
    .size(copy_size), .pair_fails(pair_fails), .group_fails(copy_group_fails), .copies(set_pair_state),
    .new_pair_state(new_pair_state), .new_copy_complete(new_copy_complete), .set_end_markers(set_end_markers)
);

wire [15:0] reception_outcome;
wire [7:0]  reception_status;
wire [31:0] reception_size, reception_received;
wire [63:0] reception_reference;
wire        reception_group_fails, heard;
wire [7:0]  reception_reason;

journal_read_reception #(.MAX_JOURNALS(MAX_JOURNALS), .POSITION_WIDTH(W)) journal_read_reception_inst (
    .command_run(is_command), .read_run(is_batch), .failed_run(is_data_lost), .heartbeat_run(is_heartbeat),
    .heard(heard), .command_from_partner(command_source == partner_system), .command_generation(command_generation),
    .command_tag(command_tag), .command_payload(command_payload), .read_first(number), .read_journals(size[6:0]),
    .read_bytes(request[`CR_RECEIVED]), .read_area_bytes(read_area_bytes), .read_failed(failed),
    .read_damaged(request[`CR_DAMAGED]), .group_state(group_state), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .generation(generation), .activity(activity),
    .information_area(information_area), .data_head(data_head), .information_oldest(information_oldest),
    .information_committed(information_committed), .information_sent(information_sent), .data_committed(data_committed),
    .oldest_number(oldest_number), .host_bytes(host_bytes), .tag(tag), .batch(batch), .batch_data(batch_data),
    .last_answer(last_answer), .of_volume(of_volume), .pair_valid(pair_valid), .outcome(reception_outcome),
    .status(reception_status), .record_size(reception_size), .record_received(reception_received),
    .record_reference(reception_reference), .group_fails(reception_group_fails), .group_reason(reception_reason),
    .journal_volume_fails(journal_volume_fails), .volume_fails(volume_fails), .ring_free(frees),
    .free_entries(free_entries), .free_bytes(free_data), .ring_send(sends), .send_bytes(send_entries),
    .host_bytes_set(set_host_bytes), .host_bytes_value(new_host_bytes), .tag_set(set_tag), .tag_value(new_tag),
    .batch_set(set_batch), .batch_value(new_batch), .batch_data_value(new_batch_data), .answer_set(set_answer),
    .answer_value(new_answer), .entry_place(read_entry_place), .first(read_first), .count(read_count),
    .limit_bytes(read_limit_bytes), .state(read_group_state)
);

heartbeat_watch #(.GROUPS(GROUPS)) heartbeat_watch_inst (
    .clk(clk), .rst(rst), .cycle(cycle), .hears(heard), .restarts(restarts), .settings(settings), .group(group),
    .activities(activities), .groups_normal(groups_normal), .silences(silences),
    .request_valid(heartbeat_request_valid), .request_taken(heartbeat_request_taken), .request(heartbeat_request),
    .step(valid && kind == `ML_REQUEST_HEARTBEAT), .timed_out(timed_out)
);

/*
 * Record
 */
// 1525 becomes the group's reason in this step
assign read_group_reason = (reception_outcome == `ML_RECEPTION_JOURNAL_ABNORMAL) ? reception_reason : group_reason;
assign group_fails  = copy_group_fails || reception_group_fails;
assign fail_reason = reception_group_fails ? reception_reason : `ML_REASON_JOURNAL_DEVICE;
assign of_group    = (is_copy && !copy_names) || is_command || is_heartbeat || is_batch || (is_data_lost && !of_volume);

wire retires = is_copy || is_command || is_batch || is_data_lost || is_heartbeat;
reg  [7:0]  process_code, status;
reg  [15:0] outcome, creation, record_tag;
reg  [31:0] record_size, record_received;
reg  [63:0] record_reference, record_position;

assign record_fields = `COMMIT_RECORD;

always @* begin
    if (kind == `ML_REQUEST_INITIAL_COPY) begin
        process_code     = `ML_PROCESS_INITIAL_COPY;
        outcome          = copy_outcome;
        status           = `ML_STATUS_OK;
        creation         = copy_creation;
        record_tag       = 16'd0;
        record_size      = copy_size;
        record_received  = 32'd0;
        record_reference = copy_creates ? update_number : 64'd0;
        record_position  = copy_position;
    end else begin
        process_code     = `ML_PROCESS_READ_RECEPTION;
        outcome          = reception_outcome;
        status           = reception_status;
        creation         = `ML_CREATION_NOT_RUN;
        record_tag       = request[`CR_TAG];
        record_size      = reception_size;
        record_received  = reception_received;
        record_reference = reception_reference;
        record_position  = 64'd0;
    end
end

endmodule

`resetall
