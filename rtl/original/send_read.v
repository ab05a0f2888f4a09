// Reads write data of journals that are sent: from the journal volume, or in place for initial copy ([0104], [0124]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A read's data is fixed in its step: it waits until the unfinished host writes that it overlaps then are on the
 * device, and later writes to its range wait until its data has come. So do writes near it: ranges are told apart by
 * the areas of MAX_TRANSFER_BYTES in which they begin, next to each other or not, and areas by some bits of their
 * number. The data goes to its place in the buffer of its packet. A slot is taken when the step is granted, and given
 * back, in any order, when the data has come; of a read that fails, waits for a write that fails, or is of a volume
 * that is abnormal, when a step has reported it (its beats come all the same, with any content).
 */
module send_read #(
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Slots for host writes in cache
    parameter CACHE_SLOTS = 16,
    // Reads in flight, a power of two
    parameter SEND_SLOTS = 16,
    // Buffers for packets, and bits of a beat's place in one
    parameter BUFFERS = 7,
    parameter PLACE_WIDTH = 10,
    parameter POSITION_WIDTH = 48,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter SEND_WIDTH = $clog2(SEND_SLOTS),
    // Bits of the number of a beat of a read
    parameter BEAT_WIDTH = 8
) (
    input  wire                      clk,
    input  wire                      rst,

    // groups for which a step may be asked for; one was granted, for a packet's buffer and from this beat of it on
    output wire [GROUPS-1:0]         may_reserve,
    input  wire                      reserve,
    input  wire [GROUP_WIDTH-1:0]    reserve_group,
    input  wire [BUFFER_WIDTH-1:0]   reserve_buffer,
    input  wire [PLACE_WIDTH-1:0]    reserve_place,

    /*
     * The step: they come in the order of their grants
     */
    input  wire                      take,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] position,
    input  wire [31:0]               size,
    // the volume is abnormal
    input  wire                      unreadable,
    input  wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] device,
    input  wire [POSITION_WIDTH-1:0] device_address,
    input  wire [CACHE_SLOTS-1:0]    overlapping_writes,

    /*
     * Cache directory: a host write's end; the range of a host write's step
     */
    input  wire                      volume_done,
    input  wire                      volume_failed,
    input  wire [SLOT_WIDTH-1:0]     done_slot,
    output wire [SEND_SLOTS-1:0]     overlapping_reads,
    output wire [SEND_SLOTS-1:0]     reads_done,

    /*
     * Storage devices: jobs; a beat, and where it goes; it is the last one of its job
     */
    output wire [DEVICES-1:0]        device_read_valid,
    output wire [SEND_WIDTH-1:0]     device_read_slot,
    output wire [POSITION_WIDTH-1:0] device_read_address,
    output wire [31:0]               device_read_size,
    input  wire [SEND_WIDTH-1:0]     beat_slot,
    input  wire [BEAT_WIDTH-1:0]     beat_offset,
    output wire [BUFFER_WIDTH+PLACE_WIDTH-1:0] beat_place,
    input  wire                      read_done,
    input  wire                      read_failed,

    /*
     * Ends: a read's slot is given back; the data of a buffer's packet is not what it should be; the step that reports
     * it
     */
    output wire                      ended,
    output wire [BUFFER_WIDTH-1:0]   ended_buffer,
    output wire                      fails,
    output wire [BUFFER_WIDTH-1:0]   fails_buffer,
    output wire                      reports,
    input  wire                      reported,
    output wire [BUFFER_WIDTH-1:0]   report_buffer,
    output wire [15:0]               report_volume
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 6, 13), parameter_error_PLACE_WIDTH_must_be_6_to_13)

localparam W = POSITION_WIDTH;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
// of one group, at most
localparam SHARE = (GROUPS > 1) ? SEND_SLOTS / 2 : SEND_SLOTS;
localparam [SEND_SLOTS-1:0] ONE = 1;
localparam [SEND_SLOTS-1:0] NONE = 0;
// bits of an area's number, of a volume's; of a size in units of 64 bytes
localparam AREA_SHIFT = $clog2(MAX_TRANSFER_BYTES);
localparam AREA_WIDTH = 8;
localparam VOLUME_WIDTH = 6;
localparam UNIT_SHIFT = 6;
localparam SIZE_WIDTH = 11;
localparam [DEVICES-1:0] FIRST_DEVICE = 1;

function [SEND_WIDTH-1:0] number(input [SEND_SLOTS-1:0] slot);
    integer i;
    begin
        number = 0;
        for (i = 0; i < SEND_SLOTS; i = i + 1)
            if (slot[i])
                number = number | i[SEND_WIDTH-1:0];
    end
endfunction

// a read is between its step and the last beat: its device has been asked, its data is not what it should be; to be
// reported, and reported
reg [SEND_SLOTS-1:0]   busy_reg;
reg [SEND_SLOTS-1:0]   asked_reg;
reg [SEND_SLOTS-1:0]   failed_reg;
reg [SEND_SLOTS-1:0]   lost_reg;
reg [SEND_SLOTS-1:0]   reported_reg;
(* ram_style = "distributed" *) reg [BUFFER_WIDTH-1:0] buffers   [0:SEND_SLOTS-1];
(* ram_style = "distributed" *) reg [PLACE_WIDTH-1:0]  places    [0:SEND_SLOTS-1];
(* ram_style = "distributed" *) reg [15:0]             volumes   [0:SEND_SLOTS-1];
(* ram_style = "distributed" *) reg [SIZE_WIDTH-1:0]   sizes     [0:SEND_SLOTS-1];
(* ram_style = "distributed" *) reg [DEVICE_WIDTH-1:0] devices   [0:SEND_SLOTS-1];
(* ram_style = "distributed" *) reg [W-UNIT_SHIFT-1:0] addresses [0:SEND_SLOTS-1];

/*
 * Slots: one is taken when a step is granted; the step finds it in the order of the grants
 */
wire [SEND_WIDTH-1:0] reserve_slot, take_slot;

fifo #(.WIDTH(SEND_WIDTH), .DEPTH(SEND_SLOTS)) reserved_fifo (
    .clk(clk), .rst(rst), .in_data(reserve_slot), .in_valid(reserve), .in_ready(), .out_data(take_slot), .out_valid(),
    .out_ready(take), .count()
);

wire arrives = read_done && !(read_failed || failed_reg[beat_slot]);
wire loses   = read_done && !arrives;
wire ends    = arrives || reported_reg != NONE;
// in the cycle behind
reg  ended_reg;
reg  [SEND_WIDTH-1:0] ended_slot_reg;
wire [SEND_WIDTH-1:0] end_slot = arrives ? beat_slot : number(reported_reg & ~(reported_reg - 1'b1));

group_slots #(.GROUPS(GROUPS), .SLOTS(SEND_SLOTS), .SHARE(SHARE)) slots (
    .clk(clk), .rst(rst), .counted({GROUPS{1'b1}}), .room(may_reserve), .slot(reserve_slot), .take(reserve),
    .take_group(reserve_group),
    .give(ended), .give_slot(ended_slot_reg), .give_group(), .busy(), .none(), .several()
);

wire [SEND_SLOTS-1:0] taking  = take ? ONE << take_slot : NONE;
wire [SEND_SLOTS-1:0] done    = read_done ? ONE << beat_slot : NONE;
wire [SEND_SLOTS-1:0] may_ask, losing;

/*
 * Wait for writes before it
 */
wire [CACHE_SLOTS-1:0] done_mask = {{CACHE_SLOTS-1{1'b0}}, volume_done} << done_slot;
wire [VOLUME_WIDTH-1:0] own_volume = volume[VOLUME_WIDTH-1:0];
wire [AREA_WIDTH-1:0]   area       = position[AREA_SHIFT +: AREA_WIDTH];

generate
    genvar n;
    for (n = 0; n < SEND_SLOTS; n = n + 1) begin : entry
        reg [CACHE_SLOTS-1:0] waits_for_reg;
        reg [VOLUME_WIDTH-1:0] volume_reg;
        reg [AREA_WIDTH-1:0]   area_reg;
        // one less than the area, the same, one more
        wire [AREA_WIDTH-1:0]  apart = area - area_reg + 1'b1;

        assign may_ask[n] = busy_reg[n] && !asked_reg[n] && waits_for_reg == 0;
        assign losing[n]  = (waits_for_reg & done_mask) != 0 && volume_failed;
        assign overlapping_reads[n] = busy_reg[n] && volume_reg == own_volume && apart <= 2;

        wire changes = taking[n] || (volume_done && busy_reg[n]);

        always @(posedge clk) if (changes) begin
            if (taking[n]) begin
                waits_for_reg <= overlapping_writes;
                volume_reg    <= own_volume;
                area_reg      <= area;
            end else
                waits_for_reg <= waits_for_reg & ~done_mask;
        end
    end
endgenerate

/*
 * Ask
 */
wire [SEND_SLOTS-1:0] chosen   = may_ask & ~(may_ask - 1'b1);
// in the cycle behind
reg                   asks_reg;
reg  [SEND_WIDTH-1:0] ask_slot;

assign device_read_valid   = asks_reg ? FIRST_DEVICE << devices[ask_slot] : {DEVICES{1'b0}};
assign device_read_slot    = ask_slot;
assign device_read_address = {addresses[ask_slot], {UNIT_SHIFT{1'b0}}};
assign device_read_size    = {{32-SIZE_WIDTH-UNIT_SHIFT{1'b0}}, sizes[ask_slot], {UNIT_SHIFT{1'b0}}};
assign reads_done          = done;
assign beat_place          = {buffers[beat_slot], places[beat_slot] + {{PLACE_WIDTH-BEAT_WIDTH{1'b0}}, beat_offset}};

/*
 * Tell
 */
reg                  reporting_reg;
reg [SEND_WIDTH-1:0] reporting_slot_reg;

assign ended        = ended_reg;
assign ended_buffer = buffers[ended_slot_reg];
assign fails        = loses;
assign fails_buffer = buffers[beat_slot];
assign reports        = reporting_reg;
assign report_buffer = buffers[reporting_slot_reg];
assign report_volume = volumes[reporting_slot_reg];

always @(posedge clk) begin
    ended_reg      <= ends && !rst;
    ended_slot_reg <= end_slot;
    asks_reg       <= may_ask != NONE && !rst;
    ask_slot       <= number(chosen);
    busy_reg   <= (busy_reg & ~done) | taking;
    asked_reg  <= (asked_reg | chosen) & ~taking;
    failed_reg <= ((failed_reg | losing) & ~taking) | (unreadable ? taking : NONE);
    lost_reg   <= (lost_reg & ~(reported ? ONE << reporting_slot_reg : NONE)) | (loses ? done : NONE);
    reported_reg <= (reported_reg & ~((ends && !arrives) ? ONE << end_slot : NONE))
                    | (reported ? ONE << reporting_slot_reg : NONE);
    if (reserve) begin
        buffers[reserve_slot] <= reserve_buffer;
        places[reserve_slot]  <= reserve_place;
    end
    if (take) begin
        volumes[take_slot]   <= volume;
        sizes[take_slot]     <= size[UNIT_SHIFT +: SIZE_WIDTH];
        devices[take_slot]   <= device;
        addresses[take_slot] <= device_address[W-1:UNIT_SHIFT];
    end
    if (!reporting_reg) begin
        reporting_reg <= lost_reg != NONE;
        if (lost_reg != NONE)
            reporting_slot_reg <= number(lost_reg & ~(lost_reg - 1'b1));
    end else if (reported)
        reporting_reg <= 1'b0;
    if (rst) begin
        busy_reg    <= NONE;
        lost_reg    <= NONE;
        reported_reg    <= NONE;
        reporting_reg <= 1'b0;
    end
end

`include "send_read_properties.vh"

endmodule

`resetall
