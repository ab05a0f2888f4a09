// Journal read commands, one after the other: both steps of the commit stage, and the update information between them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * A command's first step answers it, drops it, or says which update information is to be read: one linear read, two if it goes round the
 * end of its area. The second step makes a batch of it. What is to be sent goes out through `packet_*`, after the step's record. The
 * next command begins when this one has taken its second step, so that no command's steps lie between another's.
 */
module journal_fetch #(
    parameter DEVICES = 2,
    parameter POSITION_WIDTH = 48,
    // Bytes of data in a packet, at most
    parameter MAX_DATA_BYTES = 65536
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The oldest command; holds until it is taken
     */
    input  wire                      command_valid,
    output wire                      command_ready,
    input  wire [15:0]               command_group,
    input  wire [31:0]               command_tag,

    /*
     * Steps: READ_COMMAND, JOURNALS_READ
     */
    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request,
    // what journal_read_reception gets in the second one
    output wire [63:0]               read_first,
    // in the first, the second step: what it decides
    input  wire                      step_command,
    input  wire                      step_read,
    input  wire [15:0]               outcome,
    input  wire [1:0]                state,
    input  wire [7:0]                reason,
    input  wire [POSITION_WIDTH-1:0] entry_place,
    input  wire [63:0]               first,
    input  wire [6:0]                count,
    input  wire [31:0]               limit_bytes,
    input  wire [POSITION_WIDTH-1:0] information_head,
    input  wire [POSITION_WIDTH-1:0] data_head,
    input  wire [7:0]                journal_volume_device,
    input  wire [POSITION_WIDTH-1:0] journal_volume_offset,

    /*
     * Storage devices
     */
    output wire [DEVICES-1:0]        device_read_valid,
    output wire [POSITION_WIDTH-1:0] device_read_address,
    output wire [31:0]               device_read_size,
    input  wire [DEVICES-1:0]        device_read_done,
    input  wire [DEVICES-1:0]        device_read_done_failed,
    output wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] device,

    /*
     * Entry buffer
     */
    input  wire                      buffer_free,
    output wire                      buffer_start,
    output wire [31:0]               buffer_limit_bytes,
    input  wire [6:0]                journals,
    input  wire [31:0]               bytes,
    // some of the update information is not what was written
    input  wire                      damaged,

    /*
     * What is to be sent
     */
    input  wire                      packet_room,
    output wire                      packet_valid,
    output wire                      packet_has_journals,
    output wire [15:0]               packet_type,
    output wire [15:0]               packet_status,
    output wire [7:0]                packet_reason,

    output wire                      idle
);

`ML_REQUIRE_DEVICES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_MAX_DATA_BYTES

localparam W = POSITION_WIDTH;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam [DEVICES-1:0] FIRST_DEVICE = 1;
localparam [31:0] MOST_BYTES = MAX_DATA_BYTES;
// cycles from a step to its record on the trace
localparam [1:0] RECORD_CYCLES = 2'd2;

localparam [3:0] IDLE = 4'd0, COMMAND = 4'd1, READ = 4'd2, READ_REST = 4'd3, WAIT = 4'd4, CHECK = 4'd5, ASK = 4'd6,
                 DECIDED = 4'd7, ANSWER = 4'd8;

reg [3:0]   state_reg;
// the step under way was granted
reg         asked_reg;
reg [1:0]   delay_reg;
reg [15:0]  outcome_reg;
reg [1:0]   group_state_reg;
reg [7:0]   reason_reg;
reg [63:0]  first_reg;
reg [W-1:0] address_reg;
reg [31:0]  size_reg;
reg [W-1:0] head_address_reg;
reg [31:0]  rest_reg;
reg [DEVICE_WIDTH-1:0] device_reg;
// reads of update information under way
reg [1:0]   reads_reg;
reg         failed_reg;

wire [W-1:0] before_end = data_head - entry_place;
wire [31:0]  all        = {19'd0, count, 6'd0};
wire         wraps      = {{W-32{1'b0}}, all} > before_end;
wire         reads      = outcome == `ML_RECEPTION_READS || outcome == `ML_RECEPTION_READS_AGAIN;
wire         sends      = outcome_reg == `ML_RECEPTION_SENT || outcome_reg == `ML_RECEPTION_SENT_AGAIN;
wire         done       = device_read_done[device_reg];

always @* begin
    request = 0;
    request[`CR_KIND]  = (state_reg == COMMAND) ? `ML_REQUEST_READ_COMMAND : `ML_REQUEST_JOURNALS_READ;
    request[`CR_GROUP] = command_group;
    request[`CR_TAG]   = command_tag[15:0];
    if (state_reg == ASK) begin
        request[`CR_SIZE]      = {25'd0, journals};
        request[`CR_RECEIVED]  = bytes;
        request[`CR_REFERENCE] = first_reg;
        request[`CR_FAILED]    = failed_reg || damaged;
        request[`CR_DAMAGED]   = damaged && !failed_reg;
    end
end

assign request_valid       = (state_reg == COMMAND || state_reg == ASK) && !asked_reg;
assign read_first          = first_reg;
assign device_read_valid   = (state_reg == READ || state_reg == READ_REST) ? FIRST_DEVICE << device_reg : {DEVICES{1'b0}};
assign device_read_address = (state_reg == READ) ? address_reg : head_address_reg;
assign device_read_size    = (state_reg == READ) ? size_reg : rest_reg;
assign device              = device_reg;
assign buffer_start        = step_command;
assign buffer_limit_bytes  = (limit_bytes < MOST_BYTES) ? limit_bytes : MOST_BYTES;

assign packet_valid        = state_reg == ANSWER && outcome_reg != `ML_RECEPTION_DROPPED;
assign packet_has_journals = sends;
assign packet_type         = sends                                      ? `CP_JOURNALS
                           : (outcome_reg == `ML_RECEPTION_NO_JOURNAL)  ? `CP_NO_JOURNAL
                           : (outcome_reg == `ML_RECEPTION_GONE)        ? `CP_GONE : `CP_GROUP_STATE;
assign packet_status       = (packet_type == `CP_GROUP_STATE) ? {14'd0, group_state_reg} : 16'd0;
assign packet_reason       = (packet_type == `CP_GROUP_STATE) ? reason_reg : `ML_REASON_NONE;
assign command_ready       = state_reg == ANSWER;
assign idle                = state_reg == IDLE && !command_valid;

always @(posedge clk) begin
    if (request_taken)
        asked_reg <= 1'b1;
    if (step_command || step_read) begin
        asked_reg       <= 1'b0;
        outcome_reg     <= outcome;
        group_state_reg <= state;
        reason_reg      <= reason;
        delay_reg       <= RECORD_CYCLES;
    end
    if (step_command) begin
        first_reg        <= first;
        device_reg       <= journal_volume_device[DEVICE_WIDTH-1:0];
        address_reg      <= journal_volume_offset + entry_place;
        head_address_reg <= journal_volume_offset + information_head;
        size_reg         <= wraps ? before_end[31:0] : all;
        rest_reg         <= wraps ? all - before_end[31:0] : 32'd0;
        failed_reg       <= 1'b0;
    end
    if (state_reg == WAIT && done) begin
        reads_reg  <= reads_reg - 2'd1;
        failed_reg <= failed_reg || device_read_done_failed[device_reg];
    end
    case (state_reg)
        IDLE:
            if (command_valid && buffer_free && packet_room)
                state_reg <= COMMAND;
        COMMAND:
            if (step_command)
                state_reg <= reads ? READ : DECIDED;
        READ: begin
            reads_reg <= (rest_reg != 32'd0) ? 2'd2 : 2'd1;
            state_reg <= (rest_reg != 32'd0) ? READ_REST : WAIT;
        end
        READ_REST:
            state_reg <= WAIT;
        WAIT:
            if (done && reads_reg == 2'd1)
                state_reg <= CHECK;
        // the last of the update information is being checked
        CHECK:
            state_reg <= ASK;
        ASK:
            if (step_read)
                state_reg <= DECIDED;
        DECIDED: begin
            delay_reg <= delay_reg - 2'd1;
            if (delay_reg == 2'd1)
                state_reg <= ANSWER;
        end
        default:
            state_reg <= IDLE;
    endcase
    if (rst) begin
        state_reg <= IDLE;
        asked_reg <= 1'b0;
    end
end

endmodule

`resetall
