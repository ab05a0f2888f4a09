// Journal read commands: both steps of the commit stage, and the update information between them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * A command's first step answers it, drops it, or says which update information is to be read: one linear read, two if
 * it goes round the end of its area. The second step makes a batch of it. Then its packet is known (`packet_*`), more
 * than two cycles behind the step's record.
 *
 * A group's next command begins when this one has taken its second step, so that no command's steps lie between
 * another's of its group. Groups take turns: while one's update information is being read, others take their steps.
 */
module journal_fetch #(
    parameter GROUPS = 4,
    // Buffers for packets
    parameter BUFFERS = 7,
    parameter DEVICES = 2,
    parameter POSITION_WIDTH = 48,
    // Bytes of data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS)
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * Commands: groups whose oldest one waits; the look-up of one, until it is here from the next cycle on, and holds;
     * the end of it
     */
    input  wire [GROUPS-1:0]         command_valid,
    output wire [GROUPS-1:0]         command_taken,
    output wire                      command_lookup,
    input  wire                      command_here,
    output wire [GROUP_WIDTH-1:0]    command_group,
    input  wire [15:0]               command_tag,

    /*
     * Buffers: groups that may take one, and which it is; one that its group gives back unused
     */
    input  wire [GROUPS-1:0]         buffer_may_take,
    input  wire [BUFFER_WIDTH-1:0]   buffer_free,
    output wire                      buffer_taken,
    output wire                      buffer_dropped,
    // of the command in flight
    output wire [BUFFER_WIDTH-1:0]   buffer,

    /*
     * Steps: READ_COMMAND, JOURNALS_READ
     */
    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request,
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
     * Update information: its reads, all for the command's group; the last beat of one, of any group
     */
    output wire [DEVICES-1:0]        device_read_valid,
    output wire [POSITION_WIDTH-1:0] device_read_address,
    output wire [31:0]               device_read_size,
    input  wire                      read_done,
    input  wire [GROUP_WIDTH-1:0]    read_done_group,
    input  wire                      read_failed,
    // a group's batch begins; what has become of it
    output wire                      batch_start,
    output wire [63:0]               batch_first,
    output wire [31:0]               batch_limit,
    input  wire [6:0]                journals,
    input  wire [31:0]               bytes,
    input  wire                      damaged,

    /*
     * A packet
     */
    output wire                      packet_valid,
    output wire                      packet_has_journals,
    output wire [15:0]               packet_type,
    output wire [15:0]               packet_status,
    output wire [7:0]                packet_reason,

    output wire                      idle
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_MAX_DATA_BYTES

localparam W = POSITION_WIDTH;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam [DEVICES-1:0] FIRST_DEVICE = 1;
localparam [31:0] MOST_BYTES = MAX_DATA_BYTES;
localparam [GROUPS-1:0] ONE = 1;

localparam [2:0] CHOOSE = 3'd0, LOOK_UP = 3'd1, ASK = 3'd2, STEP = 3'd3, MEASURE = 3'd4,
    DECIDED = 3'd5, READ_REST = 3'd6;

/*
 * Groups: a command is between its steps; all of its update information is here; reads of it in flight, and whether one
 * failed
 */
reg  [GROUPS-1:0]   in_flight_reg, ready_reg, two_reg, failed_reg;
(* ram_style = "distributed" *) reg  [BUFFER_WIDTH-1:0] buffers [0:GROUPS-1];
(* ram_style = "distributed" *) reg  [63:0]             firsts  [0:GROUPS-1];

/*
 * The command whose step is in flight
 */
reg  [2:0]              state_reg;
reg                     second_reg;
reg  [GROUP_WIDTH-1:0]  group_reg;
reg  [BUFFER_WIDTH-1:0] buffer_reg;
reg  [15:0]             outcome_reg;
reg  [1:0]              group_state_reg;
reg  [7:0]              reason_reg;
reg  [63:0]             first_reg;
reg  [31:0]             limit_reg, size_reg, rest_reg;
// what the step said of its journal volume, then the reads of it
reg  [W-1:0]            entry_place_reg, information_head_reg, data_head_reg, offset_reg;
reg  [6:0]              count_reg;
reg  [W-1:0]            address_reg, head_address_reg;
reg  [DEVICE_WIDTH-1:0] device_reg;

wire [W-1:0] before_end = data_head_reg - entry_place_reg;
wire [31:0]  all        = {19'd0, count_reg, 6'd0};
wire         wraps      = {{W-32{1'b0}}, all} > before_end;
wire         stepped    = step_command || step_read;
wire         reads      = outcome_reg == `ML_RECEPTION_READS || outcome_reg == `ML_RECEPTION_READS_AGAIN;
wire         sends      = outcome_reg == `ML_RECEPTION_SENT || outcome_reg == `ML_RECEPTION_SENT_AGAIN;
wire         decided    = state_reg == DECIDED;
wire         ends       = decided && !reads;
wire         begins     = decided && reads;
wire         goes_round = rest_reg != 32'd0;
wire [GROUPS-1:0] own   = ONE << group_reg;

/*
 * Which group's step is next: those behind the last one first
 */
reg  [GROUPS-1:0] later_reg;
// what waits is known a cycle later, so a turn begins in the second cycle
reg               settled_reg;
reg  [GROUPS-1:0] waiting;
wire [GROUPS-1:0] later   = waiting & later_reg;
wire [GROUPS-1:0] choices = (later != 0) ? later : waiting;
wire [GROUPS-1:0] chosen  = choices & ~(choices - 1'b1);
wire              chooses = state_reg == CHOOSE && settled_reg && waiting != 0;
reg  [GROUP_WIDTH-1:0] chosen_group;
integer i;

always @* begin
    chosen_group = 0;
    for (i = 0; i < GROUPS; i = i + 1)
        if (chosen[i])
            chosen_group = chosen_group | i[GROUP_WIDTH-1:0];
end

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]  = second_reg ? `ML_REQUEST_JOURNALS_READ : `ML_REQUEST_READ_COMMAND;
    new_request[`CR_GROUP] = {{16-GROUP_WIDTH{1'b0}}, group_reg};
    new_request[`CR_TAG]   = command_tag;
    if (second_reg) begin
        new_request[`CR_SIZE]      = {25'd0, journals};
        new_request[`CR_RECEIVED]  = bytes;
        new_request[`CR_REFERENCE] = first_reg;
        new_request[`CR_FAILED]    = failed_reg[group_reg] || damaged;
        new_request[`CR_DAMAGED]   = damaged && !failed_reg[group_reg];
    end
    request = new_request;
end

assign request_valid       = state_reg == ASK;
assign command_lookup      = state_reg == LOOK_UP;
assign command_group       = group_reg;
assign command_taken       = ends ? own : {GROUPS{1'b0}};
assign buffer              = buffer_reg;
assign buffer_taken        = state_reg == LOOK_UP && !second_reg && command_here;
assign buffer_dropped      = ends && outcome_reg == `ML_RECEPTION_DROPPED;
assign device_read_valid   = (begins || state_reg == READ_REST) ? FIRST_DEVICE << device_reg : {DEVICES{1'b0}};
assign device_read_address = (state_reg == READ_REST) ? head_address_reg : address_reg;
assign device_read_size    = (state_reg == READ_REST) ? rest_reg : size_reg;
assign batch_start         = begins;
assign batch_first         = first_reg;
assign batch_limit         = (limit_reg < MOST_BYTES) ? limit_reg : MOST_BYTES;

assign packet_valid        = ends && outcome_reg != `ML_RECEPTION_DROPPED;
assign packet_has_journals = sends;
assign packet_type         = sends                                      ? `CP_JOURNALS
                           : (outcome_reg == `ML_RECEPTION_NO_JOURNAL)  ? `CP_NO_JOURNAL
                           : (outcome_reg == `ML_RECEPTION_GONE)        ? `CP_GONE : `CP_GROUP_STATE;
assign packet_status       = (packet_type == `CP_GROUP_STATE) ? {14'd0, group_state_reg} : 16'd0;
assign packet_reason       = (packet_type == `CP_GROUP_STATE) ? reason_reg : `ML_REASON_NONE;
assign idle                = state_reg == CHOOSE && command_valid == 0;

always @(posedge clk) begin
    settled_reg <= state_reg == CHOOSE && !chooses;
    waiting     <= ready_reg | (command_valid & buffer_may_take & ~in_flight_reg);
    if (chooses) begin
        group_reg  <= chosen_group;
        later_reg  <= ~((chosen - 1'b1) | chosen);
        second_reg <= (ready_reg & chosen) != 0;
        buffer_reg <= buffer_free;
    end
    if (state_reg == LOOK_UP && second_reg) begin
        buffer_reg <= buffers[group_reg];
        first_reg  <= firsts[group_reg];
    end
    if (stepped) begin
        outcome_reg     <= outcome;
        group_state_reg <= state;
        reason_reg      <= reason;
    end
    if (step_command) begin
        first_reg        <= first;
        limit_reg        <= limit_bytes;
        device_reg       <= journal_volume_device[DEVICE_WIDTH-1:0];
        entry_place_reg      <= entry_place;
        information_head_reg <= information_head;
        data_head_reg        <= data_head;
        offset_reg           <= journal_volume_offset;
        count_reg            <= count;
    end
    if (state_reg == MEASURE) begin
        address_reg      <= offset_reg + entry_place_reg;
        head_address_reg <= offset_reg + information_head_reg;
        size_reg         <= wraps ? before_end[31:0] : all;
        rest_reg         <= wraps ? all - before_end[31:0] : 32'd0;
    end

    if (begins) begin
        buffers[group_reg]    <= buffer_reg;
        firsts[group_reg]     <= first_reg;
        in_flight_reg         <= in_flight_reg | own;
        two_reg[group_reg]    <= goes_round;
        failed_reg[group_reg] <= 1'b0;
    end
    if (read_done) begin
        two_reg[read_done_group]    <= 1'b0;
        ready_reg[read_done_group]  <= !two_reg[read_done_group];
        failed_reg[read_done_group] <= failed_reg[read_done_group] || read_failed;
    end
    if (ends) begin
        in_flight_reg[group_reg] <= 1'b0;
        ready_reg[group_reg]     <= 1'b0;
    end

    case (state_reg)
        CHOOSE:
            if (chooses)
                state_reg <= LOOK_UP;
        LOOK_UP:
            if (command_here)
                state_reg <= ASK;
        ASK:
            if (request_taken)
                state_reg <= STEP;
        STEP:
            if (stepped)
                state_reg <= MEASURE;
        MEASURE:
            state_reg <= DECIDED;
        DECIDED:
            state_reg <= (reads && goes_round) ? READ_REST : CHOOSE;
        default:
            state_reg <= CHOOSE;
    endcase
    if (rst) begin
        state_reg     <= CHOOSE;
        settled_reg   <= 1'b0;
        {in_flight_reg, ready_reg} <= 0;
        later_reg     <= 0;
    end
end

endmodule

`resetall
