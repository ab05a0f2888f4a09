// Received journals under way to their devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A journal takes any slot that is free, and keeps it until its device has answered. A group that has a slot leaves one for each
 * group that has none, so that a device that does not answer holds up only the groups on it.
 */
module received_jobs #(
    parameter GROUPS = 4,
    // A power of two
    parameter CACHE_SLOTS = 16,
    // Buffers of write data
    parameter BUFFERS = 5,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                      clk,
    input  wire                      rst,

    // groups that may have a slot for their next journal, and a slot; it stays free until a journal enters
    output wire [GROUPS-1:0]         room,
    output reg  [INDEX_WIDTH-1:0]    slot,
    input  wire                      enter,
    input  wire [INDEX_WIDTH-1:0]    enter_slot,
    input  wire [GROUP_WIDTH-1:0]    group,
    input  wire [BUFFER_WIDTH-1:0]   data_buffer,

    input  wire                      done,
    input  wire [INDEX_WIDTH-1:0]    done_index,
    // buffers that hold the data of a journal under way
    output reg  [BUFFERS-1:0]        buffers_used
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(CACHE_SLOTS > GROUPS, parameter_error_CACHE_SLOTS_must_be_at_least_GROUPS_plus_1)
`ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 16), parameter_error_BUFFERS_must_be_from_GROUPS_plus_1_to_16)

localparam [CACHE_SLOTS-1:0] ONE = 1;
localparam [INDEX_WIDTH:0] SLOTS = CACHE_SLOTS;

reg [CACHE_SLOTS-1:0]    busy_reg;
reg [INDEX_WIDTH:0]      unused_reg;
reg [BUFFER_WIDTH-1:0]   buffers [0:CACHE_SLOTS-1];
reg [GROUP_WIDTH-1:0]    groups  [0:CACHE_SLOTS-1];

wire [CACHE_SLOTS-1:0] free     = ~busy_reg;
wire [CACHE_SLOTS-1:0] first    = free & ~(free - 1'b1);
wire [CACHE_SLOTS-1:0] entering = enter ? ONE << enter_slot : {CACHE_SLOTS{1'b0}};
wire [CACHE_SLOTS-1:0] leaving  = done ? ONE << done_index : {CACHE_SLOTS{1'b0}};
wire [GROUPS-1:0]      none;
// slots to be left for groups that have none
reg  [INDEX_WIDTH:0]   without;

integer i;

always @* begin
    slot         = 0;
    buffers_used = 0;
    without      = 0;
    for (i = 0; i < CACHE_SLOTS; i = i + 1) begin
        if (first[i])
            slot = slot | i[INDEX_WIDTH-1:0];
        if (busy_reg[i])
            buffers_used[buffers[i]] = 1'b1;
    end
    for (i = 0; i < GROUPS; i = i + 1)
        without = without + {{INDEX_WIDTH{1'b0}}, none[i]};
end

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        reg [INDEX_WIDTH:0] slots_reg;
        wire enters = enter && group == n;
        wire leaves = done && groups[done_index] == n;

        assign none[n] = slots_reg == 0;
        assign room[n] = none[n] ? unused_reg != 0 : unused_reg > without;

        always @(posedge clk) begin
            if (enters && !leaves)
                slots_reg <= slots_reg + 1'b1;
            if (leaves && !enters)
                slots_reg <= slots_reg - 1'b1;
            if (rst)
                slots_reg <= 0;
        end
    end
endgenerate

always @(posedge clk) begin
    busy_reg <= (busy_reg & ~leaving) | entering;
    if (enter) begin
        buffers[enter_slot] <= data_buffer;
        groups[enter_slot]  <= group;
    end
    if (enter && !done)
        unused_reg <= unused_reg - 1'b1;
    if (done && !enter)
        unused_reg <= unused_reg + 1'b1;
    if (rst) begin
        busy_reg   <= 0;
        unused_reg <= SLOTS;
    end
end

endmodule

`resetall
