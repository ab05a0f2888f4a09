// Who becomes "abnormal" says so: a group's state goes to the partner system until that has answered with its own.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * Three kinds of steps, asked for by one request, the first of these that is due. STATE_TAKEN takes a packet about a
 * group's state: an announcement, which makes the group abnormal, or the answer to one, which ends announcing.
 * STATE_ANSWER answers an announcement; of those that come before it, the last is answered. ANNOUNCE announces a group,
 * `timeout` cycles after it did so last at the earliest.
 *
 * Exits are combinational, on the tables as they are in the step. A packet waits in a register until the path takes it,
 * and neither of the steps that send one is asked for meanwhile; taking one waits for no path.
 */
module group_announcement #(
    parameter GROUPS = 4
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire [47:0]               cycle,

    /*
     * The path: a packet about a group's state, for one of the groups; whether another one may come
     */
    input  wire                      received,
    input  wire [15:0]               received_source,
    input  wire [15:0]               received_group,
    input  wire [15:0]               received_source_group,
    input  wire [31:0]               received_generation,
    input  wire [15:0]               received_status,
    input  wire [7:0]                received_reason,
    input  wire                      received_wants_answer,
    output wire                      room,

    // of every group: it runs with a partner that something is to be announced to
    input  wire [GROUPS-1:0]         announces,

    /*
     * The step: at most one of these; `restarts` with a new generation of the group, or a write to its registers
     */
    input  wire                      take,
    input  wire                      answer,
    input  wire                      announce,
    input  wire                      restarts,
    input  wire [15:0]               group,

    /*
     * Tables of the group
     */
    input  wire [1:0]                group_state,
    input  wire [7:0]                group_reason,
    input  wire [31:0]               generation,
    input  wire [15:0]               partner_system,
    input  wire [15:0]               partner_group,
    input  wire [31:0]               timeout,
    input  wire                      runs,
    input  wire                      taken_over,
    input  wire                      state_unanswered,

    /*
     * How the step ends
     */
    output wire                      retires,
    output reg  [15:0]               outcome,
    // the reason in the packet; its generation, or the system that it goes to
    output wire [7:0]                status,
    output wire [63:0]               reference,
    // what the partner announces makes the group fail
    output wire                      group_fails,
    output wire [7:0]                fail_reason,
    // the partner has answered
    output wire                      answered,

    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request,

    /*
     * For path_transmit
     */
    output wire                      packet_valid,
    input  wire                      packet_ready,
    output wire [15:0]               packet_destination,
    output wire [15:0]               packet_group,
    output wire [15:0]               packet_source_group,
    output wire [31:0]               packet_generation,
    output wire [15:0]               packet_status,
    output wire [7:0]                packet_reason,
    output wire                      packet_wants_answer
);

`ML_REQUIRE_GROUPS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];

/*
 * Taking
 */
reg        taken_reg;
reg [15:0] source_reg, group_reg, source_group_reg, status_reg;
reg [31:0] generation_reg;
reg [7:0]  reason_reg;
reg        wants_answer_reg;

assign room = !taken_reg;

wire of_partner = partner_system == source_reg && partner_group == source_group_reg;
// of a generation that is over, this one, or a later one: the partner began anew without this system
wire [31:0] ahead = generation_reg - generation;
wire older      = generation != 32'd0 && (generation_reg == 32'd0 || ahead[31]);
wire is_current = runs && of_partner && !older;
wire is_answer  = !wants_answer_reg && is_current && ahead == 32'd0 && state_unanswered;
wire is_announced    = wants_answer_reg;

assign answered    = take && is_answer;
assign group_fails = take && is_announced && is_current && status_reg == {14'd0, `ML_GROUP_ABNORMAL}
                     && group_state == `ML_GROUP_NORMAL;
assign fail_reason = (reason_reg == `ML_REASON_TAKEN_OVER) ? `ML_REASON_TAKEN_OVER : `ML_REASON_TOLD_BY_PARTNER;

/*
 * Answering: who has to be answered, by group
 */
reg  [GROUPS-1:0] asked_by_partner_reg;
(* ram_style = "distributed" *)
reg  [63:0]       partners [0:GROUPS-1];
wire [63:0]       partner = partners[group_index];

/*
 * Announcing. A group that is due when it is scanned is asked for; what its step finds decides.
 */
reg  [GROUPS-1:0] sent_reg, scanned_reg;
(* ram_style = "distributed" *)
reg  [47:0]       sent_at [0:GROUPS-1];
(* ram_style = "distributed" *)
reg  [47:0]       due_at  [0:GROUPS-1];
// when there was nothing to announce: it is due as soon as the group fails
localparam [31:0] RECHECK_CYCLES = 32'd32;
wire [47:0]       last_sent = sent_at[group_index];
// a cycle more, for it is looked at in the cycle before the step; it is a time-out or more
reg  [47:0]       cycle_reg;
wire [47:0]       since     = cycle - last_sent;
reg               long_ago;
wire              may_announce = runs && state_unanswered && group_state == `ML_GROUP_ABNORMAL;
wire              announced    = announce && may_announce && (!sent_reg[group_index] || long_ago);

// one that was announced not long enough ago is due when it has been
wire [47:0]       due_from     = (may_announce && !announced) ? last_sent : cycle;

// one group is scanned in a cycle
reg  [GROUP_WIDTH-1:0] turn_reg;
wire [GROUP_WIDTH-1:0] next_turn = (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
wire [47:0]            past_due  = cycle - due_at[turn_reg];
wire                   is_due    = announces[turn_reg] && (!scanned_reg[turn_reg] || !past_due[47]);

/*
 * Request
 */
localparam [1:0] TAKE = 2'd0, ANSWER = 2'd1, ANNOUNCE = 2'd2;
reg        asking_reg, asked_reg, packet_valid_reg;
reg [1:0]  what_reg;

assign request_valid = asking_reg;
reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    case (what_reg)
        TAKE:    new_request[`CR_KIND] = `ML_REQUEST_STATE_TAKEN;
        ANSWER:  new_request[`CR_KIND] = `ML_REQUEST_STATE_ANSWER;
        default: new_request[`CR_KIND] = `ML_REQUEST_ANNOUNCE;
    endcase
    new_request[`CR_GROUP] = (what_reg == TAKE) ? group_reg
                             : {{16-GROUP_WIDTH{1'b0}}, turn_reg & {GROUP_WIDTH{asking_reg}}};
    request = new_request;
end

wire       ends   = take || answer || announce;
wire [7:0] reason = taken_over ? `ML_REASON_TAKEN_OVER : group_reason;

assign retires   = take || answer || announced;
assign status    = take ? reason_reg : reason;
assign reference = take ? {32'd0, generation_reg} : {48'd0, answer ? partner[15:0] : partner_system};

always @* begin
    if (take)
        outcome = is_announced ? `ML_ANNOUNCEMENT_RECEIVED : is_answer ? `ML_ANNOUNCEMENT_HEARD
                  : `ML_ANNOUNCEMENT_DROPPED;
    else
        outcome = answer ? `ML_ANNOUNCEMENT_ANSWERED : `ML_ANNOUNCEMENT_ANNOUNCED;
end

/*
 * Packet
 */
reg [15:0] destination_reg, packet_group_reg, own_group_reg;
reg [31:0] packet_generation_reg;
reg [1:0]  state_reg;
reg [7:0]  packet_reason_reg;
reg        packet_wants_reg;

assign packet_valid        = packet_valid_reg, packet_destination = destination_reg;
assign packet_group        = packet_group_reg, packet_source_group = own_group_reg;
assign packet_generation   = packet_generation_reg;
assign packet_status       = {14'd0, state_reg};
assign packet_reason       = packet_reason_reg;
assign packet_wants_answer = packet_wants_reg;

always @(posedge clk) begin
    cycle_reg <= cycle;
    long_ago  <= since >= {16'd0, timeout};

    if (received) begin
        taken_reg        <= 1'b1;
        source_reg       <= received_source;
        group_reg        <= received_group;
        source_group_reg <= received_source_group;
        generation_reg   <= received_generation;
        status_reg       <= received_status;
        reason_reg       <= received_reason;
        wants_answer_reg <= received_wants_answer;
    end

    if (!asking_reg && !asked_reg) begin
        if (taken_reg) begin
            asking_reg <= 1'b1;
            what_reg   <= TAKE;
        end else if (!packet_valid_reg) begin
            if (asked_by_partner_reg[turn_reg] || is_due) begin
                asking_reg <= 1'b1;
                what_reg   <= asked_by_partner_reg[turn_reg] ? ANSWER : ANNOUNCE;
            end else
                turn_reg <= next_turn;
        end
    end
    if (request_taken) begin
        asking_reg <= 1'b0;
        asked_reg  <= 1'b1;
    end
    if (ends) begin
        asked_reg <= 1'b0;
        if (!take)
            turn_reg <= next_turn;
    end

    if (take) begin
        taken_reg <= 1'b0;
        if (is_announced) begin
            asked_by_partner_reg[group_index] <= 1'b1;
            partners[group_index]             <= {generation_reg, source_group_reg, source_reg};
        end
    end
    if (answer)
        asked_by_partner_reg[group_index] <= 1'b0;
    if (announce) begin
        scanned_reg[group_index] <= 1'b1;
        due_at[group_index]      <= due_from + {16'd0, may_announce ? timeout : RECHECK_CYCLES};
    end
    if (announced) begin
        sent_reg[group_index] <= 1'b1;
        sent_at[group_index]  <= cycle_reg;
    end
    // the time-out may be another one now
    if (restarts)
        scanned_reg[group_index] <= 1'b0;

    if (packet_ready)
        packet_valid_reg <= 1'b0;
    if (answer || announced) begin
        packet_valid_reg      <= 1'b1;
        destination_reg       <= answer ? partner[15:0] : partner_system;
        packet_group_reg      <= answer ? partner[31:16] : partner_group;
        own_group_reg         <= group;
        packet_generation_reg <= answer ? partner[63:32] : generation;
        state_reg             <= group_state;
        packet_reason_reg     <= reason;
        packet_wants_reg      <= announced;
    end

    if (rst) begin
        {taken_reg, asking_reg, asked_reg, packet_valid_reg} <= 4'd0;
        turn_reg             <= 0;
        asked_by_partner_reg <= 0;
        {sent_reg, scanned_reg} <= 0;
    end
end

`include "group_announcement_properties.vh"

endmodule

`resetall
