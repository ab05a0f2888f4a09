// Writes of restore that overlap: which may go to their device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * A write that overlaps one that began before it and is in flight waits until the device has answered that. Writes are
 * scanned in the order in which they begin, each beside those in flight, one in a cycle. Ranges are whole blocks.
 */
module restore_overlaps #(
    // Writes in flight, at most; a power of two
    parameter CACHE_SLOTS = 16,
    parameter POSITION_WIDTH = 48,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                      clk,
    input  wire                      rst,

    // a write begins
    input  wire                      enter,
    input  wire [INDEX_WIDTH-1:0]    slot,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] position,
    input  wire [31:0]               size,
    // its device has answered
    input  wire                      done,
    input  wire [INDEX_WIDTH-1:0]    done_slot,

    output wire [CACHE_SLOTS-1:0]    may_write
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_POSITION_WIDTH

localparam [CACHE_SLOTS-1:0] ONE = 1;
// of a volume's number, of a block's, of a size in blocks: two writes that lie 32 MiB apart may look the same, and then
// one waits for the other
localparam VOLUME_WIDTH = 6;
localparam PLACE_WIDTH = 16;
localparam SIZE_WIDTH = 8;
localparam ROW_WIDTH = VOLUME_WIDTH + PLACE_WIDTH + SIZE_WIDTH;

// volume, first block, blocks
(* ram_style = "distributed" *)
reg [ROW_WIDTH-1:0]   rows  [0:CACHE_SLOTS-1];
(* ram_style = "distributed" *)
reg [INDEX_WIDTH-1:0] order [0:CACHE_SLOTS-1];
// one bit more than the index tells full from empty
reg [INDEX_WIDTH:0]   newest_reg, oldest_reg;

// the oldest write that has only begun is taken up, then beside those in flight that were not seen yet, one a cycle:
// looked up in one, compared in the next
reg                   scanning_reg;
reg [INDEX_WIDTH-1:0] slot_reg;
reg [ROW_WIDTH-1:0]   row_reg;
reg [CACHE_SLOTS-1:0] unseen_reg, in_flight_reg, seen_reg;
reg [ROW_WIDTH-1:0]   seen_row_reg;
reg [INDEX_WIDTH-1:0] seen_slot;
integer i;

always @* begin
    seen_slot = 0;
    for (i = CACHE_SLOTS - 1; i >= 0; i = i - 1)
        if (unseen_reg[i])
            seen_slot = i[INDEX_WIDTH-1:0];
end

wire [CACHE_SLOTS-1:0] ending = done ? ONE << done_slot : {CACHE_SLOTS{1'b0}};
wire [INDEX_WIDTH-1:0] oldest = order[oldest_reg[INDEX_WIDTH-1:0]];
wire [ROW_WIDTH-1:0]   row    = rows[scanning_reg ? seen_slot : oldest];
wire [VOLUME_WIDTH-1:0] volume_of, its_volume;
wire [PLACE_WIDTH-1:0]  first_of, its_first;
wire [SIZE_WIDTH-1:0]   size_of, its_size;

assign {volume_of, first_of, size_of}    = seen_row_reg;
assign {its_volume, its_first, its_size} = row_reg;

// one begins within the other
wire [PLACE_WIDTH-1:0] ahead  = first_of - its_first;
wire [PLACE_WIDTH-1:0] behind = its_first - first_of;
wire                   meets  = ahead < {{PLACE_WIDTH-SIZE_WIDTH{1'b0}}, its_size}
                                || behind < {{PLACE_WIDTH-SIZE_WIDTH{1'b0}}, size_of};

wire [CACHE_SLOTS-1:0] seeing   = ONE << seen_slot;
wire                   sees     = scanning_reg && unseen_reg != 0;
wire                   overlaps = volume_of == its_volume && meets;
wire                   settles  = scanning_reg && unseen_reg == 0;

// those that each write waits for
wire changes = rst || enter || overlaps || done;

generate
    genvar n;
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : of
        reg [CACHE_SLOTS-1:0] waits_reg;

        assign may_write[n] = in_flight_reg[n] && waits_reg == 0;

        always @(posedge clk) if (changes)
            waits_reg <= (rst || (enter && slot == n)) ? {CACHE_SLOTS{1'b0}}
                       : (waits_reg | ((overlaps && slot_reg == n) ? seen_reg : {CACHE_SLOTS{1'b0}})) & ~ending;
    end
endgenerate

always @(posedge clk) begin
    if (enter) begin
        rows[slot]                         <= {volume[VOLUME_WIDTH-1:0], position[9 +: PLACE_WIDTH],
                                               size[9 +: SIZE_WIDTH]};
        order[newest_reg[INDEX_WIDTH-1:0]] <= slot;
        newest_reg                          <= newest_reg + 1'b1;
    end
    if (!scanning_reg && newest_reg != oldest_reg) begin
        scanning_reg <= 1'b1;
        slot_reg    <= oldest;
        row_reg     <= row;
        unseen_reg  <= in_flight_reg & ~ending;
        oldest_reg  <= oldest_reg + 1'b1;
    end else
        unseen_reg <= unseen_reg & ~(sees ? seeing : {CACHE_SLOTS{1'b0}}) & ~ending;
    seen_reg     <= (sees ? seeing : {CACHE_SLOTS{1'b0}}) & ~ending;
    seen_row_reg <= row;
    if (settles)
        scanning_reg <= 1'b0;
    in_flight_reg <= (in_flight_reg & ~ending) | (settles ? ONE << slot_reg : {CACHE_SLOTS{1'b0}});
    if (rst) begin
        newest_reg    <= 0;
        oldest_reg    <= 0;
        scanning_reg   <= 1'b0;
        unseen_reg    <= 0;
        seen_reg      <= 0;
        in_flight_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): writes that wait for one that is not in flight
reg [CACHE_SLOTS-1:0] waits_for_none;

generate
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : waiting_of
        always @*
            waits_for_none[n] = in_flight_reg[n] && (of[n].waits_reg & ~in_flight_reg) != 0;
    end
endgenerate

always @(`ML_CYCLE) if (!rst) begin
    // 1: there is none
    `ML_HOLDS(OVERLAPS_1, waits_for_none == 0);
end
`endif

endmodule

`resetall
