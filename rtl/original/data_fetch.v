// Fetches the write data of packets that are to be sent, piece by piece: from the journal volume, or in place.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * Keeps what it needs of each packet (the journals, and where its group's write data lies) and of each of its journals
 * (a description). piece_requester asks for a step for each piece, send_read reads it.
 */
module data_fetch #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Journals in a packet, at most; a power of two
    parameter MAX_JOURNALS = 64,
    // Buffers for packets, and bits of a beat's place in one
    parameter BUFFERS = 7,
    parameter PLACE_WIDTH = 10,
    // Slots for host writes in cache
    parameter CACHE_SLOTS = 16,
    // Reads in flight
    parameter SEND_SLOTS = 16,
    parameter POSITION_WIDTH = 48,
    // Bits of the number of a beat of a read
    parameter BEAT_WIDTH = 8,
    // Bits of a description: {in the area, volume, position in units of 64 bytes, size in blocks}
    parameter UNIT_WIDTH = POSITION_WIDTH - 6,
    parameter DESCRIPTION_WIDTH = 1 + 16 + UNIT_WIDTH + 8,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS),
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter SEND_WIDTH = $clog2(SEND_SLOTS)
) (
    input  wire                                clk,
    input  wire                                rst,

    /*
     * A packet: its step READ_COMMAND, with where its group's write data lies; how many journals it has; one of them
     */
    input  wire                                step_command,
    input  wire [BUFFER_WIDTH-1:0]             buffer,
    input  wire [15:0]                         journal_volume,
    input  wire [UNIT_WIDTH-1:0]               data_head,
    input  wire [UNIT_WIDTH-1:0]               area_end,
    input  wire                                known,
    input  wire [6:0]                          known_count,
    input  wire                                described,
    input  wire [BUFFER_WIDTH+INDEX_WIDTH-1:0] description_place,
    input  wire [DESCRIPTION_WIDTH-1:0]        description,

    /*
     * Groups with a packet that is not asked for, the first one's buffer of `group`; all of its reads have been asked
     * for
     */
    input  wire [GROUPS-1:0]                   pending,
    output wire [GROUP_WIDTH-1:0]              group,
    input  wire [BUFFER_WIDTH-1:0]             group_buffer,
    output wire                                finishes,

    /*
     * Requests SEND_READ, each for a packet's buffer, and their steps, in the order of their grants
     */
    output wire                                request_valid,
    input  wire                                request_taken,
    output wire [`CR_WIDTH-1:0]                request,
    output wire [BUFFER_WIDTH-1:0]             request_buffer,
    input  wire                                step,
    input  wire [15:0]                         step_volume,
    input  wire [POSITION_WIDTH-1:0]           step_position,
    input  wire [31:0]                         step_size,
    // the volume is abnormal
    input  wire                                step_unreadable,
    input  wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] step_device,
    input  wire [POSITION_WIDTH-1:0]           step_address,
    input  wire [CACHE_SLOTS-1:0]              overlapping_writes,

    /*
     * Cache directory: a host write's end; the range of a host write's step
     */
    input  wire                                volume_done,
    input  wire                                volume_failed,
    input  wire [SLOT_WIDTH-1:0]               volume_done_slot,
    output wire [SEND_SLOTS-1:0]               overlapping_reads,
    output wire [SEND_SLOTS-1:0]               reads_done,

    /*
     * Storage devices: jobs; a beat, and where it goes; it is the last one of its job
     */
    output wire [DEVICES-1:0]                  device_read_valid,
    output wire [SEND_WIDTH-1:0]               device_read_slot,
    output wire [POSITION_WIDTH-1:0]           device_read_address,
    output wire [31:0]                         device_read_size,
    input  wire [SEND_WIDTH-1:0]               beat_slot,
    input  wire [BEAT_WIDTH-1:0]               beat_offset,
    output wire [BUFFER_WIDTH+PLACE_WIDTH-1:0] beat_place,
    input  wire                                read_done,
    input  wire                                read_failed,

    /*
     * A read's slot is given back; the data of a buffer's packet is not what it should be; the step that reports it
     */
    output wire                                ended,
    output wire [BUFFER_WIDTH-1:0]             ended_buffer,
    output wire                                fails,
    output wire [BUFFER_WIDTH-1:0]             fails_buffer,
    output wire                                reports,
    input  wire                                reported,
    output wire [BUFFER_WIDTH-1:0]             report_buffer,
    output wire [15:0]                         report_volume
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 6, 13), parameter_error_PLACE_WIDTH_must_be_6_to_13)

localparam SIZE_WIDTH = 8;

// of each packet
(* ram_style = "distributed" *) reg [6:0]              counts          [0:BUFFERS-1];
(* ram_style = "distributed" *) reg [15:0]             journal_volumes [0:BUFFERS-1];
(* ram_style = "distributed" *) reg [UNIT_WIDTH-1:0]   data_heads      [0:BUFFERS-1];
(* ram_style = "distributed" *) reg [UNIT_WIDTH-1:0]   area_ends       [0:BUFFERS-1];

wire piece_enable;
wire [GROUPS-1:0] may_reserve;
wire [BUFFER_WIDTH+INDEX_WIDTH-1:0] piece_place;
wire [DESCRIPTION_WIDTH-1:0] piece;
wire [PLACE_WIDTH-1:0] reserve_place;

cache_memory #(.DATA_WIDTH(DESCRIPTION_WIDTH), .BEATS(BUFFERS << INDEX_WIDTH), .READ_PORTS(1)) descriptions (
    .clk(clk), .write_enable(described), .write_address(description_place), .write_data(description),
    .read_enable(piece_enable), .read_address(piece_place), .read_data(piece)
);

piece_requester #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .BUFFERS(BUFFERS), .MAX_JOURNALS(MAX_JOURNALS), .PLACE_WIDTH(PLACE_WIDTH),
    .POSITION_WIDTH(POSITION_WIDTH)
) piece_requester_inst (
    .clk(clk), .rst(rst), .pending(pending), .group(group), .buffer(group_buffer), .journals(counts[group_buffer]),
    .journal_volume(journal_volumes[group_buffer]), .data_head(data_heads[group_buffer]),
    .area_end(area_ends[group_buffer]), .description_enable(piece_enable), .description_place(piece_place),
    .in_area(piece[DESCRIPTION_WIDTH-1]), .volume(piece[SIZE_WIDTH+UNIT_WIDTH +: 16]),
    .position(piece[SIZE_WIDTH +: UNIT_WIDTH]), .size(piece[SIZE_WIDTH-1:0]), .finishes(finishes),
    .may_reserve(may_reserve), .request_valid(request_valid), .request_taken(request_taken), .request(request),
    .reserve_buffer(request_buffer), .reserve_place(reserve_place)
);

send_read #(
    .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .SEND_SLOTS(SEND_SLOTS), .BUFFERS(BUFFERS), .PLACE_WIDTH(PLACE_WIDTH), .POSITION_WIDTH(POSITION_WIDTH),
    .BEAT_WIDTH(BEAT_WIDTH)
) send_read_inst (
    .clk(clk), .rst(rst), .may_reserve(may_reserve), .reserve(request_taken), .reserve_group(group),
    .reserve_buffer(request_buffer), .reserve_place(reserve_place), .take(step), .volume(step_volume),
    .position(step_position), .size(step_size), .unreadable(step_unreadable), .device(step_device),
    .device_address(step_address), .overlapping_writes(overlapping_writes), .volume_done(volume_done),
    .volume_failed(volume_failed), .done_slot(volume_done_slot), .overlapping_reads(overlapping_reads),
    .reads_done(reads_done), .device_read_valid(device_read_valid), .device_read_slot(device_read_slot),
    .device_read_address(device_read_address), .device_read_size(device_read_size), .beat_slot(beat_slot),
    .beat_offset(beat_offset), .beat_place(beat_place), .read_done(read_done), .read_failed(read_failed),
    .ended(ended), .ended_buffer(ended_buffer), .fails(fails), .fails_buffer(fails_buffer), .reports(reports),
    .reported(reported), .report_buffer(report_buffer), .report_volume(report_volume)
);

always @(posedge clk) begin
    if (step_command) begin
        journal_volumes[buffer] <= journal_volume;
        data_heads[buffer]      <= data_head;
        area_ends[buffer]       <= area_end;
    end
    if (known)
        counts[buffer] <= known_count;
end

endmodule

`resetall
