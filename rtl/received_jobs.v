// Received journals under way to their devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * Slots are given in ring order; a journal keeps its slot until its device has answered.
 */
module received_jobs #(
    // A power of two
    parameter CACHE_SLOTS = 16,
    // Buffers of write data, a power of two
    parameter BUFFERS = 4,
    parameter POSITION_WIDTH = 48,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter BUFFER_WIDTH = $clog2(BUFFERS)
) (
    input  wire                      clk,
    input  wire                      rst,

    // the slot that the next journal gets, and whether it is free
    output wire [INDEX_WIDTH-1:0]    slot,
    output wire                      slot_free,
    input  wire                      enter,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] position,
    input  wire [31:0]               size,
    input  wire [63:0]               update_number,
    input  wire [BUFFER_WIDTH-1:0]   data_buffer,

    input  wire                      done,
    input  wire [INDEX_WIDTH-1:0]    done_index,
    // buffers that hold the data of a journal under way
    output reg  [BUFFERS-1:0]        buffers_used,

    input  wire [INDEX_WIDTH-1:0]    look_index,
    output wire [15:0]               look_volume,
    output wire [POSITION_WIDTH-1:0] look_position,
    output wire [31:0]               look_size,
    output wire [63:0]               look_update_number
);

reg [CACHE_SLOTS-1:0]    busy_reg;
reg [INDEX_WIDTH-1:0]    slot_reg;
reg [15:0]               volumes        [0:CACHE_SLOTS-1];
reg [POSITION_WIDTH-1:0] positions      [0:CACHE_SLOTS-1];
reg [31:0]               sizes          [0:CACHE_SLOTS-1];
reg [63:0]               update_numbers [0:CACHE_SLOTS-1];
reg [BUFFER_WIDTH-1:0]   buffers        [0:CACHE_SLOTS-1];

assign slot               = slot_reg;
assign slot_free          = !busy_reg[slot_reg];
assign look_volume        = volumes[look_index];
assign look_position      = positions[look_index];
assign look_size          = sizes[look_index];
assign look_update_number = update_numbers[look_index];

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
        volumes[slot_reg]        <= volume;
        positions[slot_reg]      <= position;
        sizes[slot_reg]          <= size;
        update_numbers[slot_reg] <= update_number;
        buffers[slot_reg]        <= data_buffer;
        slot_reg                 <= slot_reg + 1'b1;
    end
    if (rst) begin
        busy_reg <= 0;
        slot_reg <= 0;
    end
end

endmodule

`resetall
