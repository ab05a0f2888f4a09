// Groups that may have a journal read command to send, asked for in turn.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A group is asked for when a step has touched it or the time of one of its slots has come: first for the step that
 * begins a survey of its slots, then, if the survey proposes one, for the step in which that sends. Almost every step
 * touches its group: behind a survey that proposes none, it is not asked for until PAUSE cycles have ended.
 */
module command_turns #(
    parameter GROUPS = 4,
    // Cycles, a power of two: groups pause until the end of so many
    parameter PAUSE = 32,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // the step's group; a step that was asked for; the group's slots are surveyed in it
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire                   command_send,
    input  wire                   survey_step,
    // the group may send commands, if not now; it sends one; things have changed since the survey
    input  wire                   may_be_sent,
    input  wire                   sent,
    input  wire                   changed,
    // another step has changed something of the group; the time of a slot of a group has come
    input  wire                   touch,
    input  wire                   wake,
    input  wire [GROUP_WIDTH-1:0] wake_group,
    // a survey is in flight; a slot is proposed
    input  wire                   surveys,
    input  wire                   proposes,
    // a command has not left yet: none is asked for
    input  wire                   waits,

    output wire                   request_valid,
    input  wire                   request_taken,
    output wire [GROUP_WIDTH-1:0] turn
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_POWER_OF_TWO(PAUSE, 2, 256), parameter_error_PAUSE_must_be_a_power_of_two_from_2_to_256)

localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];
reg [GROUPS-1:0]      attention_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
reg                   asking_reg;
reg                   asked_reg;
// the group in turn was surveyed
reg                   surveyed_reg;
// groups that pause
reg [GROUPS-1:0]      pausing_reg;
reg [$clog2(PAUSE)-1:0] cycle_reg;
wire [GROUPS-1:0]     may_go = attention_reg & ~pausing_reg;
wire [GROUP_WIDTH-1:0] following = (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;

assign request_valid = asking_reg;
assign turn          = turn_reg;

always @(posedge clk) begin
    cycle_reg <= cycle_reg + 1'b1;
    if (& cycle_reg)
        pausing_reg <= 0;
    if (!asking_reg && !asked_reg && !waits && !surveys) begin
        if (surveyed_reg && !proposes) begin
            surveyed_reg <= 1'b0;
            turn_reg     <= following;
            pausing_reg[turn_reg] <= 1'b1;
        end else if (proposes || may_go[turn_reg])
            asking_reg <= 1'b1;
        else if (may_go != 0)
            turn_reg <= following;
    end
    if (request_taken) begin
        asking_reg <= 1'b0;
        asked_reg  <= 1'b1;
    end
    if (wake)
        attention_reg[wake_group] <= 1'b1;
    if (command_send) begin
        asked_reg    <= 1'b0;
        surveyed_reg <= survey_step && !proposes;
        if (!proposes)
            attention_reg[group] <= may_be_sent && !survey_step;
        else if (sent || changed)
            attention_reg[group] <= 1'b1;
        if (proposes || !survey_step)
            turn_reg <= following;
    end
    if (touch)
        attention_reg[group] <= 1'b1;
    if (rst) begin
        asking_reg    <= 1'b0;
        asked_reg     <= 1'b0;
        surveyed_reg  <= 1'b0;
        turn_reg      <= 0;
        attention_reg <= 0;
        pausing_reg   <= 0;
        cycle_reg     <= 0;
    end
end

endmodule

`resetall
