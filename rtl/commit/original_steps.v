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
 * Initial copy and journal read reception see the step if it is their own, in the cycle before it decides, as what it
 * decides on holds by then; what they make of it is in registers when it does. And the watch over groups from which
 * nothing is heard.
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
    // of every group; after how many cycles this one is given up
    input  wire [7*GROUPS-1:0]       activities,
    output wire [15:0]               watched_group,
    input  wire [31:0]               watched_silence,

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
wire silent       = kind == `ML_REQUEST_HEARTBEAT && timed_out && activity[0] && group_state == `ML_GROUP_NORMAL;
wire is_heartbeat = valid && silent;
wire is_reception = is_command || is_batch || is_data_lost || is_heartbeat;
wire of_copy      = kind == `ML_REQUEST_INITIAL_COPY;

wire [15:0] copy_outcome, copy_creation, next_copy_outcome, next_copy_creation;
wire        copy_group_fails, next_copy_over, next_copy_creates, next_pair_fails, next_copy_group_fails,
            next_set_pair_state;
wire [7:0]  next_copy_kind;
wire [63:0] next_copy_position;
wire [31:0] next_copy_size;
wire [2:0]  next_new_pair_state;
wire [W-1:0]     next_new_copy_complete;
wire [PAIRS-1:0] next_set_end_markers;

reg  [4:0]       copy_flags_reg;
reg  [PAIRS-1:0] end_markers_reg;
reg  [16+16+8+64+32+3+W-1:0] copy_reg;
reg  [9:0]       flags_reg;
reg  [16+8+32+32+64+8+3*W+64+32+7+W+16+W+7+32+2-1:0] reception_reg;

initial_copy #(.PAIRS(PAIRS), .POSITION_WIDTH(W)) initial_copy_inst (
    .clk(clk), .asked(of_copy), .run(of_copy), .group_state(group_state),
    .started(activity[0] && !start_unanswered), .found(copy_found), .marks(copy_marks), .fails(copy_fails),
    .unmarked(copy_unmarked), .pair(copy_pair), .copy_unit(copy_unit), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .information_room(information_room),
    .information_used(information_used), .information_area(information_area), .names(copy_names),
    .copy_complete_address(copy_complete_address), .volume_capacity(volume_capacity), .outcome(next_copy_outcome),
    .over(next_copy_over), .creation(next_copy_creation), .creates(next_copy_creates), .kind(next_copy_kind),
    .position(next_copy_position), .size(next_copy_size), .pair_fails(next_pair_fails),
    .group_fails(next_copy_group_fails), .copies(next_set_pair_state), .new_pair_state(next_new_pair_state),
    .new_copy_complete(next_new_copy_complete), .set_end_markers(next_set_end_markers)
);

wire [15:0] reception_outcome, next_outcome, next_new_answer;
wire [7:0]  reception_status, next_status, reception_reason, next_reason;
wire [31:0] reception_size, reception_received, next_size, next_received, next_new_tag, next_limit_bytes;
wire [63:0] reception_reference, next_reference, next_new_host_bytes;
wire        reception_group_fails, heard, next_heard, next_group_fails, next_journal_fails, next_volume_fails,
    next_frees,
            next_sends, next_set_host_bytes, next_set_tag, next_set_batch, next_set_answer;
wire [6:0]  next_new_batch, next_count;
wire [1:0]  next_state;
wire [W-1:0] next_free_entries, next_free_data, next_send_entries, next_new_batch_data, next_entry_place;

journal_read_reception #(.MAX_JOURNALS(MAX_JOURNALS), .POSITION_WIDTH(W)) journal_read_reception_inst (
    .clk(clk), .command_run(kind == `ML_REQUEST_READ_COMMAND), .read_run(kind == `ML_REQUEST_JOURNALS_READ),
    .failed_run(kind == `ML_REQUEST_SEND_FAILED), .heartbeat_run(silent), .heard(next_heard),
    .command_from_partner(command_source == partner_system), .command_generation(command_generation),
    .command_tag(command_tag), .command_payload(command_payload), .read_first(number), .read_journals(size[6:0]),
    .read_bytes(request[`CR_RECEIVED]), .read_area_bytes(read_area_bytes), .read_failed(failed),
    .read_damaged(request[`CR_DAMAGED]), .group_state(group_state), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .generation(generation), .activity(activity),
    .information_area(information_area), .data_head(data_head), .information_oldest(information_oldest),
    .information_committed(information_committed), .information_sent(information_sent), .data_committed(data_committed),
    .oldest_number(oldest_number), .host_bytes(host_bytes), .tag(tag), .batch(batch), .batch_data(batch_data),
    .last_answer(last_answer), .of_volume(of_volume), .pair_valid(pair_valid), .outcome(next_outcome),
    .status(next_status), .record_size(next_size), .record_received(next_received),
    .record_reference(next_reference), .group_fails(next_group_fails), .group_reason(next_reason),
    .journal_volume_fails(next_journal_fails), .volume_fails(next_volume_fails), .ring_free(next_frees),
    .free_entries(next_free_entries), .free_bytes(next_free_data), .ring_send(next_sends),
    .send_bytes(next_send_entries), .host_bytes_set(next_set_host_bytes), .host_bytes_value(next_new_host_bytes),
    .tag_set(next_set_tag), .tag_value(next_new_tag), .batch_set(next_set_batch), .batch_value(next_new_batch),
    .batch_data_value(next_new_batch_data), .answer_set(next_set_answer), .answer_value(next_new_answer),
    .entry_place(next_entry_place), .count(next_count), .limit_bytes(next_limit_bytes),
    .state(next_state)
);

// without a step there is none of these
assign {copy_over, copy_creates, pair_fails, copy_group_fails, set_pair_state} = copy_flags_reg & {5{is_copy}};
assign set_end_markers = end_markers_reg & {PAIRS{is_copy}};
assign {heard, reception_group_fails, journal_volume_fails, volume_fails, frees, sends, set_host_bytes, set_tag,
    set_batch,
        set_answer} = flags_reg & {10{is_reception}};
assign {copy_outcome, copy_creation, copy_kind, copy_position, copy_size, new_pair_state, new_copy_complete} = copy_reg;
assign {reception_outcome, reception_status, reception_size, reception_received, reception_reference, reception_reason,
        free_entries, free_data, send_entries, new_host_bytes, new_tag, new_batch, new_batch_data, new_answer,
        read_entry_place, read_count, read_limit_bytes, read_group_state} = reception_reg;

always @(posedge clk) begin
    copy_flags_reg  <= {next_copy_over, next_copy_creates, next_pair_fails, next_copy_group_fails, next_set_pair_state};
    end_markers_reg <= next_set_end_markers;
    copy_reg        <= {next_copy_outcome, next_copy_creation, next_copy_kind, next_copy_position, next_copy_size,
                        next_new_pair_state, next_new_copy_complete};
    flags_reg       <= {next_heard, next_group_fails, next_journal_fails, next_volume_fails, next_frees, next_sends,
                        next_set_host_bytes, next_set_tag, next_set_batch, next_set_answer};
    reception_reg   <= {next_outcome, next_status, next_size, next_received, next_reference, next_reason,
                        next_free_entries, next_free_data, next_send_entries, next_new_host_bytes, next_new_tag,
                        next_new_batch, next_new_batch_data, next_new_answer, next_entry_place, next_count,
                        next_limit_bytes, next_state};
end

heartbeat_watch #(.GROUPS(GROUPS)) heartbeat_watch_inst (
    .clk(clk), .rst(rst), .cycle(cycle), .hears(heard), .restarts(restarts), .settings(settings), .group(group),
    .activities(activities), .groups_normal(groups_normal), .watched_group(watched_group),
    .silence(watched_silence),
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
reg  [15:0] outcome, creation;
reg  [31:0] record_received;
reg  [63:0] record_reference;
// what is read or sent has a tag, and no range
wire        shows_position = kind == `ML_REQUEST_INITIAL_COPY;
wire        shows_size = shows_position, shows_tag = !shows_position, shows_reference = 1'b0;
wire [15:0] record_tag = 16'd0;
wire [31:0] record_size = reception_size;

assign record_fields = `COMMIT_RECORD;

always @* begin
    if (kind == `ML_REQUEST_INITIAL_COPY) begin
        process_code     = `ML_PROCESS_INITIAL_COPY;
        outcome          = copy_outcome;
        status           = `ML_STATUS_OK;
        creation         = copy_creation;
        record_received  = 32'd0;
        record_reference = copy_creates ? update_number : 64'd0;
    end else begin
        process_code     = `ML_PROCESS_READ_RECEPTION;
        outcome          = reception_outcome;
        status           = reception_status;
        creation         = `ML_CREATION_NOT_RUN;
        record_received  = reception_received;
        record_reference = reception_reference;
    end
end

endmodule

`resetall
