// The decisions on host commands and on the answers of storage devices, in one step of the commit stage.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Command reception, journal creation, and the read-write process ([0106]).
 */
module host_steps #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    /*
     * The step
     */
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    input  wire                      volume_valid,
    input  wire                      pair_valid,
    input  wire                      journal_volume_valid,
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    // one past its last byte
    input  wire [64:0]               range_end,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,

    // the number of a host command is its reference, once it is known that it gets one (commit_change)
    output wire [`COMMIT_RECORD_WIDTH-1:0] record_fields,

    /*
     * What becomes of a command; a flush that is answered
     */
    output wire                      command_done,
    output wire                      command_stalls,
    // how long it may go on waiting
    output wire [31:0]               watch_left,
    output wire                      written,
    output wire                      read_taken,
    output wire                      flush_taken,
    output wire                      is_flush,

    /*
     * Changes
     */
    // 1340: a journal is created; 1390: the group is suspended
    output wire                      creates,
    output wire                      suspends,
    // why the group becomes abnormal, if it does
    output wire [7:0]                fail_reason,
    // a journal of a host or of initial copy is on the device
    output wire                      commits,
    output wire                      journal_fails,
    output wire                      volume_fails,
    output wire                      pair_fails
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;

`include "commit_row_wires.vh"

assign `COMMIT_GROUP_ROW  = group_row;
assign `COMMIT_VOLUME_ROW = volume_row;

wire [4:0]  kind      = request[`CR_KIND];
wire [31:0] received  = request[`CR_RECEIVED];
wire [7:0]  client    = request[`CR_CLIENT];
wire        failed    = request[`CR_FAILED];
wire        journaled = request[`CR_JOURNALED];
wire        stalled   = request[`CR_STALLED];

// cycles since the oldest command began to wait for room; the end is never passed. What is left of the watch time is
// looked at in a step whose group is not calm, which holds since the cycle before at least
reg  [31:0] waited_reg;
reg  [32:0] left_reg;
wire [31:0] waited  = (waited_reg == 32'hFFFFFFFF) ? waited_reg : waited_reg + 32'd1;
wire        expired = stalled && (left_reg[32] || left_reg[31:0] == 32'd0);

assign watch_left = stalled ? left_reg[31:0] : watch_time;

always @(posedge clk) begin
    waited_reg <= (command_stalls && !stalled) ? 32'd1 : waited;
    left_reg   <= {1'b0, watch_time} - {1'b0, waited};
end

wire is_command  = valid && kind == `ML_REQUEST_COMMAND;
wire is_volume   = valid && kind == `ML_REQUEST_VOLUME_WRITE;
wire is_journal  = valid && kind == `ML_REQUEST_JOURNAL_WRITE;
wire is_read     = valid && kind == `ML_REQUEST_READ_FAILURE;
wire of_host     = client == {6'd0, `ML_WRITE_HOST};
assign is_flush  = valid && kind == `ML_REQUEST_FLUSH;

/*
 * Command reception and journal creation
 */
wire        journal_creation_runs, command_writes, stalls, creation_stalls, still_stalls, creation_refuses;
wire [15:0] command_outcome, creation;
wire [7:0]  command_status;
wire        replicates = pair_state == `ML_PAIR_NOT_COPYING || pair_state == `ML_PAIR_COPYING
                         || pair_state == `ML_PAIR_NORMAL;
wire        partner_fits = partner_area == 0 || partner_area[W-1:17] != 0 || size[16:0] < partner_area[16:0];
wire        never_fits = pair_valid && journal_volume_valid && group_state == `ML_GROUP_NORMAL && replicates
                         && !(ever_fits && partner_fits);

command_reception #(.MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)) command_reception_inst (
    .opcode(request[`CR_OPCODE]), .position(position), .size(size), .range_end(range_end), .received(received),
    .volume_valid(volume_valid), .volume_state(volume_state), .volume_capacity(volume_capacity),
    .volume_holds_journal(volume_holds_journal), .never_fits(never_fits),
    .journal_creation(journal_creation_runs), .creation_refuses(creation_refuses), .creation_stalls(creation_stalls),
    .outcome(command_outcome), .status(command_status), .writes(command_writes), .stalls(stalls)
);

journal_creation #(.POSITION_WIDTH(W)) journal_creation_inst (
    .run(is_command && journal_creation_runs), .position(position), .discard(request[`CR_DISCARD]),
    .stalled(stalled), .expired(expired), .pair_valid(pair_valid), .pair_state(pair_state),
    .copy_complete_address(copy_complete_address), .group_state(group_state), .full_policy(full_policy),
    .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state),
    .information_room(information_room), .data_room(data_room), .creation(creation), .creates(creates),
    .suspends(suspends), .stalls(creation_stalls), .still_stalls(still_stalls), .refuses(creation_refuses)
);

assign written        = is_command && command_writes;
assign read_taken     = is_command && command_outcome == `ML_COMMAND_READ;
assign flush_taken    = is_command && command_outcome == `ML_COMMAND_FLUSH_TAKEN;
assign command_stalls = is_command && stalls;
assign command_done   = is_command && !stalls;

/*
 * Read-write process: the journal volume still takes journals
 */
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;
assign commits       = is_journal && !failed && journal_volume_normal;
assign journal_fails = is_journal && failed;
assign fail_reason  = (creation == `ML_CREATION_NO_ROOM) ? `ML_REASON_NO_ROOM : `ML_REASON_JOURNAL_DEVICE;
assign volume_fails  = (is_volume && failed) || is_read;
assign pair_fails    = is_volume && failed && of_host && !journaled && pair_valid;

/*
 * Record
 */
wire        retires = valid && !(command_stalls && still_stalls);
reg  [7:0]  process_code, status;
reg  [15:0] outcome;
wire [15:0] record_tag      = 16'd0;
wire [31:0] record_size     = 32'd0;
wire [31:0] record_received = received;
wire        shows_position  = 1'b1, shows_size = 1'b1, shows_tag = 1'b1;
wire        shows_reference = kind != `ML_REQUEST_COMMAND;
wire [63:0] record_reference = 64'd0;

assign record_fields = `COMMIT_RECORD;

always @* begin
    process_code = `ML_PROCESS_READ_WRITE;
    outcome      = `ML_READ_WRITE_READ_FAILED;
    status       = failed ? `ML_STATUS_DEVICE_ERROR : `ML_STATUS_OK;
    case (kind)
        `ML_REQUEST_COMMAND: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome      = command_outcome;
            status       = command_status;
        end
        `ML_REQUEST_FLUSH: begin
            process_code = `ML_PROCESS_COMMAND_RECEPTION;
            outcome      = `ML_COMMAND_FLUSH_ANSWERED;
        end
        `ML_REQUEST_VOLUME_WRITE:
            outcome = failed ? `ML_READ_WRITE_WRITE_FAILED : `ML_READ_WRITE_WRITTEN;
        `ML_REQUEST_JOURNAL_WRITE:
            outcome = failed ? `ML_READ_WRITE_JOURNAL_FAILED : commits ? `ML_READ_WRITE_DURABLE
                      : `ML_READ_WRITE_NOT_COMMITTED;
        default: ;
    endcase
end

endmodule

`resetall
