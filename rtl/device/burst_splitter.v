// Splits a range of a storage device into AXI4 bursts.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One burst a cycle, none longer than 4 KiB or 256 beats, none across a multiple of that. So only the first one of a range begins inside
 * such a piece, and what is left of the piece is known when the range comes.
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
localparam MOST_SHIFT = $clog2(MOST_BYTES);

reg                     valid_reg;
reg [ADDRESS_WIDTH-1:0] address_reg;
reg [31:0]              bytes_reg;
reg [31:0]              offset_reg;
reg [META_WIDTH-1:0]    meta_reg;
// up to the end of the piece
reg [MOST_SHIFT:0]      most_reg;

wire [31:0] most       = {{31-MOST_SHIFT{1'b0}}, most_reg};
wire        last       = bytes_reg <= most;
wire [7:0]  last_beat  = bytes_reg[BEAT_SHIFT +: 8] - 8'd1;
wire [7:0]  piece_beat = most[BEAT_SHIFT +: 8] - 8'd1;

assign range_ready   = !valid_reg || (burst_ready && burst_last);
assign burst_valid   = valid_reg;
assign burst_address = address_reg;
assign burst_length  = last ? last_beat : piece_beat;
assign burst_offset  = offset_reg;
assign burst_last    = last;
assign burst_meta    = meta_reg;

always @(posedge clk) begin
    if (valid_reg && burst_ready) begin
        address_reg <= {address_reg[ADDRESS_WIDTH-1:MOST_SHIFT] + 1'b1, {MOST_SHIFT{1'b0}}};
        bytes_reg   <= bytes_reg - most;
        offset_reg  <= offset_reg + most;
        most_reg    <= MOST_BYTES[MOST_SHIFT:0];
    end
    if (range_ready) begin
        valid_reg <= range_valid;
        if (range_valid) begin
            address_reg <= range_address;
            bytes_reg   <= range_bytes;
            offset_reg  <= range_offset;
            meta_reg    <= range_meta;
            most_reg    <= MOST_BYTES[MOST_SHIFT:0] - {1'b0, range_address[MOST_SHIFT-1:0]};
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
        // 8: the piece ends at a multiple of the longest burst
        BURST_8: assert (most == MOST_BYTES - {{32-MOST_SHIFT{1'b0}}, burst_address[MOST_SHIFT-1:0]});
    end
    // 7: valid stays and the burst holds until it is taken
    BURST_7: assert (!waiting_reg || (burst_valid && burst_address == held_address_reg
                                      && burst_length == held_length_reg && burst_last == held_last_reg));
end
`endif

endmodule

`resetall
