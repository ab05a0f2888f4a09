// Splits a range of a storage device into AXI4 bursts.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One burst a cycle, none across a 4 KiB boundary, none longer than 256 beats.
 */
module burst_splitter #(
    // Bits of a beat
    parameter DATA_WIDTH = 512,
    // Bits of a device address
    parameter ADDRESS_WIDTH = 48,
    // Bits that go with a range unchanged
    parameter META_WIDTH = 8
) (
    input  wire                     clk,
    input  wire                     rst,

    input  wire                     range_valid,
    output wire                     range_ready,
    input  wire [ADDRESS_WIDTH-1:0] range_address,
    input  wire [31:0]              range_bytes,
    // where the range's first byte lies in its cache slot
    input  wire [31:0]              range_offset,
    input  wire [META_WIDTH-1:0]    range_meta,

    output wire                     burst_valid,
    input  wire                     burst_ready,
    output wire [ADDRESS_WIDTH-1:0] burst_address,
    // beats - 1
    output wire [7:0]               burst_length,
    output wire [31:0]              burst_offset,
    // the range's last
    output wire                     burst_last,
    output wire [META_WIDTH-1:0]    burst_meta
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE(META_WIDTH >= 1, parameter_error_META_WIDTH_must_be_at_least_1)

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam [31:0] MOST_BYTES = (256 * DATA_WIDTH / 8 < 4096) ? 256 * DATA_WIDTH / 8 : 4096;

reg                     valid_reg;
reg [ADDRESS_WIDTH-1:0] address_reg;
reg [31:0]              bytes_reg;
reg [31:0]              offset_reg;
reg [META_WIDTH-1:0]    meta_reg;

wire [31:0] to_boundary = 32'd4096 - {20'd0, address_reg[11:0]};
wire [31:0] most        = (to_boundary < MOST_BYTES) ? to_boundary : MOST_BYTES;
wire [31:0] bytes       = (bytes_reg < most) ? bytes_reg : most;
wire [31:0] beats       = bytes >> BEAT_SHIFT;
wire [7:0]  length      = beats[7:0] - 8'd1;

assign range_ready   = !valid_reg || (burst_ready && burst_last);
assign burst_valid   = valid_reg;
assign burst_address = address_reg;
assign burst_length  = length;
assign burst_offset  = offset_reg;
assign burst_last    = bytes == bytes_reg;
assign burst_meta    = meta_reg;

always @(posedge clk) begin
    if (valid_reg && burst_ready) begin
        address_reg <= address_reg + {{ADDRESS_WIDTH-32{1'b0}}, bytes};
        bytes_reg   <= bytes_reg - bytes;
        offset_reg  <= offset_reg + bytes;
    end
    if (range_ready) begin
        valid_reg <= range_valid;
        if (range_valid) begin
            address_reg <= range_address;
            bytes_reg   <= range_bytes;
            offset_reg  <= range_offset;
            meta_reg    <= range_meta;
        end
    end
    if (rst)
        valid_reg <= 1'b0;
end

endmodule

`resetall
