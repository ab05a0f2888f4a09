// How long a secondary system has been silent ([0051]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Keeps when each group was last heard of, and asks for the step that gives a group up. One group is scanned every
 * SCAN_CYCLES, so a step comes up to GROUPS * SCAN_CYCLES after the limit. A group that is heard of before its step is
 * not `timed_out` any more.
 */
module heartbeat_watch #(
    parameter GROUPS = 4,
    // Cycles between two scans, a power of two
    parameter SCAN_CYCLES = 64
) (
    input  wire                  clk,
    input  wire                  rst,
    input  wire [47:0]           cycle,

    // this step takes a journal read command of the group; or the group is started, or its registers are written
    input  wire                  hears,
    input  wire                  restarts,
    // a setting of the group is written: it is scanned again
    input  wire                  settings,
    input  wire [15:0]           group,

    // of every group
    input  wire [7*GROUPS-1:0]   activities,
    input  wire [GROUPS-1:0]     groups_normal,
    // of the group that is watched: cycles without a command after which it becomes abnormal, 0 never
    output wire [15:0]           watched_group,
    input  wire [31:0]           silence,

    output wire                  request_valid,
    input  wire                  request_taken,
    output reg  [`CR_WIDTH-1:0]  request,
    // the request's step
    input  wire                  step,
    // its group has not been heard of since it was asked for
    output reg                   timed_out
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_POWER_OF_TWO(SCAN_CYCLES, 2, 4096), parameter_error_SCAN_CYCLES_must_be_a_power_of_two_from_2_to_4096)

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam SCAN_WIDTH = $clog2(SCAN_CYCLES);
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

// when a group was heard of, or started: before that it is not watched
(* ram_style = "distributed" *)
reg [47:0]            heard [0:GROUPS-1];
reg [GROUP_WIDTH-1:0] turn_reg;
// its step is wanted; was asked for
reg                   wanted_reg;
reg                   asked_reg;

wire [GROUP_WIDTH-1:0] group_index    = group[GROUP_WIDTH-1:0];
wire                   here = (hears || restarts) && group < GROUPS;
wire                   scan = cycle[SCAN_WIDTH-1:0] == 0 && !wanted_reg;

assign request_valid = wanted_reg && !asked_reg;
assign watched_group = {{16-GROUP_WIDTH{1'b0}}, turn_reg};

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]  = `ML_REQUEST_HEARTBEAT;
    new_request[`CR_GROUP] = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    request = new_request;
end

always @(posedge clk) begin
    if (scan) begin
        if (activities[7*turn_reg] && groups_normal[turn_reg] && silence != 32'd0
            && cycle - heard[turn_reg] >= {16'd0, silence}) begin
            wanted_reg <= 1'b1;
            timed_out  <= 1'b1;
        end else
            turn_reg <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end
    if (request_taken)
        asked_reg <= 1'b1;
    if (step) begin
        wanted_reg <= 1'b0;
        asked_reg  <= 1'b0;
    end
    if (here)
        heard[group_index] <= cycle;
    if ((here || settings) && group_index == turn_reg)
        timed_out <= 1'b0;
    if (rst) begin
        turn_reg   <= 0;
        wanted_reg <= 1'b0;
        asked_reg  <= 1'b0;
        timed_out  <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md)
always @(`ML_CYCLE) if (!rst) begin
    // ASSUMED 1: its step is one that was asked for
    `ML_ASSUMED(!step || asked_reg);
end
`endif

endmodule

`resetall
