// Sends journals and the other answers to journal read commands ([0108]-[0128]): from command to packet.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Three places, each at work on its own packet:
 *
 *      fetch    both steps of a command; update information comes into one of two buffers (journal_fetch, entry_buffer)
 *      read     a step for each read of write data; send_read gets the data in the order of these steps
 *      stream   packets in the order of the commands: update information from the buffer, write data from send_read
 *
 * A buffer is free again when its update information has gone out and all reads have been asked for. A read that failed asks for a step
 * before its last beat goes out, a journal whose data is not what its host wrote before the packet's trailer does, and the packet's CRCs
 * are made wrong.
 */
module journal_send #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    // Journals in a packet, at most; a power of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48
) (
    input  wire                        clk,
    input  wire                        rst,

    /*
     * Journal read commands, whole and for groups of this system; a command holds until it is taken
     */
    input  wire                        command_valid,
    output wire                        command_ready,
    input  wire [15:0]                 command_source,
    input  wire [15:0]                 command_group,
    input  wire [15:0]                 command_source_group,
    input  wire [31:0]                 command_generation,
    input  wire [31:0]                 command_tag,

    /*
     * Requests for steps: 0 READ_COMMAND and JOURNALS_READ, 1 SEND_READ, 2 SEND_FAILED
     */
    output wire [2:0]                  request_valid,
    input  wire [2:0]                  request_taken,
    output wire [3*`CR_WIDTH-1:0]      request,

    // for journal_read_reception in the second step, beside its request
    output wire [31:0]                 read_area_bytes,
    // the steps READ_COMMAND, JOURNALS_READ: what it decides, and the tables of the group
    input  wire                        step_command,
    input  wire                        step_read,
    // the step SEND_FAILED
    input  wire                        step_send_failed,
    input  wire [15:0]                 outcome,
    input  wire [1:0]                  state,
    input  wire [7:0]                  reason,
    input  wire [POSITION_WIDTH-1:0]   entry_place,
    input  wire [63:0]                 first,
    input  wire [6:0]                  count,
    input  wire [31:0]                 limit_bytes,
    input  wire [POSITION_WIDTH-1:0]   information_head,
    input  wire [POSITION_WIDTH-1:0]   data_head,
    input  wire [15:0]                 journal_volume,
    input  wire [POSITION_WIDTH-1:0]   journal_volume_capacity,
    input  wire [7:0]                  journal_volume_device,
    input  wire [POSITION_WIDTH-1:0]   journal_volume_offset,

    /*
     * Update information from the storage devices: reads of client ML_READ_SEND_ENTRIES, into slot 0 of it, and its beats as they come
     */
    output wire [DEVICES-1:0]          device_read_valid,
    output wire [POSITION_WIDTH-1:0]   device_read_address,
    output wire [31:0]                 device_read_size,
    input  wire [DEVICES-1:0]          device_read_done,
    input  wire [DEVICES-1:0]          device_read_done_failed,
    input  wire [DEVICES-1:0]          device_beat,
    input  wire [DEVICES*DATA_WIDTH-1:0] device_beat_data,

    /*
     * Write data, from send_read
     */
    input  wire                        read_room,
    input  wire [DATA_WIDTH-1:0]       s_axis_data_tdata,
    input  wire                        s_axis_data_tvalid,
    output wire                        s_axis_data_tready,
    input  wire                        s_axis_data_tlast,
    input  wire                        s_axis_data_failed,
    input  wire [15:0]                 s_axis_data_volume,

    /*
     * To path_transmit
     */
    output wire                        packet_valid,
    input  wire                        packet_ready,
    output wire [15:0]                 packet_type,
    output wire [15:0]                 packet_destination,
    output wire [15:0]                 packet_group,
    output wire [15:0]                 packet_source_group,
    output wire [31:0]                 packet_generation,
    output wire [31:0]                 packet_tag,
    output wire [15:0]                 packet_status,
    output wire [7:0]                  packet_reason,
    output wire [15:0]                 packet_count,
    output wire [31:0]                 packet_data_bytes,
    output wire                        packet_poison,
    output wire                        packet_hold,
    input  wire                        journal_damaged,
    input  wire [15:0]                 damaged_index,
    output wire [DATA_WIDTH-1:0]       m_axis_journals_tdata,
    output wire                        m_axis_journals_tvalid,
    input  wire                        m_axis_journals_tready,

    // nothing under way here
    output wire                        idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam INDEX_WIDTH = $clog2(MAX_JOURNALS);
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam PLACE_WIDTH = $clog2(MAX_JOURNALS * PARTS);
localparam PACKET_WIDTH = 6 * 16 + 8 + 3 * 32 + 64;

/*
 * Buffers: which is filled, read for and streamed next; whose is the beat read last; which have reads to be asked for, which are not
 * streamed yet
 */
reg       fetch_buffer_reg, read_buffer_reg, stream_buffer_reg, streamed_buffer_reg;
reg [1:0] reading_reg, streaming_reg;
reg [15:0]  journal_volume_reg [0:1];
reg [15:0]  group_reg          [0:1];
reg [W-1:0] data_head_reg      [0:1];
reg [W-1:0] area_end_reg       [0:1];

wire buffer_free = !reading_reg[fetch_buffer_reg] && !streaming_reg[fetch_buffer_reg];
wire buffer_start;
wire [31:0] buffer_limit_bytes;
wire [DEVICE_WIDTH-1:0] device;
wire [2*7-1:0]  journals;
wire [2*32-1:0] bytes, area_bytes, sizes;
wire [1:0]      in_areas, damaged;
wire [2*16-1:0] volumes;
wire [2*W-1:0]  positions;
wire [2*DATA_WIDTH-1:0] stream_data;
wire stream_issue;
wire [15:0] stream_place;
reg  [INDEX_WIDTH-1:0] index_reg;

generate
    genvar n;
    for (n = 0; n < 2; n = n + 1) begin : buffer
        wire filled = fetch_buffer_reg == n;

        entry_buffer #(
            .DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)
        ) entry_buffer_inst (
            .clk(clk), .start(filled && buffer_start), .first(first), .group(command_group), .limit_bytes(buffer_limit_bytes),
            .beat(filled && device_beat[device]), .beat_data(device_beat_data[device*DATA_WIDTH +: DATA_WIDTH]),
            .journals(journals[n*7 +: 7]), .bytes(bytes[n*32 +: 32]), .area_bytes(area_bytes[n*32 +: 32]),
            .damaged(damaged[n]),
            .read_enable(stream_issue && stream_buffer_reg == n), .read_place(stream_place[PLACE_WIDTH-1:0]),
            .read_data(stream_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .index(index_reg), .in_area(in_areas[n]), .volume(volumes[n*16 +: 16]), .position(positions[n*W +: W]),
            .size(sizes[n*32 +: 32])
        );
    end
endgenerate

/*
 * Fetch
 */
wire push, push_ready, push_journals, queue_valid, fetch_idle;
wire [15:0] push_type, push_status;
wire [7:0]  push_reason;
// number of a packet's first journal
wire [63:0] packet_first, read_first;
wire [6:0]  read_journals = journals[fetch_buffer_reg*7 +: 7];
wire [31:0] read_bytes    = bytes[fetch_buffer_reg*32 +: 32];
assign read_area_bytes = area_bytes[fetch_buffer_reg*32 +: 32];

journal_fetch #(.DEVICES(DEVICES), .POSITION_WIDTH(W)) journal_fetch_inst (
    .clk(clk), .rst(rst),
    .command_valid(command_valid), .command_ready(command_ready), .command_group(command_group), .command_tag(command_tag),
    .request_valid(request_valid[0]), .request_taken(request_taken[0]), .request(request[`CR_WIDTH-1:0]),
    .read_first(read_first), .step_command(step_command), .step_read(step_read),
    .outcome(outcome), .state(state), .reason(reason), .entry_place(entry_place), .first(first), .count(count), .limit_bytes(limit_bytes),
    .information_head(information_head), .data_head(data_head), .journal_volume_device(journal_volume_device),
    .journal_volume_offset(journal_volume_offset),
    .device_read_valid(device_read_valid), .device_read_address(device_read_address), .device_read_size(device_read_size),
    .device_read_done(device_read_done), .device_read_done_failed(device_read_done_failed), .device(device),
    .buffer_free(buffer_free), .buffer_start(buffer_start), .buffer_limit_bytes(buffer_limit_bytes),
    .journals(read_journals), .bytes(read_bytes), .damaged(damaged[fetch_buffer_reg]),
    .packet_room(push_ready), .packet_valid(push), .packet_has_journals(push_journals), .packet_type(push_type),
    .packet_status(push_status), .packet_reason(push_reason), .idle(fetch_idle)
);

fifo #(.WIDTH(PACKET_WIDTH), .DEPTH(4)) packet_fifo (
    .clk(clk), .rst(rst),
    .in_data({push_type, command_source, command_source_group, command_group, command_generation, command_tag, push_status, push_reason,
              push_journals ? {9'd0, read_journals} : 16'd0, push_journals ? read_bytes : 32'd0, read_first}),
    .in_valid(push), .in_ready(push_ready),
    .out_data({packet_type, packet_destination, packet_group, packet_source_group, packet_generation, packet_tag, packet_status, packet_reason,
               packet_count, packet_data_bytes, packet_first}),
    .out_valid(queue_valid), .out_ready(packet_ready), .count()
);

/*
 * Read: a step a piece, two where the data goes round the end of its area
 */
reg  rest_reg;
wire [W-1:0] position   = positions[read_buffer_reg*W +: W];
wire [31:0]  size       = sizes[read_buffer_reg*32 +: 32];
wire         in_area    = in_areas[read_buffer_reg];
wire [W-1:0] before_end = area_end_reg[read_buffer_reg] - position;
wire         wraps      = in_area && {{W-32{1'b0}}, size} > before_end;
wire         reads      = reading_reg[read_buffer_reg] && size != 32'd0;
wire         passes     = reading_reg[read_buffer_reg] && (size == 32'd0 || (request_taken[1] && (!wraps || rest_reg)));
wire [6:0]   read_left  = journals[read_buffer_reg*7 +: 7] - {{7-INDEX_WIDTH{1'b0}}, index_reg};
wire         reads_end  = passes && read_left == 7'd1;
wire [15:0]  read_group  = group_reg[read_buffer_reg];
wire [15:0]  read_volume = in_area ? journal_volume_reg[read_buffer_reg] : volumes[read_buffer_reg*16 +: 16];
wire [W-1:0] read_place  = rest_reg ? data_head_reg[read_buffer_reg] : position;
reg  [`CR_WIDTH-1:0] read_request;

always @* begin
    read_request = 0;
    read_request[`CR_KIND]     = `ML_REQUEST_SEND_READ;
    read_request[`CR_GROUP]    = read_group;
    read_request[`CR_VOLUME]   = read_volume;
    read_request[`CR_POSITION] = {{64-W{1'b0}}, read_place};
    read_request[`CR_SIZE]     = !wraps ? size : rest_reg ? size - before_end[31:0] : before_end[31:0];
end

assign request_valid[1] = reads && read_room;
assign request[`CR_WIDTH +: `CR_WIDTH] = read_request;

/*
 * Stream
 */
wire stream_ends;

journal_stream #(.DATA_WIDTH(DATA_WIDTH)) journal_stream_inst (
    .clk(clk), .rst(rst),
    .packet_valid(queue_valid), .packet_ready(packet_ready), .packet_group(packet_source_group), .packet_tag(packet_tag),
    .packet_first(packet_first), .packet_count(packet_count), .packet_data_bytes(packet_data_bytes), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index), .step(step_send_failed),
    .buffer_enable(stream_issue), .buffer_place(stream_place), .buffer_last(stream_ends),
    .buffer_data(stream_data[streamed_buffer_reg*DATA_WIDTH +: DATA_WIDTH]),
    .s_axis_data_tdata(s_axis_data_tdata), .s_axis_data_tvalid(s_axis_data_tvalid), .s_axis_data_tready(s_axis_data_tready),
    .s_axis_data_tlast(s_axis_data_tlast), .s_axis_data_failed(s_axis_data_failed), .s_axis_data_volume(s_axis_data_volume),
    .m_axis_journals_tdata(m_axis_journals_tdata), .m_axis_journals_tvalid(m_axis_journals_tvalid),
    .m_axis_journals_tready(m_axis_journals_tready),
    .request_valid(request_valid[2]), .request_taken(request_taken[2]), .request(request[2*`CR_WIDTH +: `CR_WIDTH])
);

assign packet_valid = queue_valid;
assign idle = fetch_idle && !queue_valid && reading_reg == 2'd0;

always @(posedge clk) begin
    if (buffer_start) begin
        group_reg[fetch_buffer_reg]          <= command_group;
        journal_volume_reg[fetch_buffer_reg] <= journal_volume;
        data_head_reg[fetch_buffer_reg]      <= data_head;
        area_end_reg[fetch_buffer_reg]       <= journal_volume_capacity;
    end
    if (push && push_journals) begin
        reading_reg[fetch_buffer_reg]   <= 1'b1;
        streaming_reg[fetch_buffer_reg] <= 1'b1;
        fetch_buffer_reg <= !fetch_buffer_reg;
    end

    if (request_taken[1])
        rest_reg <= wraps && !rest_reg;
    if (passes)
        index_reg <= reads_end ? {INDEX_WIDTH{1'b0}} : index_reg + 1'b1;
    if (reads_end) begin
        reading_reg[read_buffer_reg] <= 1'b0;
        read_buffer_reg <= !read_buffer_reg;
    end

    if (stream_issue)
        streamed_buffer_reg <= stream_buffer_reg;
    if (stream_ends) begin
        streaming_reg[stream_buffer_reg] <= 1'b0;
        stream_buffer_reg <= !stream_buffer_reg;
    end
    if (rst) begin
        fetch_buffer_reg  <= 1'b0;
        read_buffer_reg   <= 1'b0;
        stream_buffer_reg <= 1'b0;
        reading_reg       <= 2'd0;
        streaming_reg     <= 2'd0;
        index_reg         <= 0;
        rest_reg          <= 1'b0;
    end
end

endmodule

`resetall
