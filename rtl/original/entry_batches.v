// Update information read for sending: of each group, one batch of journals.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Update information comes beat by beat, each group's in its order, groups mixed. It is checked and cut into a batch as
 * it comes: journals belong to it as long as their data does not exceed the limit, and the first does in any case. A
 * group's row holds how far it has come; the beats go to the buffer of the packet, and so does what says where each
 * journal's write data lies. Bytes are counted in blocks, places in units of 64 bytes.
 */
module entry_batches #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Buffers for packets
    parameter BUFFERS = 7,
    // Journals in a batch, at most; a power of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS),
    // Bits of the number of a beat of a batch's update information
    parameter ENTRY_WIDTH = $clog2(MAX_JOURNALS * `UPDATE_INFORMATION_BITS / DATA_WIDTH),
    // Bits of a place in units of 64 bytes, of the data of a packet in blocks
    parameter UNIT_WIDTH = POSITION_WIDTH - 6,
    parameter SIZE_WIDTH = 8,
    parameter DESCRIPTION_WIDTH = 1 + 16 + UNIT_WIDTH + SIZE_WIDTH
) (
    input  wire                                clk,

    // a batch begins, from journal `first` of a group on, with at most so many bytes of data
    input  wire                                start,
    input  wire [GROUP_WIDTH-1:0]              start_group,
    input  wire [BUFFER_WIDTH-1:0]             start_buffer,
    input  wire [63:0]                         start_first,
    input  wire [31:0]                         start_limit,

    input  wire                                beat,
    input  wire [GROUP_WIDTH-1:0]              beat_group,
    input  wire [DATA_WIDTH-1:0]               beat_data,
    // where it goes
    output wire [BUFFER_WIDTH+ENTRY_WIDTH-1:0] beat_place,

    // it completes the description of a journal of the batch: does its data lie in the write data area or in place,
    // where, how much
    output wire                                described,
    output wire [BUFFER_WIDTH+INDEX_WIDTH-1:0] description_place,
    output wire [DESCRIPTION_WIDTH-1:0]        description,

    // a group's batch: journals, bytes of their data, those of them in the write data area; some of the update
    // information that was read is not what was written
    input  wire [GROUP_WIDTH-1:0]              lookup_group,
    output wire [6:0]                          lookup_journals,
    output wire [31:0]                         lookup_bytes,
    output wire [31:0]                         lookup_area_bytes,
    output wire                                lookup_damaged
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE(BUFFERS >= 2, parameter_error_BUFFERS_must_be_at_least_2)
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH
// a size of 64 KiB, in blocks
`ML_REQUIRE(SIZE_WIDTH == 8, parameter_error_SIZE_WIDTH_must_be_8)

localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1;
localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
// in which part a field lies, and from which bit of it on; the update number begins the first, info_crc ends the last;
// of places the units of 64 bytes, of sizes the blocks
localparam UNIT_SHIFT = 6, BLOCK_SHIFT = 9;
localparam POSITION_AT = 192 / DATA_WIDTH, POSITION_BIT = 192 % DATA_WIDTH;
localparam SIZE_AT     = 320 / DATA_WIDTH, SIZE_BIT     = 320 % DATA_WIDTH;
localparam NAMES_AT    = 384 / DATA_WIDTH, NAMES_BIT    = 384 % DATA_WIDTH;
localparam RESERVED_AT = 448 / DATA_WIDTH, RESERVED_BIT = 448 % DATA_WIDTH;
localparam [31:0] ALL_ONES = 32'hFFFFFFFF;
// the state of a CRC when all bytes and the CRC itself have passed
localparam [31:0] RESIDUE = 32'hDEBB20E3;

/*
 * Rows, one a group
 */
(* ram_style = "distributed" *) reg [BUFFER_WIDTH-1:0] buffers  [0:GROUPS-1];
(* ram_style = "distributed" *) reg [63:0]             firsts   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [SIZE_WIDTH-1:0] limits   [0:GROUPS-1];
// the next beat, what has come of an update information
(* ram_style = "distributed" *) reg [ENTRY_WIDTH-1:0]  places    [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]             crcs      [0:GROUPS-1];
(* ram_style = "distributed" *) reg                    rights    [0:GROUPS-1];
(* ram_style = "distributed" *) reg [63:0]             numbers   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [UNIT_WIDTH-1:0]  positions [0:GROUPS-1];
(* ram_style = "distributed" *) reg [SIZE_WIDTH-1:0] sizes     [0:GROUPS-1];
(* ram_style = "distributed" *) reg [15:0]             volumes   [0:GROUPS-1];
(* ram_style = "distributed" *) reg                    writes    [0:GROUPS-1];
// the batch
(* ram_style = "distributed" *) reg [6:0]              journals   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [SIZE_WIDTH-1:0] bytes      [0:GROUPS-1];
(* ram_style = "distributed" *) reg [SIZE_WIDTH-1:0] area_bytes [0:GROUPS-1];
(* ram_style = "distributed" *) reg                    fulls      [0:GROUPS-1];
(* ram_style = "distributed" *) reg                    damages    [0:GROUPS-1];
// no beat of a group's batch has come: its row begins anew
reg [GROUPS-1:0]       fresh_reg;
// the beat of the cycle before: whose; is it its batch's first, does an update information begin and end with it, and
// what does that say
reg                    checks_reg, first_reg, begins_reg, ends_reg, right_reg, right_number_reg, written_reg;
reg [GROUP_WIDTH-1:0]  group_reg;
reg [31:0]             crc_reg;
reg [15:0]             volume_reg;
reg [UNIT_WIDTH-1:0]   position_reg;
reg [SIZE_WIDTH-1:0]   size_reg, data_size_reg;

wire fresh = fresh_reg[beat_group];
wire [ENTRY_WIDTH-1:0] place = fresh ? {ENTRY_WIDTH{1'b0}} : places[beat_group];
wire [PART_WIDTH-1:0]  part;

generate
    if (PARTS == 1) begin : whole
        assign part = 1'b0;
    end else begin : in_parts
        assign part = place[PART_WIDTH-1:0];
    end
endgenerate

wire begins = part == 0;
wire ends   = part == LAST_PART;

/*
 * Is it what was written?
 */
wire [63:0] number  = fresh ? firsts[beat_group] : numbers[beat_group];
wire [31:0] crc     = begins ? ALL_ONES : crcs[beat_group];
wire [31:0] crc_next;
wire        has_size     = part == SIZE_AT[PART_WIDTH-1:0];
wire        has_names    = part == NAMES_AT[PART_WIDTH-1:0];
wire        has_reserved = part == RESERVED_AT[PART_WIDTH-1:0];
wire        has_position = part == POSITION_AT[PART_WIDTH-1:0];
wire [SIZE_WIDTH-1:0] size     = has_size ? beat_data[SIZE_BIT+BLOCK_SHIFT +: SIZE_WIDTH] : sizes[beat_group];
wire [UNIT_WIDTH-1:0]  position = has_position ? beat_data[POSITION_BIT+UNIT_SHIFT +: UNIT_WIDTH]
                                                : positions[beat_group];
// group, volume, journal volume, kind, flags
wire [15:0] group    = beat_data[NAMES_BIT +: 16];
wire [15:0] volume   = has_names ? beat_data[NAMES_BIT+16 +: 16] : volumes[beat_group];
wire [7:0]  kind     = beat_data[NAMES_BIT+48 +: 8];
wire [7:0]  flags    = beat_data[NAMES_BIT+56 +: 8];
wire        written  = has_names ? kind == `UI_KIND_HOST_WRITE : writes[beat_group];
wire        is_end   = kind == `UI_KIND_END_OF_INITIAL_COPY;

wire right_number   = !begins || beat_data[63:0] == number;
wire right_size     = !has_size
    || (beat_data[SIZE_BIT +: 32] <= MAX_TRANSFER_BYTES && beat_data[SIZE_BIT +: BLOCK_SHIFT] == 0);
wire right_group    = group == {{16-GROUP_WIDTH{1'b0}}, beat_group};
wire right_kind     = kind <= `UI_KIND_DISCARD && (size == 0) == is_end;
// a discard has a size and no write data
wire [SIZE_WIDTH-1:0] data_size = (has_names && kind == `UI_KIND_DISCARD) ? {SIZE_WIDTH{1'b0}} : size;
wire right_names    = !has_names || (right_group && right_kind && flags <= 8'd1);
wire right_reserved = !has_reserved || beat_data[RESERVED_BIT +: 32] == 32'd0;
// in the cycle behind
wire right_next     = (begins_reg || rights[group_reg]) && right_reg && right_number_reg;
wire damages_next   = (!first_reg && damages[group_reg]) || (ends_reg && !(right_next && crc_reg == RESIDUE));

crc32 #(.DATA_WIDTH(DATA_WIDTH)) information_crc (.data(beat_data), .state(crc), .state_next(crc_next));

/*
 * Cut, in the cycle behind
 */
wire [6:0]  journals_now = first_reg ? 7'd0 : journals[group_reg];
wire        full_now     = !first_reg && fulls[group_reg];
wire [SIZE_WIDTH-1:0] bytes_now  = first_reg ? {SIZE_WIDTH{1'b0}} : bytes[group_reg];
wire [SIZE_WIDTH-1:0] area_now   = first_reg ? {SIZE_WIDTH{1'b0}} : area_bytes[group_reg];
wire [SIZE_WIDTH:0]   bytes_next = {1'b0, bytes_now} + {1'b0, data_size_reg};
wire        fits         = journals_now == 7'd0 || (!full_now && bytes_next <= {1'b0, limits[group_reg]});
wire        accepted     = ends_reg && fits;

assign beat_place        = {buffers[beat_group], place};
assign described         = checks_reg && accepted;
assign description_place = {buffers[group_reg], journals_now[INDEX_WIDTH-1:0]};
assign description       = {written_reg, volume_reg, position_reg, data_size_reg};

assign lookup_journals   = journals[lookup_group];
assign lookup_bytes      = {{32-SIZE_WIDTH-BLOCK_SHIFT{1'b0}}, bytes[lookup_group], {BLOCK_SHIFT{1'b0}}};
assign lookup_area_bytes = {{32-SIZE_WIDTH-BLOCK_SHIFT{1'b0}}, area_bytes[lookup_group], {BLOCK_SHIFT{1'b0}}};
assign lookup_damaged    = damages[lookup_group];

always @(posedge clk) begin
    if (beat) begin
        places[beat_group]     <= place + 1'b1;
        crcs[beat_group]       <= crc_next;
        numbers[beat_group]    <= ends ? number + 64'd1 : number;
        positions[beat_group]  <= position;
        sizes[beat_group]      <= data_size;
        volumes[beat_group]    <= volume;
        writes[beat_group]     <= written;
        fresh_reg[beat_group]  <= 1'b0;
        first_reg              <= fresh;
        begins_reg             <= begins;
        ends_reg               <= ends;
        right_reg              <= right_size && right_names && right_reserved;
        right_number_reg       <= right_number;
        group_reg              <= beat_group;
        crc_reg                <= crc_next;
        position_reg           <= position;
        size_reg               <= size;
        data_size_reg          <= data_size;
        volume_reg             <= volume;
        written_reg            <= written;
    end
    checks_reg <= beat;
    if (checks_reg) begin
        rights[group_reg]     <= right_next;
        fulls[group_reg]      <= full_now || (ends_reg && !fits);
        damages[group_reg]    <= damages_next;
    end
    // an update information that is accepted ends, or nothing of the batch has ended yet
    if (checks_reg && (accepted || first_reg)) begin
        journals[group_reg]   <= ends_reg ? journals_now + 7'd1 : 7'd0;
        bytes[group_reg]      <= ends_reg ? bytes_next[SIZE_WIDTH-1:0] : {SIZE_WIDTH{1'b0}};
        area_bytes[group_reg] <= !ends_reg ? {SIZE_WIDTH{1'b0}} : written_reg ? area_now + size_reg : area_now;
    end
    if (start) begin
        buffers[start_group]   <= start_buffer;
        firsts[start_group]    <= start_first;
        limits[start_group]    <= start_limit[BLOCK_SHIFT +: SIZE_WIDTH];
        fresh_reg[start_group] <= 1'b1;
    end
end

endmodule

`resetall
