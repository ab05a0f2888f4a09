// CRC of each journal's write data in a stream of update information and write data.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Sees the payload of a "journals" packet, one beat a cycle: `count` update informations, then their write data one
 * after the other, of the sizes that they name, whole blocks. The CRCs of the packet are kept until the next `start`:
 * of a host write's data that which its update information carries from the host on, of initial copy's, which is read
 * in place, that of the data that is seen.
 *
 * The CRC of what comes between, unit by unit of 64 bytes, is made by the same logic: of `unit` beats, which `unit_crc`
 * covers up to this one, and `made_crc` up to the one before.
 */
module journal_checksums #(
    parameter DATA_WIDTH = 512,
    // Journals in a packet, at most; a power of two
    parameter MAX_JOURNALS = 64,
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS)
) (
    input  wire                   clk,
    input  wire                   rst,

    // a packet of `count` journals, at least one, begins; not together with a beat
    input  wire                   start,
    input  wire [15:0]            count,

    input  wire                   beat,
    input  wire [DATA_WIDTH-1:0]  data,
    // the data is a unit's instead, its first beat; it moves; the inverted CRC with it
    input  wire                   of_unit,
    input  wire                   unit_first,
    input  wire                   unit,
    output wire [31:0]            unit_crc,
    output wire [31:0]            made_crc,
    // a beat can be taken; falls for a cycle for a journal without write data
    output wire                   ready,

    // all update information has been seen; all write data, too
    output reg                    in_data,
    output reg                    complete,

    // a journal's write data ends: its place in the packet and its CRC
    output wire                   journal_ends,
    output wire [INDEX_WIDTH-1:0] journal_index,
    output wire [31:0]            journal_crc,
    // one cycle later: it is a host write's, and the data is not what its update information says
    output wire                   journal_damaged,
    output reg  [15:0]            damaged_index,

    // beat `trailer_beat` of the packet's trailer, when the packet is complete: the CRCs in order, inverted if it is
    // poisoned, zeros behind them
    input  wire [7:0]             trailer_beat,
    input  wire                   poison,
    output wire [DATA_WIDTH-1:0]  trailer
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_JOURNALS

localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1;
// the size lies in bits 351:320 of an update information
localparam SIZE_AT = 320 / DATA_WIDTH;
localparam [PART_WIDTH-1:0] SIZE_PART = SIZE_AT[PART_WIDTH-1:0];
localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
localparam SIZE_BIT = 320 % DATA_WIDTH;
// data_crc beside it, in bits 383:352; the kind in bits 439:432
localparam CRC_BIT = 352 % DATA_WIDTH;
localparam KIND_AT = 432 / DATA_WIDTH;
localparam [PART_WIDTH-1:0] KIND_PART = KIND_AT[PART_WIDTH-1:0];
localparam KIND_BIT = 432 % DATA_WIDTH;
localparam [31:0] ALL_ONES = 32'hFFFFFFFF;

// blocks of a journal, at most 64 KiB; beats of a block
localparam BLOCK_SHIFT = 9;
localparam SIZE_WIDTH = 8;
localparam BEAT_WIDTH = $clog2(512 * 8 / DATA_WIDTH);
// of each journal: is it a host write's, its blocks
reg [SIZE_WIDTH:0] rows [0:MAX_JOURNALS-1];
// CRCs side by side, as the trailer shows them: first those that the update information carries
localparam LANES = DATA_WIDTH / 32;
localparam LANE_WIDTH = $clog2(LANES);
localparam BEATS = MAX_JOURNALS / LANES;
localparam TRAILER_WIDTH = (BEATS > 1) ? $clog2(BEATS) : 1;

reg [INDEX_WIDTH:0]  count_reg;
reg [INDEX_WIDTH:0]  information_reg;
reg [PART_WIDTH-1:0] part_reg;
reg [SIZE_WIDTH-1:0] size_reg;
reg [INDEX_WIDTH:0]  journal_reg;
// blocks of the journal with the one that comes, beats of that
reg [SIZE_WIDTH-1:0] block_reg;
reg [BEAT_WIDTH-1:0] beat_reg;
// the next beat begins a journal's data
reg                  begins_reg;
reg [31:0]           crc_reg;

wire                  said;
wire [SIZE_WIDTH-1:0] blocks;
assign {said, blocks} = rows[journal_reg[INDEX_WIDTH-1:0]];

wire [31:0] state_next;
wire        journal_valid = in_data && !complete;
wire        empty      = journal_valid && blocks == 0;
wire        block_last = beat_reg == {BEAT_WIDTH{1'b1}};
wire        last       = block_last && block_reg == blocks;
// a discard has a size and no write data
wire [7:0]            kind = data[KIND_BIT +: 8];
wire [SIZE_WIDTH-1:0] size = (part_reg == SIZE_PART) ? data[SIZE_BIT+BLOCK_SHIFT +: SIZE_WIDTH] : size_reg;

// the row of CRCs that is looked at, and that of the journal which comes
wire [LANE_WIDTH-1:0]    lane      = journal_valid ? journal_reg[LANE_WIDTH-1:0] : information_reg[LANE_WIDTH-1:0];
wire [TRAILER_WIDTH-1:0] place     = journal_valid ? journal_reg[LANE_WIDTH +: TRAILER_WIDTH]
                                                   : information_reg[LANE_WIDTH +: TRAILER_WIDTH];
wire [TRAILER_WIDTH-1:0] kept_at   = complete ? trailer_beat[TRAILER_WIDTH-1:0] : place;
wire [DATA_WIDTH-1:0]    kept;

assign journal_ends  = empty || (beat && journal_valid && last);
assign journal_index = journal_reg[INDEX_WIDTH-1:0];
wire [31:0] seen_crc = empty ? 32'd0 : ~state_next;
wire [31:0] said_crc = kept[lane*32 +: 32];
assign journal_crc   = said ? said_crc : seen_crc;

// which two of their bits differ
reg        ended_reg;
reg [15:0] differs_reg;
wire [31:0] differs = seen_crc ^ said_crc;
assign journal_damaged = ended_reg && differs_reg != 16'd0;

wire        informs  = beat && !in_data;
wire        says_crc = informs && part_reg == SIZE_PART;
wire        keeps    = says_crc || (journal_ends && !said);
wire [31:0] kept_crc = journal_valid ? seen_crc : data[CRC_BIT +: 32];

generate
    genvar n;
    for (n = 0; n < LANES; n = n + 1) begin : trailer_lane
        wire [31:0] journal = {24'd0, trailer_beat} * LANES + n;
        wire        present = journal < {{31-INDEX_WIDTH{1'b0}}, count_reg};
        reg [31:0] crcs [0:BEATS-1];

        assign kept[n*32 +: 32]    = crcs[kept_at];
        assign trailer[n*32 +: 32] = !present ? 32'd0 : poison ? ~kept[n*32 +: 32] : kept[n*32 +: 32];

        always @(posedge clk)
            if (keeps && lane == n)
                crcs[place] <= kept_crc;
    end
endgenerate

assign ready    = !empty;
// with the one that comes
wire [INDEX_WIDTH:0] informations = information_reg + 1'b1;
wire [INDEX_WIDTH:0] journals     = journal_reg + 1'b1;

wire        begins = of_unit ? unit_first : begins_reg;
wire [31:0] state  = begins ? ALL_ONES : crc_reg;

crc32 #(.DATA_WIDTH(DATA_WIDTH)) data_crc (.data(data), .state(state), .state_next(state_next));

assign unit_crc = state_next;
assign made_crc = crc_reg;

integer i;

always @(posedge clk) begin
    if (informs) begin
        size_reg <= size;
        if (part_reg == KIND_PART)
            rows[information_reg[INDEX_WIDTH-1:0]] <=
                {kind == `UI_KIND_HOST_WRITE, (kind == `UI_KIND_DISCARD) ? {SIZE_WIDTH{1'b0}} : size};
        part_reg <= (part_reg == LAST_PART) ? {PART_WIDTH{1'b0}} : part_reg + 1'b1;
        if (part_reg == LAST_PART) begin
            information_reg <= informations;
            in_data         <= informations == count_reg;
        end
    end
    if (beat || unit)
        crc_reg <= state_next;
    if (beat && journal_valid) begin
        begins_reg <= last;
        beat_reg   <= beat_reg + 1'b1;
        if (block_last)
            block_reg <= last ? 8'd1 : block_reg + 1'b1;
    end
    ended_reg <= journal_ends && said && !start && !rst;
    if (journal_ends) begin
        for (i = 0; i < 16; i = i + 1)
            differs_reg[i] <= differs[2*i +: 2] != 2'd0;
        damaged_index <= {{15-INDEX_WIDTH{1'b0}}, journal_reg};
        journal_reg   <= journals;
        complete      <= journals == count_reg;
    end
    if (start || rst) begin
        count_reg       <= rst ? {INDEX_WIDTH+1{1'b0}} : count[INDEX_WIDTH:0];
        information_reg <= 0;
        in_data         <= 1'b0;
        complete        <= 1'b0;
        part_reg        <= 0;
        journal_reg     <= 0;
        block_reg       <= 8'd1;
        beat_reg        <= 0;
        begins_reg      <= 1'b1;
    end
end

endmodule

`resetall
