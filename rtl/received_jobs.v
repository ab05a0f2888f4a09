// Received journals under way to their devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Slots are given in ring order; a journal keeps its slot until its device has answered.
 */
module received_jobs #(
    // A power of two
    parameter CACHE_SLOTS = 16,
    // Buffers of write data, a power of two
    parameter BUFFERS = 4,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter BUFFER_WIDTH = $clog2(BUFFERS)
) (
    input  wire                      clk,
    input  wire                      rst,

    // the slot that the next journal gets, and whether it is free
    output wire [INDEX_WIDTH-1:0]    slot,
    output wire                      slot_free,
    input  wire                      enter,
    input  wire [BUFFER_WIDTH-1:0]   data_buffer,

    input  wire                      done,
    input  wire [INDEX_WIDTH-1:0]    done_index,
    // buffers that hold the data of a journal under way
    output reg  [BUFFERS-1:0]        buffers_used
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFERS, 2, 16), parameter_error_BUFFERS_must_be_a_power_of_two_from_2_to_16)

reg [CACHE_SLOTS-1:0]    busy_reg;
reg [INDEX_WIDTH-1:0]    slot_reg;
reg [BUFFER_WIDTH-1:0]   buffers [0:CACHE_SLOTS-1];

assign slot      = slot_reg;
assign slot_free = !busy_reg[slot_reg];

localparam [CACHE_SLOTS-1:0] ONE = 1;
wire [CACHE_SLOTS-1:0] entering = enter ? ONE << slot_reg : {CACHE_SLOTS{1'b0}};
wire [CACHE_SLOTS-1:0] leaving  = done ? ONE << done_index : {CACHE_SLOTS{1'b0}};

integer i;

always @* begin
    buffers_used = 0;
    for (i = 0; i < CACHE_SLOTS; i = i + 1)
        if (busy_reg[i])
            buffers_used[buffers[i]] = 1'b1;
end

always @(posedge clk) begin
    busy_reg <= (busy_reg & ~leaving) | entering;
    if (enter) begin
        buffers[slot_reg] <= data_buffer;
        slot_reg          <= slot_reg + 1'b1;
    end
    if (rst) begin
        busy_reg <= 0;
        slot_reg <= 0;
    end
end

endmodule

`resetall
