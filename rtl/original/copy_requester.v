// Asks for the steps of initial copy.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * A group is asked for again as long as its steps go on; after any other outcome only when something of it was freed or
 * failed, or it was started; when its copies are over, not even when something was freed. Groups take turns.
 */
module copy_requester #(
    parameter GROUPS = 4,
    // Journals of initial copy in flight to their device, a power of two
    parameter CACHE_SLOTS = 16
) (
    input  wire                  clk,
    input  wire                  rst,

    output wire                  request_valid,
    input  wire                  request_taken,
    output reg  [`CR_WIDTH-1:0]  request,

    // groups that are started
    input  wire [7*GROUPS-1:0]   activities,
    // its step
    input  wire                  step,
    input  wire [15:0]           step_group,
    input  wire [15:0]           step_outcome,
    // it created a journal
    input  wire                  step_journaled,
    // there is nothing left to do for its group
    input  wire                  step_over,
    // what any group copies was loaded
    input  wire                  loaded,
    // something of this group was freed; it was started, loaded, or something of it failed
    input  wire                  freed,
    input  wire                  restarted,
    input  wire [15:0]           wake_group,
    // a journal's device has answered
    input  wire                  done,
    input  wire [$clog2(CACHE_SLOTS)-1:0] done_slot,
    // no journal is on its way to its device, and no step in flight
    output wire                  idle
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_CACHE_SLOTS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam SLOT_WIDTH  = $clog2(CACHE_SLOTS);
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];
localparam [CACHE_SLOTS-1:0] ONE = 1;

reg [GROUPS-1:0]      awake_reg;
reg [GROUPS-1:0]      over_reg;
reg [CACHE_SLOTS-1:0] busy_reg;
reg [SLOT_WIDTH-1:0]  slot_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
// its step is in flight
reg                   asked_reg;
// it was woken since
reg                   woken_reg;

wire [GROUPS-1:0] started;

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        assign started[n] = activities[7*n];
    end
endgenerate

wire creates = step && step_journaled;
wire [GROUP_WIDTH-1:0] woken = wake_group[GROUP_WIDTH-1:0];
// a pair that is copied or failed leaves the next one to be copied
wire goes_on = step && (step_outcome == `ML_COPY_UNIT_CREATED || step_outcome == `ML_COPY_VOLUME_COPIED
                        || step_outcome == `ML_COPY_END_MARKED || step_outcome == `ML_COPY_VOLUME_FAILED);
wire wakes   = (restarted || (freed && !over_reg[woken])) && wake_group < GROUPS;
assign idle          = busy_reg == 0 && !asked_reg;
assign request_valid = !asked_reg && awake_reg[turn_reg] && started[turn_reg] && !busy_reg[slot_reg];

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]  = `ML_REQUEST_INITIAL_COPY;
    new_request[`CR_GROUP] = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    new_request[`CR_SLOT]  = {6'd0, `ML_WRITE_COPY, {8-SLOT_WIDTH{1'b0}}, slot_reg};
    request = new_request;
end

always @(posedge clk) begin
    if (!asked_reg && !request_valid && (awake_reg & started) != 0)
        turn_reg <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    if (request_taken) begin
        asked_reg <= 1'b1;
        woken_reg <= 1'b0;
    end
    if (wakes) begin
        awake_reg[woken] <= 1'b1;
        if (woken == turn_reg)
            woken_reg <= 1'b1;
    end
    if (restarted && wake_group < GROUPS)
        over_reg[woken] <= 1'b0;
    if (step) begin
        over_reg[step_group[GROUP_WIDTH-1:0]] <= step_over && !(restarted && wake_group == step_group);
        asked_reg <= 1'b0;
        turn_reg  <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
        if (!goes_on && !woken_reg && !(wakes && wake_group == step_group))
            awake_reg[step_group[GROUP_WIDTH-1:0]] <= 1'b0;
        if (creates)
            slot_reg <= slot_reg + 1'b1;
    end
    if (loaded) begin
        awake_reg <= {GROUPS{1'b1}};
        over_reg  <= {GROUPS{1'b0}};
        woken_reg <= 1'b1;
    end
    busy_reg <= (busy_reg & ~(done ? ONE << done_slot : {CACHE_SLOTS{1'b0}}))
                | (creates ? ONE << slot_reg : {CACHE_SLOTS{1'b0}});
    if (rst) begin
        awake_reg <= 0;
        over_reg  <= 0;
        busy_reg  <= 0;
        slot_reg  <= 0;
        turn_reg  <= 0;
        asked_reg <= 1'b0;
    end
end

endmodule

`resetall
