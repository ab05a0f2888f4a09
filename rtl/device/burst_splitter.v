// Splits a range of a storage device into AXI4 bursts.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * One burst a cycle, none longer than 4 KiB or 256 beats, none across a multiple of that, a piece. So only the first
 * one of a range begins inside a piece, and only the last one ends inside one; how many pieces begin in the range and
 * where it ends in the last one is known when it comes. All counts are of beats.
 */
module burst_splitter #(
    // Bits of a beat
    parameter DATA_WIDTH = 512,
    // Bits of a device address
    parameter ADDRESS_WIDTH = 48,
    // Bits of a beat's place in a memory
    parameter PLACE_WIDTH = 12,
    // Bits that go with a range unchanged
    parameter META_WIDTH = 8
) (
    input  wire                     clk,
    input  wire                     rst,

    input  wire                     range_valid,
    output wire                     range_ready,
    input  wire [ADDRESS_WIDTH-1:0] range_address,
    // whole beats, 65,536 bytes at most
    input  wire [16:0]              range_bytes,
    // where the range's first beat lies in its memory
    input  wire [PLACE_WIDTH-1:0]   range_place,
    input  wire [META_WIDTH-1:0]    range_meta,

    output wire                     burst_valid,
    input  wire                     burst_ready,
    output wire [ADDRESS_WIDTH-1:0] burst_address,
    // beats - 1
    output wire [7:0]               burst_length,
    output wire [PLACE_WIDTH-1:0]   burst_place,
    // the range's last
    output wire                     burst_last,
    output wire [META_WIDTH-1:0]    burst_meta
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE(PLACE_WIDTH >= 1, parameter_error_PLACE_WIDTH_must_be_at_least_1)
`ML_REQUIRE(META_WIDTH >= 1, parameter_error_META_WIDTH_must_be_at_least_1)

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam PIECE_BYTES = (256 * DATA_WIDTH / 8 < 4096) ? 256 * DATA_WIDTH / 8 : 4096;
localparam PIECE_SHIFT = $clog2(PIECE_BYTES);
// bits of a beat's number in its piece, of a range's last beat counted from the start of its first piece, of a piece
localparam BEAT_BITS = PIECE_SHIFT - BEAT_SHIFT;
localparam END_BITS = 18 - BEAT_SHIFT;
localparam PIECE_BITS = ADDRESS_WIDTH - PIECE_SHIFT;
localparam [PLACE_WIDTH+8:0] PIECE_BEATS = 1 << BEAT_BITS;

reg                   valid_reg;
reg [PIECE_BITS-1:0]  piece_reg;
// where in the piece the burst begins; where in the last piece the range ends
reg [BEAT_BITS-1:0]   first_reg;
reg [BEAT_BITS-1:0]   end_reg;
// pieces behind this one
reg [END_BITS-BEAT_BITS-1:0] behind_reg;
reg [PLACE_WIDTH-1:0] place_reg;
reg [META_WIDTH-1:0]  meta_reg;

wire [BEAT_BITS-1:0]  range_first = range_address[PIECE_SHIFT-1:BEAT_SHIFT];
wire [END_BITS-1:0]   range_end   = {1'b0, range_bytes[16:BEAT_SHIFT]} + {{END_BITS-BEAT_BITS{1'b0}}, range_first}
                                    - 1'b1;
wire                  last        = behind_reg == 0;
wire [BEAT_BITS-1:0]  beats       = (last ? end_reg : {BEAT_BITS{1'b1}}) - first_reg;
wire [PLACE_WIDTH+8:0] next_place = {9'd0, place_reg} + PIECE_BEATS - {{PLACE_WIDTH+9-BEAT_BITS{1'b0}}, first_reg};

assign range_ready   = !valid_reg || (burst_ready && last);
assign burst_valid   = valid_reg;
assign burst_address = {piece_reg, first_reg, {BEAT_SHIFT{1'b0}}};
assign burst_length  = {{8-BEAT_BITS{1'b0}}, beats};
assign burst_place   = place_reg;
assign burst_last    = last;
assign burst_meta    = meta_reg;

always @(posedge clk) begin
    if (range_ready) begin
        valid_reg  <= range_valid;
        piece_reg  <= range_address[ADDRESS_WIDTH-1:PIECE_SHIFT];
        first_reg  <= range_first;
        end_reg    <= range_end[BEAT_BITS-1:0];
        behind_reg <= range_end[END_BITS-1:BEAT_BITS];
        place_reg  <= range_place;
        meta_reg   <= range_meta;
    end else if (burst_ready) begin
        piece_reg  <= piece_reg + 1'b1;
        first_reg  <= 0;
        behind_reg <= behind_reg - 1'b1;
        place_reg  <= next_place[PLACE_WIDTH-1:0];
    end
    if (rst)
        valid_reg <= 1'b0;
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
localparam [31:0] BEAT_BYTES = DATA_WIDTH / 8;

reg                     begun_reg;
reg [ADDRESS_WIDTH-1:0] expected_reg, last_byte_reg, held_address_reg;
reg [31:0]              left_reg;
reg [PLACE_WIDTH-1:0]   expected_place_reg;
reg                     waiting_reg, held_last_reg;
reg [7:0]               held_length_reg;

// bytes of the burst, as the storage device counts them
wire [31:0] burst_bytes = {24'd0, burst_length} * BEAT_BYTES + BEAT_BYTES;
// bytes from the burst's first to the range's last
wire [31:0] held_bytes = {{32-END_BITS-BEAT_SHIFT{1'b0}}, {behind_reg, end_reg} + 1'b1
                          - {{END_BITS-BEAT_BITS{1'b0}}, first_reg}, {BEAT_SHIFT{1'b0}}};
wire [ADDRESS_WIDTH-1:0] burst_end = burst_address + {{ADDRESS_WIDTH-32{1'b0}}, burst_bytes} - 1'b1;

// ASSUMED 0: it begins with a reset
always @(`ML_CYCLE) begin
    `ML_BEGINS_WITH(rst);
end

always @(`ML_CYCLE) begin
    // ASSUMED 1: a range is of whole beats, at least one, and of 65,536 bytes at most
    `ML_ASSUMED(!range_valid || (range_bytes != 0 && range_bytes <= 65536 && range_bytes % BEAT_BYTES == 0
                             && range_address % BEAT_BYTES == 0));
    // ASSUMED 2: it does not pass the last address
    `ML_ASSUMED(!range_valid
            || {1'b0, range_address} + {{ADDRESS_WIDTH-16{1'b0}}, range_bytes} <= {1'b1, {ADDRESS_WIDTH{1'b0}}});
end

always @(posedge clk) begin
    if (burst_valid && burst_ready) begin
        expected_reg <= expected_reg + {{ADDRESS_WIDTH-32{1'b0}}, burst_bytes};
        left_reg     <= left_reg - burst_bytes;
        expected_place_reg <= expected_place_reg + burst_length + 1'b1;
    end
    if (range_ready) begin
        begun_reg    <= range_valid;
        expected_reg <= range_address;
        left_reg     <= {15'd0, range_bytes};
        expected_place_reg <= range_place;
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

always @(`ML_CYCLE) if (!rst) begin
    // 1: bursts are there for a range that was taken, until its last
    `ML_HOLDS(BURST_1, burst_valid == begun_reg);
    if (burst_valid) begin
        // 2: none crosses a 4 KiB boundary
        `ML_HOLDS(BURST_2, burst_address[ADDRESS_WIDTH-1:12] == burst_end[ADDRESS_WIDTH-1:12]);
        // 3: contiguous, from the range's first byte on
        `ML_HOLDS(BURST_3, burst_address == expected_reg);
        // 4: the last one ends at the range's last byte, and no other does
        `ML_HOLDS(BURST_4, burst_last == (burst_bytes == left_reg));
        // 5: none passes it, and all are of whole beats
        `ML_HOLDS(BURST_5, burst_bytes <= left_reg && left_reg % BEAT_BYTES == 0 && burst_address % BEAT_BYTES == 0);
        // 6: what is left is what the module holds
        `ML_HOLDS(BURST_6, left_reg == held_bytes);
        // 8: a burst's place lies as far behind the range's as its address does
        `ML_HOLDS(BURST_8, burst_place == expected_place_reg);
    end
    // 7: valid stays and the burst holds until it is taken
    `ML_HOLDS(BURST_7, !waiting_reg || (burst_valid && burst_address == held_address_reg
                                      && burst_length == held_length_reg && burst_last == held_last_reg));
end
`endif

endmodule

`resetall
