// Received journals in flight to their devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * A journal takes any slot that is free (group_slots), and keeps it until its device has answered.
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

    // groups that may have a slot for their next journal, and the slot; it stays free until a journal enters
    output wire [GROUPS-1:0]         room,
    output wire [INDEX_WIDTH-1:0]    slot,
    input  wire                      enter,
    input  wire [GROUP_WIDTH-1:0]    group,
    input  wire [BUFFER_WIDTH-1:0]   data_buffer,

    input  wire                      done,
    input  wire [INDEX_WIDTH-1:0]    done_index,
    // buffers that hold the data of a journal in flight
    output wire [BUFFERS-1:0]        buffers_used
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(CACHE_SLOTS > GROUPS, parameter_error_CACHE_SLOTS_must_be_at_least_GROUPS_plus_1)
`ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 16), parameter_error_BUFFERS_must_be_from_GROUPS_plus_1_to_16)

reg [BUFFER_WIDTH-1:0] buffers [0:CACHE_SLOTS-1];

wire [BUFFER_WIDTH-1:0] done_buffer = buffers[done_index];

group_slots #(.GROUPS(GROUPS), .SLOTS(CACHE_SLOTS)) slots (
    .clk(clk), .rst(rst), .counted({GROUPS{1'b1}}), .room(room), .slot(slot), .take(enter), .take_group(group),
    .give(done), .give_slot(done_index), .give_group(), .busy(), .none(), .several()
);

always @(posedge clk)
    if (enter)
        buffers[slot] <= data_buffer;

wire moves = rst || enter || done;

generate
    genvar n;
    for (n = 0; n < BUFFERS; n = n + 1) begin : of
        reg [INDEX_WIDTH:0] journals_reg;
        wire enters = enter && data_buffer == n;
        wire leaves = done && done_buffer == n;

        assign buffers_used[n] = journals_reg != 0;

        always @(posedge clk) if (moves) begin
            if (enters && !leaves)
                journals_reg <= journals_reg + 1'b1;
            if (leaves && !enters)
                journals_reg <= journals_reg - 1'b1;
            if (rst)
                journals_reg <= 0;
        end
    end
endgenerate

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): journals in flight
reg [CACHE_SLOTS-1:0] in_flight;
reg [BUFFERS-1:0]     holding;
integer               s;

always @(posedge clk) begin
    if (done)
        in_flight[done_index] <= 1'b0;
    if (enter)
        in_flight[slot] <= 1'b1;
    if (rst)
        in_flight <= 0;
end

always @* begin
    holding = 0;
    for (s = 0; s < CACHE_SLOTS; s = s + 1)
        holding[buffers[s]] = holding[buffers[s]] || in_flight[s];
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: the buffers that hold their data are in use
    `ML_HOLDS(JOBS_1, buffers_used == holding);
end
`endif

endmodule

`resetall
