// Buffers of received packets with journals.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A packet fills the buffer that is offered as it comes. When it has landed it takes the buffer, or waits, or is lost.
 *
 * One buffer is always left for the packet that comes next, whatever its group, and one for each group that has none
 * (group_slots). A packet that finds no buffer under these rules waits, and what comes behind it on the path too, until
 * one is free; after TIMEOUT cycles in which none was, it is lost like a packet with a fault, and so is each of its
 * group until that gives a buffer back.
 *
 * Update information and CRCs are read synchronously, one beat in a cycle. The write data lies in a memory outside.
 */
module received_buffers #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // At least GROUPS + 1
    parameter BUFFERS = 5,
    // Cycles that a packet waits for a buffer
    parameter TIMEOUT = 4096,
    // Journals in a packet, at most; a power of two
    parameter MAX_JOURNALS = 64,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    // Beats of an update information
    parameter PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH,
    parameter PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                     clk,
    input  wire                     rst,

    // groups that this is the secondary system of
    input  wire [GROUPS-1:0]        started,

    // the packet that has landed: its group, whether it has journals, and whether its group's queue has room
    input  wire                     packet_valid,
    input  wire [GROUP_WIDTH-1:0]   packet_group,
    input  wire                     packet_journals,
    input  wire                     queue_room,
    // a packet has landed; it is kept; it is lost
    output reg                      landed,
    output wire                     keeps,
    output wire                     lost,
    // the buffer that the next packet comes into
    output wire [BUFFER_WIDTH-1:0]  fill,

    // what comes
    input  wire                     information_enable,
    input  wire [JOURNAL_WIDTH-1:0] information_index,
    input  wire [PART_WIDTH-1:0]    information_part,
    input  wire [DATA_WIDTH-1:0]    data,
    input  wire                     crc_enable,
    input  wire [JOURNAL_WIDTH-1:0] crc_index,
    input  wire [31:0]              crc,

    // what a journal's place holds, one cycle later
    input  wire [BUFFER_WIDTH-1:0]  lookup_buffer,
    input  wire [JOURNAL_WIDTH-1:0] lookup_index,
    input  wire [PART_WIDTH-1:0]    lookup_part,
    output reg  [DATA_WIDTH-1:0]    lookup_information,
    input  wire [JOURNAL_WIDTH-1:0] crc_lookup_index,
    output reg  [31:0]              lookup_crc,

    // the buffer's packet is closed; buffers that hold the data of a journal in flight
    input  wire                     close,
    input  wire [BUFFER_WIDTH-1:0]  close_buffer,
    input  wire [BUFFERS-1:0]       buffers_used,

    // groups whose buffers would let the packet that has landed in, if one was given back: none is about to be
    output wire [GROUPS-1:0]        wanted_of,
    output wire                     idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 16), parameter_error_BUFFERS_must_be_from_GROUPS_plus_1_to_16)
`ML_REQUIRE(`ML_IN_RANGE(TIMEOUT, 1, 65535), parameter_error_TIMEOUT_must_be_1_to_65535)
`ML_REQUIRE_MAX_JOURNALS

localparam [BUFFERS-1:0] ONE = 1;
localparam [GROUPS-1:0] ONE_GROUP = 1;
localparam PLACES = BUFFERS << JOURNAL_WIDTH;
localparam TIMEOUT_WIDTH = $clog2(TIMEOUT + 1);
localparam [TIMEOUT_WIDTH-1:0] TIMEOUT_CYCLES = TIMEOUT;

(* no_rw_check *)
reg [DATA_WIDTH-1:0] informations [0:PLACES*PARTS-1];
(* no_rw_check *)
reg [31:0]           crcs         [0:PLACES-1];

// {buffer, journal, part}
localparam SHORT = (PARTS == 1) ? 1 : 0;
localparam PLACE_WIDTH = BUFFER_WIDTH + JOURNAL_WIDTH;
localparam BEAT_WIDTH  = PLACE_WIDTH + PART_WIDTH - SHORT;
wire [PLACE_WIDTH-1:0] lookup_place = {lookup_buffer, lookup_index};
wire [PLACE_WIDTH+PART_WIDTH-1:0] lookup_long = {lookup_place, lookup_part} >> SHORT;
wire [PLACE_WIDTH+PART_WIDTH-1:0] fill_long = {fill, information_index, information_part} >> SHORT;

always @(posedge clk) begin
    lookup_information <= informations[lookup_long[BEAT_WIDTH-1:0]];
    lookup_crc         <= crcs[{lookup_buffer, crc_lookup_index}];
    if (information_enable)
        informations[fill_long[BEAT_WIDTH-1:0]] <= data;
    if (crc_enable)
        crcs[{fill, crc_index}] <= crc;
end

// the buffer's packet is closed
reg [BUFFERS-1:0] closed_reg;
reg [TIMEOUT_WIDTH-1:0] timeout_reg;
// groups that lost a packet and have given no buffer back since
reg [GROUPS-1:0] stuck_reg;
// the packet waits for a buffer, and none is about to be given back; one was in the cycle before
reg needing_reg, left_reg;

wire [GROUP_WIDTH-1:0] group_index = packet_group;
wire [GROUPS-1:0]  none, several, room;
wire [BUFFERS-1:0] busy;
wire [GROUP_WIDTH-1:0] leaving_group;

wire   takes = keeps && packet_journals;
wire   needs = landed && queue_room && packet_journals && !room[group_index];
assign keeps = landed && queue_room && (!packet_journals || room[group_index]);
assign lost  = landed && !keeps && (!queue_room || stuck_reg[group_index] || timeout_reg == 0);

// a buffer leaves when its packet is closed and none of its journals is in flight, one in a cycle
wire [BUFFERS-1:0] closing = close ? ONE << close_buffer : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] unused  = closed_reg & ~buffers_used;
wire               leaves  = unused != 0;
wire [BUFFERS-1:0] leaving = unused & ~(unused - 1'b1);
reg  [BUFFER_WIDTH-1:0] leaving_buffer;
integer i;

always @* begin
    leaving_buffer = 0;
    for (i = 0; i < BUFFERS; i = i + 1)
        if (leaving[i])
            leaving_buffer = leaving_buffer | i[BUFFER_WIDTH-1:0];
end

group_slots #(.GROUPS(GROUPS), .SLOTS(BUFFERS), .AHEAD(1)) buffers (
    .clk(clk), .rst(rst), .counted(started), .room(room), .slot(fill), .take(takes), .take_group(group_index),
    .give(leaves), .give_slot(leaving_buffer), .give_group(leaving_group), .busy(busy), .none(none), .several(several)
);

assign wanted_of = (needing_reg && landed)
    ? (none[group_index] ? {GROUPS{1'b1}} : several) & ~(ONE_GROUP << group_index) : {GROUPS{1'b0}};
assign idle      = busy == 0 && !packet_valid && !landed;

always @(posedge clk) begin
    landed       <= packet_valid || (landed && !keeps && !lost);
    timeout_reg <= (!landed || leaves) ? TIMEOUT_CYCLES : timeout_reg - 1'b1;
    needing_reg  <= needs && !leaves && !left_reg && !close;
    left_reg     <= leaves;
    closed_reg   <= (closed_reg & ~leaving) | closing;
    if (lost && !none[group_index])
        stuck_reg[group_index] <= 1'b1;
    if (leaves)
        stuck_reg[leaving_group] <= 1'b0;
    if (rst) begin
        landed      <= 1'b0;
        needing_reg <= 1'b0;
        closed_reg  <= 0;
        stuck_reg   <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (docs/proofs.md): cycles since a packet waits for a buffer and none was given back
 */
integer waited;

always @(posedge clk) begin
    waited <= (rst || !landed || leaves || close) ? 0 : waited + 1;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a group is to give its last buffer up only for one that has none
    `ML_HOLDS(BUFFERS_1, (wanted_of & ~several) == 0 || none[group_index]);
    // 2: a packet that waits for long asks each other group for one, if they have any to spare
    `ML_HOLDS(BUFFERS_2, waited < 8 || !landed || !queue_room || keeps
                         || wanted_of == ((several | {GROUPS{none[group_index]}}) & ~(ONE_GROUP << group_index)));
    // 3: and does not wait for ever
    `ML_HOLDS(BUFFERS_3, waited <= TIMEOUT + 1);
end
`endif

endmodule

`resetall
