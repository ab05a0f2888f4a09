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

`ifdef FORMAL
/*
 * Properties (make prove; docs/proofs.md)
 */
localparam [31:0] BEAT_BYTES = DATA_WIDTH / 8;

reg                     begun_reg;
reg [ADDRESS_WIDTH-1:0] expected_reg, last_byte_reg, held_address_reg;
reg [31:0]              left_reg;
reg                     waiting_reg, held_last_reg;
reg [7:0]               held_length_reg;

// bytes of the burst, as the storage device counts them
wire [31:0] burst_bytes = {24'd0, burst_length} * BEAT_BYTES + BEAT_BYTES;
wire [ADDRESS_WIDTH-1:0] burst_end = burst_address + {{ADDRESS_WIDTH-32{1'b0}}, burst_bytes} - 1'b1;

// ASSUMED 0: it begins with a reset
always @* if ($initstate) assume (rst);

always @* begin
    // ASSUMED 1: a range is of whole beats, at least one
    assume (!range_valid || (range_bytes != 0 && range_bytes % BEAT_BYTES == 0 && range_address % BEAT_BYTES == 0));
    // ASSUMED 2: it does not pass the last address
    assume (!range_valid || {1'b0, range_address} + {{ADDRESS_WIDTH-31{1'b0}}, range_bytes} <= {1'b1, {ADDRESS_WIDTH{1'b0}}});
end

always @(posedge clk) begin
    if (burst_valid && burst_ready) begin
        expected_reg <= expected_reg + {{ADDRESS_WIDTH-32{1'b0}}, burst_bytes};
        left_reg     <= left_reg - burst_bytes;
    end
    if (range_ready) begin
        begun_reg    <= range_valid;
        expected_reg <= range_address;
        left_reg     <= range_bytes;
    end
    waiting_reg      <= burst_valid && !burst_ready;
    held_address_reg <= burst_address;
    held_length_reg  <= burst_length;
    held_last_reg    <= burst_last;
    if (rst) begin
        begun_reg   <= 1'b0;
        waiting_reg <= 1'b0;
    end
end

always @* if (!rst) begin
    // 1: bursts are there for a range that was taken, until its last
    BURST_1: assert (burst_valid == begun_reg);
    if (burst_valid) begin
        // 2: none crosses a 4 KiB boundary
        BURST_2: assert (burst_address[ADDRESS_WIDTH-1:12] == burst_end[ADDRESS_WIDTH-1:12]);
        // 3: contiguous, from the range's first byte on
        BURST_3: assert (burst_address == expected_reg);
        // 4: the last one ends at the range's last byte, and no other does
        BURST_4: assert (burst_last == (burst_bytes == left_reg));
        // 5: none passes it, and all are of whole beats
        BURST_5: assert (burst_bytes <= left_reg && left_reg % BEAT_BYTES == 0 && burst_address % BEAT_BYTES == 0);
        // 6: what is left is what the module holds
        BURST_6: assert (left_reg == bytes_reg);
    end
    // 7: valid stays and the burst holds until it is taken
    BURST_7: assert (!waiting_reg || (burst_valid && burst_address == held_address_reg
                                      && burst_length == held_length_reg && burst_last == held_last_reg));
end
`endif

endmodule

`resetall
