// Asks for a step for each read of write data to be sent: a piece of a journal, two where the data wraps.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A group's packets are read for one after the other, groups take turns, a step each; one whose share of reads is in
 * flight is passed over. A piece takes a cycle each to look up its journal, to see how far that is from the area's end,
 * and to be cut; the group that is next is known when its step has been granted.
 */
module piece_requester #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Buffers for packets
    parameter BUFFERS = 7,
    // Journals in a packet, at most; a power of two
    parameter MAX_JOURNALS = 64,
    // Bits of a beat's place in a buffer
    parameter PLACE_WIDTH = 10,
    parameter POSITION_WIDTH = 48,
    // Bits of a place in units of 64 bytes, of the data of a packet in blocks
    parameter UNIT_WIDTH = POSITION_WIDTH - 6,
    parameter SIZE_WIDTH = 8,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS)
) (
    input  wire                                clk,
    input  wire                                rst,

    /*
     * Packets: groups with one that is not asked for, its buffer and journals; where its group's write data lies
     */
    input  wire [GROUPS-1:0]                   pending,
    output wire [GROUP_WIDTH-1:0]              group,
    input  wire [BUFFER_WIDTH-1:0]             buffer,
    input  wire [6:0]                          journals,
    input  wire [15:0]                         journal_volume,
    input  wire [UNIT_WIDTH-1:0]              data_head,
    input  wire [UNIT_WIDTH-1:0]              area_end,
    // of the journal `description_place`, a cycle later; it holds
    output wire                                description_enable,
    output wire [BUFFER_WIDTH+INDEX_WIDTH-1:0] description_place,
    input  wire                                in_area,
    input  wire [15:0]                         volume,
    input  wire [UNIT_WIDTH-1:0]              position,
    input  wire [SIZE_WIDTH-1:0]               size,
    // all reads of the group's packet have been asked for
    output wire                                finishes,

    /*
     * Steps: SEND_READ; groups that may have one, and for which beat of which buffer it is
     */
    input  wire [GROUPS-1:0]                   may_reserve,
    output wire                                request_valid,
    input  wire                                request_taken,
    output reg  [`CR_WIDTH-1:0]                request,
    output wire [BUFFER_WIDTH-1:0]             reserve_buffer,
    output wire [PLACE_WIDTH-1:0]              reserve_place
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_POSITION_WIDTH
// a size of 64 KiB, in blocks
`ML_REQUIRE(SIZE_WIDTH == 8, parameter_error_SIZE_WIDTH_must_be_8)
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 6, 13), parameter_error_PLACE_WIDTH_must_be_6_to_13)

localparam UNIT_SHIFT = 6;
// of a piece in units, of the beats of a unit
localparam PIECE_WIDTH = SIZE_WIDTH + 3;
localparam BEATS_WIDTH = $clog2(64 * 8 / DATA_WIDTH);
localparam [2:0] CHOOSE = 3'd0, LOOK = 3'd1, MEASURE = 3'd2, CUT = 3'd3, ASK = 3'd4;

/*
 * Groups: the packet has been begun; then its journal, the rest of which is to be read, and the next beat of the
 * buffer
 */
reg [GROUPS-1:0]      begun_reg;
(* ram_style = "distributed" *) reg [INDEX_WIDTH-1:0] indexes [0:GROUPS-1];
(* ram_style = "distributed" *) reg                   rests   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [PLACE_WIDTH-1:0] places  [0:GROUPS-1];

reg [2:0]              state_reg;
reg [GROUP_WIDTH-1:0]  group_reg;
reg [BUFFER_WIDTH-1:0] buffer_reg;
reg [6:0]              journals_reg;
reg [15:0]             journal_volume_reg;
reg [UNIT_WIDTH-1:0]  data_head_reg, area_end_reg;
reg [INDEX_WIDTH-1:0]  index_reg;
reg                    rest_reg;
// what its description says, how far it is from the area's end; its piece
reg                    in_area_reg, wraps, empty, last;
reg [15:0]             volume_reg;
reg [UNIT_WIDTH-1:0]   position_reg, before_end;
reg [SIZE_WIDTH-1:0]   size_reg;
reg [PIECE_WIDTH-1:0]  piece;
reg [PLACE_WIDTH-1:0]  place_reg;

/*
 * Which group is next: those behind the last one first
 */
reg  [GROUPS-1:0] later_reg;
wire [GROUPS-1:0] waiting = pending & may_reserve;
wire [GROUPS-1:0] later   = waiting & later_reg;
wire [GROUPS-1:0] choices = (later != 0) ? later : waiting;
wire [GROUPS-1:0] chosen  = choices & ~(choices - 1'b1);
reg  [GROUP_WIDTH-1:0] chosen_group;
// the group behind that of the piece that is asked for
reg                    follows_reg;
reg  [GROUPS-1:0]      following_reg;
reg  [GROUP_WIDTH-1:0] following_group_reg;
integer i;

always @* begin
    chosen_group = 0;
    for (i = 0; i < GROUPS; i = i + 1)
        if (chosen[i])
            chosen_group = chosen_group | i[GROUP_WIDTH-1:0];
end

wire begun = begun_reg[group_reg];
wire [INDEX_WIDTH-1:0] index = begun ? indexes[group_reg] : {INDEX_WIDTH{1'b0}};

/*
 * The piece
 */
wire [PIECE_WIDTH-1:0] units       = {size_reg, 3'd0};
wire                   goes_on     = in_area_reg && {{UNIT_WIDTH-PIECE_WIDTH{1'b0}}, units} > before_end;
wire [PIECE_WIDTH-1:0] first_piece = before_end[PIECE_WIDTH-1:0];
wire [PIECE_WIDTH+2:0] piece_beats = {3'd0, piece} << BEATS_WIDTH;
wire                   no_journal  = journals_reg == 7'd0;
wire                   advances    = state_reg == ASK && (empty || request_taken);
wire                   passes      = empty || !wraps || rest_reg;
wire                   all         = passes && last;

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]     = `ML_REQUEST_SEND_READ;
    new_request[`CR_GROUP]    = {{16-GROUP_WIDTH{1'b0}}, group_reg};
    new_request[`CR_VOLUME]   = in_area_reg ? journal_volume_reg : volume_reg;
    new_request[`CR_POSITION] = {
        {64-POSITION_WIDTH{1'b0}}, rest_reg ? data_head_reg : position_reg, {UNIT_SHIFT{1'b0}}};
    new_request[`CR_SIZE]     = {{32-PIECE_WIDTH-UNIT_SHIFT{1'b0}}, piece, {UNIT_SHIFT{1'b0}}};
    request = new_request;
end

assign group              = group_reg;
assign description_enable = state_reg == LOOK;
assign description_place  = {buffer, index};
assign finishes           = advances && all;
assign request_valid      = state_reg == ASK && !empty;
assign reserve_buffer     = buffer_reg;
assign reserve_place      = place_reg;

always @(posedge clk) begin
    case (state_reg)
        CHOOSE: begin
            group_reg <= chosen_group;
            if (waiting != 0) begin
                later_reg <= ~((chosen - 1'b1) | chosen);
                state_reg <= LOOK;
            end
        end
        LOOK: begin
            buffer_reg         <= buffer;
            journals_reg       <= journals;
            journal_volume_reg <= journal_volume;
            data_head_reg      <= data_head;
            area_end_reg       <= area_end;
            index_reg          <= index;
            rest_reg           <= begun && rests[group_reg];
            place_reg          <= begun ? places[group_reg] : {PLACE_WIDTH{1'b0}};
            state_reg          <= MEASURE;
        end
        // a group that was chosen ahead may have nothing to be asked for any more
        MEASURE: begin
            in_area_reg  <= in_area;
            volume_reg   <= volume;
            position_reg <= position;
            size_reg     <= size;
            before_end   <= area_end_reg - position;
            state_reg    <= waiting[group_reg] ? CUT : CHOOSE;
        end
        CUT: begin
            wraps <= goes_on;
            piece <= !goes_on ? units : rest_reg ? units - first_piece : first_piece;
            empty <= no_journal || size_reg == 0;
            last  <= no_journal || journals_reg == {{7-INDEX_WIDTH{1'b0}}, index_reg} + 7'd1;
            follows_reg         <= waiting != 0;
            following_reg       <= chosen;
            following_group_reg <= chosen_group;
            state_reg           <= ASK;
        end
        default:
            if (advances) begin
                begun_reg[group_reg] <= !all;
                indexes[group_reg]   <= passes ? index_reg + 1'b1 : index_reg;
                rests[group_reg]     <= !passes;
                places[group_reg]    <= empty ? place_reg : place_reg + piece_beats[PLACE_WIDTH-1:0];
                state_reg            <= CHOOSE;
                if (follows_reg && !all) begin
                    group_reg <= following_group_reg;
                    later_reg <= ~((following_reg - 1'b1) | following_reg);
                    state_reg <= LOOK;
                end
            end
    endcase
    if (rst) begin
        state_reg <= CHOOSE;
        begun_reg <= 0;
        later_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (docs/proofs.md): a piece was cut in the cycle before; groups that waited then, and when it was cut; of
 * each, which ones have been chosen since it waits; who is chosen, and who of those that wait is passed over
 */
reg              cut_reg;
reg [GROUPS-1:0] waited_reg, considered_reg;
reg [GROUPS-1:0] earlier [0:GROUPS-1];
integer each, other;
wire follows = advances && follows_reg && !all;
wire chooses = state_reg == CHOOSE && waiting != 0;
wire [GROUPS-1:0] choice = follows ? following_reg : chooses ? chosen : {GROUPS{1'b0}};
wire [GROUPS-1:0] passed = waiting & ~choice & (follows ? considered_reg : {GROUPS{1'b1}});

always @(posedge clk) begin
    cut_reg    <= state_reg == CUT && !rst;
    waited_reg <= waiting;
    if (state_reg == CUT)
        considered_reg <= waiting;
    for (other = 0; other < GROUPS; other = other + 1)
        if (rst || !waiting[other] || choice[other])
            earlier[other] <= 0;
        else if (passed[other])
            earlier[other] <= earlier[other] | choice;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: the group that follows is known then
    `ML_HOLDS(PIECES_1, !cut_reg || follows_reg == (waited_reg != 0));
    // 2: a step is of the group whose packet was looked up
    `ML_HOLDS(PIECES_2, !request_valid || request[`CR_GROUP] == {{16-GROUP_WIDTH{1'b0}}, group});
    // 3: no group is chosen twice while another one waits
    for (each = 0; each < GROUPS; each = each + 1)
        `ML_HOLDS(PIECES_3, !passed[each] || (earlier[each] & choice) == 0);
end

`ML_IN_TURN(GROUPS, waiting, {GROUPS{advances}} & ({{GROUPS-1{1'b0}}, 1'b1} << group_reg))
`endif

endmodule

`resetall
