// Restore process (FIG 20): update information that scans found, from the device to the check of each.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * What a scan finds, up to MOST journals in one line of the update information area, is read into one of the two
 * buffers of its group. One journal after the other is then taken from the head buffer of the group in turn, a beat in
 * a cycle, and compared with what was stored: bits may change on a device without an error, and a write may be lost.
 *
 * Rows of the buffers are LUT RAM, {group, one of two}; the buffers are one synchronous memory.
 */
module restore_entries #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48,
    // Bits of a read slot of a device's read side, of a beat in it, and of the number of a buffer in those of a beat
    parameter READ_SLOT_WIDTH = 4,
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    parameter GROUP_WIDTH  = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1,
    // Of the number of a buffer, of a beat's place in it
    parameter BUFFER_WIDTH = GROUP_WIDTH + 1,
    parameter PLACE_WIDTH  = 4 + $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH)
) (
    input  wire                       clk,
    input  wire                       rst,

    // a scan of this group has found journals from this number on; the device of its journal volume, and what lies
    // where
    input  wire                       finds,
    input  wire [GROUP_WIDTH-1:0]     find_group,
    input  wire [63:0]                find_number,
    input  wire [4:0]                 find_count,
    input  wire [POSITION_WIDTH-1:0]  find_place,
    input  wire [DEVICE_WIDTH-1:0]    find_device,
    input  wire [POSITION_WIDTH-1:0]  find_offset,
    input  wire [POSITION_WIDTH-1:0]  find_data_head,
    input  wire [POSITION_WIDTH-1:0]  find_area_end,
    // groups of which a scan has a place; what was found of these is dropped
    output wire [GROUPS-1:0]          scan_room,
    input  wire [GROUPS-1:0]          drop,

    // reads of update information, and a beat of one as it comes
    output wire [DEVICE_WIDTH-1:0]    read_device,
    output wire                       read_valid,
    output wire [READ_SLOT_WIDTH-1:0] read_slot,
    output wire [POSITION_WIDTH-1:0]  read_address,
    output wire [31:0]                read_size,
    input  wire                       done,
    input  wire [READ_SLOT_WIDTH-1:0] done_slot,
    input  wire                       done_failed,
    input  wire                       beat,
    input  wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] beat_address,
    input  wire [DATA_WIDTH-1:0]      beat_data,
    // where it goes; is an update information that has come what its CRC covers (data_check)?
    output wire [BUFFER_WIDTH-1:0]    beat_buffer,
    output wire [PLACE_WIDTH-1:0]     beat_place,
    input  wire                       checked,
    input  wire [BUFFER_WIDTH-1:0]    checked_buffer,
    input  wire [3:0]                 checked_index,
    input  wire                       checked_right,

    // groups that may take a journal, devices that have room for its reads
    input  wire [GROUPS-1:0]          room,
    input  wire [DEVICES-1:0]         device_room,
    // a journal of `group`: it could not be read, or is not what was stored; it is taken
    output wire                       valid,
    input  wire                       take,
    // it has entered already, and is taken with the second of its reads
    input  wire                       entered,
    output wire [GROUP_WIDTH-1:0]     group,
    output wire [63:0]                number,
    output wire                       unread,
    output wire                       damaged,
    output wire [`UPDATE_INFORMATION_BITS-1:0] information,
    output wire [DEVICE_WIDTH-1:0]    device,
    output wire [POSITION_WIDTH-1:0]  offset,
    output wire [POSITION_WIDTH-1:0]  data_head,
    output wire [POSITION_WIDTH-1:0]  area_end,

    output wire                       idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam MOST = 16;
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam SHORT = (PARTS == 1) ? 1 : 0;
localparam PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1;
localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
// update information of a scan takes one slot of a device's read side, or two
localparam BUFFER_BIT = (MAX_TRANSFER_BYTES < MOST * `UPDATE_INFORMATION_BYTES) ? BEAT_WIDTH + 1 : BEAT_WIDTH;
localparam BUFFERS      = 1 << BUFFER_WIDTH;
localparam [BUFFERS-1:0] ONE = 1;
`ML_REQUIRE((2 * GROUPS) << (BUFFER_BIT - BEAT_WIDTH) <= 1 << READ_SLOT_WIDTH,
            parameter_error_READ_SLOT_WIDTH_must_have_room_for_the_buffers_of_all_groups)

/*
 * Buffers: `fill_reg` of a group gets its next scan, `head_reg` is cut into journals
 */
localparam READ_ROW = W + 5;
localparam ROW = 64 + 5 + 3 * W;
reg [GROUPS-1:0]  fill_reg, head_reg;
reg [BUFFERS-1:0] used_reg, waits_reg, ready_reg, failed_reg, dropped_reg;
reg [BUFFERS*DEVICE_WIDTH-1:0] devices_reg;
reg [READ_ROW-1:0]   reads [0:BUFFERS-1];
reg [ROW-1:0]        rows  [0:BUFFERS-1];
(* no_rw_check *)
reg [DATA_WIDTH-1:0] beats [0:(BUFFERS << PLACE_WIDTH)-1];

(* ram_style = "distributed" *) reg rights [0:(BUFFERS << 4)-1];

// the next read: a queue of the device has room for that of every buffer
wire [BUFFERS-1:0] asks = waits_reg & ~(waits_reg - 1'b1);
reg  [BUFFER_WIDTH-1:0] next_buffer;
integer i;

always @* begin
    next_buffer = 0;
    for (i = 0; i < BUFFERS; i = i + 1)
        if (asks[i])
            next_buffer = next_buffer | i[BUFFER_WIDTH-1:0];
end

wire [READ_SLOT_WIDTH+BUFFER_WIDTH-1:0] long_buffer = {{READ_SLOT_WIDTH{1'b0}}, next_buffer};
wire [READ_SLOT_WIDTH+BUFFER_WIDTH-1:0] buffer_slot = long_buffer << (BUFFER_BIT - BEAT_WIDTH);
wire [4:0] read_count;

assign {read_address, read_count} = reads[next_buffer];
assign read_valid  = waits_reg != 0;
assign read_device = devices_reg[next_buffer*DEVICE_WIDTH +: DEVICE_WIDTH];
assign read_slot   = buffer_slot[READ_SLOT_WIDTH-1:0];
assign read_size   = {21'd0, read_count, 6'd0};

assign beat_buffer = beat_address[BUFFER_BIT +: BUFFER_WIDTH];
assign beat_place  = beat_address[PLACE_WIDTH-1:0];
wire [BUFFER_WIDTH-1:0] done_buffer = done_slot[BUFFER_BIT-BEAT_WIDTH +: BUFFER_WIDTH];

/*
 * Journals of a group's head buffer, of one group after the other
 */
localparam [1:0] PICK = 2'd0, FETCH = 2'd1, CHECK = 2'd2, CUT = 2'd3;

reg  [1:0]              state_reg;
reg  [GROUP_WIDTH-1:0]  turn_reg;
reg  [4*GROUPS-1:0]     entries_reg;
reg  [PART_WIDTH-1:0]   part_reg;
reg                     damaged_reg;
reg  [DATA_WIDTH-1:0]   beat_reg;
reg  [ROW-1:0]          row_reg;
reg  [63:0]             number_reg;
reg  [`UPDATE_INFORMATION_BITS-1:0] information_reg;

wire [BUFFER_WIDTH-1:0] current = {turn_reg, head_reg[turn_reg]};
// that of the journal that is cut: of the cycle before
reg  [BUFFER_WIDTH-1:0] cut_reg;
wire [3:0]              index = entries_reg[turn_reg*4 +: 4];
wire [63:0]             first_number;
wire [4:0]              count;
wire [GROUPS-1:0]       may_go;
wire [GROUP_WIDTH-1:0]  next_turn;
wire                    picks = state_reg == PICK && may_go[turn_reg];
// buffers of groups of which what was found is dropped
wire [BUFFERS-1:0]      dropping;

assign {first_number, count, offset, data_head, area_end} = row_reg;
assign group       = turn_reg;
assign number      = number_reg;
assign device      = devices_reg[cut_reg*DEVICE_WIDTH +: DEVICE_WIDTH];
assign information = information_reg;
assign unread      = failed_reg[cut_reg];
assign damaged     = damaged_reg && !unread;
assign valid       = state_reg == CUT && (entered || !dropped_reg[cut_reg]);

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        localparam [GROUP_WIDTH-1:0] GROUP = n;
        wire [BUFFER_WIDTH-1:0] head = {GROUP, head_reg[n]};
        wire [DEVICE_WIDTH-1:0] head_device = devices_reg[head*DEVICE_WIDTH +: DEVICE_WIDTH];

        assign may_go[n]    = used_reg[head] && ready_reg[head]
                              && (dropped_reg[head] || (room[n] && device_room[head_device]));
        assign scan_room[n] = !used_reg[{GROUP, fill_reg[n]}];
        assign dropping[2*n +: 2] = {2{drop[n]}};
    end
    if (2 * GROUPS < BUFFERS) begin : of_none
        assign dropping[BUFFERS-1:2*GROUPS] = 0;
    end
endgenerate

next_group #(.GROUPS(GROUPS)) turns (.ready(may_go), .turn(turn_reg), .next(next_turn));

// beat by beat
wire [PART_WIDTH-1:0] lookup_part = (state_reg == FETCH) ? part_reg + 1'b1 : {PART_WIDTH{1'b0}};
wire [BUFFER_WIDTH+4+PART_WIDTH-1:0] lookup_place = {current, index, lookup_part} >> SHORT;
wire [`UPDATE_INFORMATION_BITS-1:0] shifted;

generate
    if (PARTS == 1) begin : whole
        assign shifted = beat_reg;
    end else begin : parts
        assign shifted = {beat_reg, information_reg[`UPDATE_INFORMATION_BITS-1:DATA_WIDTH]};
    end
endgenerate

always @(posedge clk) begin
    beat_reg <= beats[lookup_place[BUFFER_WIDTH+PLACE_WIDTH-1:0]];
    if (beat)
        beats[{beat_buffer, beat_place}] <= beat_data;
    if (checked)
        rights[{checked_buffer, checked_index}] <= checked_right;
end

// compared with what was stored
wire [7:0]  kind  = information_reg[`UI_KIND];
wire [31:0] size  = information_reg[`UI_SIZE];
wire [7:0]  flags = information_reg[`UI_FLAGS];
wire [15:0] its_group = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
wire right = rights[{current, index}] && information_reg[`UI_UPDATE_NUMBER] == number
    && information_reg[`UI_GROUP] == its_group;
wire known = kind <= `UI_KIND_DISCARD && flags <= 8'd1 && information_reg[`UI_RESERVED] == 32'd0;
wire fits  = size <= MAX_TRANSFER_BYTES && size[8:0] == 9'd0 && (size == 0) == (kind == `UI_KIND_END_OF_INITIAL_COPY);

// with the last one, or one that is not written, the buffer is done with; a dropped one without any
wire last     = {1'b0, index} + 5'd1 == count || unread || damaged_reg;
wire releases = (picks && dropped_reg[current]) || (valid && take && last);

wire [BUFFER_WIDTH-1:0] filled = {find_group, fill_reg[find_group]};
wire [BUFFERS-1:0] filling   = finds ? ONE << filled : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] arriving  = done ? ONE << done_buffer : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] releasing = releases ? ONE << current : {BUFFERS{1'b0}};

assign idle = used_reg == 0;

always @(posedge clk) begin
    if (finds) begin
        reads[filled] <= {find_offset + find_place, find_count};
        rows[filled]  <= {find_number, find_count, find_offset, find_data_head, find_area_end};
        devices_reg[filled*DEVICE_WIDTH +: DEVICE_WIDTH] <= find_device;
        fill_reg[find_group] <= !fill_reg[find_group];
    end
    used_reg    <= (used_reg & ~releasing) | filling;
    waits_reg   <= (waits_reg & ~asks) | filling;
    ready_reg   <= (ready_reg & ~releasing & ~filling) | arriving;
    failed_reg  <= (failed_reg & ~filling & ~arriving) | (done_failed ? arriving : {BUFFERS{1'b0}});
    dropped_reg <= (dropped_reg & ~filling) | dropping;

    number_reg  <= first_number + {60'd0, index};
    cut_reg     <= current;
    case (state_reg)
        PICK: begin
            part_reg <= 0;
            row_reg  <= rows[current];
            if (picks && !dropped_reg[current])
                state_reg <= failed_reg[current] ? CHECK : FETCH;
        end
        FETCH: begin
            part_reg        <= part_reg + 1'b1;
            information_reg <= shifted;
            if (part_reg == LAST_PART)
                state_reg <= CHECK;
        end
        CHECK: begin
            damaged_reg <= !(right && known && fits);
            state_reg   <= CUT;
        end
        default:
            if (take || !valid)
                state_reg <= PICK;
    endcase
    if (valid && take)
        entries_reg[turn_reg*4 +: 4] <= index + 4'd1;
    if (releases) begin
        head_reg[turn_reg]           <= !head_reg[turn_reg];
        entries_reg[turn_reg*4 +: 4] <= 4'd0;
    end
    if (releases || (state_reg == PICK && !may_go[turn_reg]))
        turn_reg <= next_turn;
    if (rst) begin
        {fill_reg, head_reg, entries_reg} <= 0;
        {state_reg, turn_reg, used_reg, waits_reg, ready_reg, dropped_reg} <= 0;
    end
end

endmodule

`resetall
