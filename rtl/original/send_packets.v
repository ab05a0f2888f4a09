// Packets that answer journal read commands: their buffers, and the one that leaves.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A buffer has a row of its packet, its update information and its write data, which come in any order of groups. Each
 * read that failed takes a step before the packet begins; the packet is poisoned.
 */
module send_packets #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Buffers for packets
    parameter BUFFERS = 7,
    // Reads of write data in flight
    parameter SEND_SLOTS = 16,
    // Bits of a beat's place in a buffer: of update information, of write data
    parameter ENTRY_WIDTH = 6,
    parameter PLACE_WIDTH = 10,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter BUFFER_WIDTH = $clog2(BUFFERS)
) (
    input  wire                                clk,
    input  wire                                rst,

    /*
     * Groups that may take a buffer, one that is free; what the group of the command in flight does with its buffer: it
     * takes it, gives it back unused, knows the packet
     */
    output wire [GROUPS-1:0]                   may_take,
    output wire [BUFFER_WIDTH-1:0]             free_buffer,
    input  wire [GROUP_WIDTH-1:0]              group,
    input  wire [BUFFER_WIDTH-1:0]             buffer,
    input  wire                                take,
    input  wire                                drop,
    input  wire                                known,
    input  wire [15:0]                         known_type,
    input  wire [15:0]                         known_destination,
    input  wire [15:0]                         known_group,
    input  wire [31:0]                         known_generation,
    input  wire [31:0]                         known_tag,
    input  wire [15:0]                         known_status,
    input  wire [7:0]                          known_reason,
    input  wire [6:0]                          known_count,
    input  wire [31:0]                         known_bytes,
    input  wire [63:0]                         known_first,

    /*
     * Reads of write data: groups with a packet that is not asked for, the first one's buffer of the group that is
     * looked up; all of its reads have been asked for; one was, one ended, one failed; a read that failed is to be
     * reported, is reported
     */
    output wire [GROUPS-1:0]                   pending,
    input  wire [GROUP_WIDTH-1:0]              lookup_group,
    output wire [BUFFER_WIDTH-1:0]             lookup_buffer,
    input  wire                                finishes,
    input  wire                                read_begins,
    input  wire [BUFFER_WIDTH-1:0]             read_buffer,
    input  wire                                read_ends,
    input  wire [BUFFER_WIDTH-1:0]             ended_buffer,
    input  wire                                read_fails,
    input  wire [BUFFER_WIDTH-1:0]             fails_buffer,
    input  wire                                reports,
    output wire                                reported,
    input  wire [BUFFER_WIDTH-1:0]             report_buffer,
    input  wire [15:0]                         report_volume,

    /*
     * A beat of update information or of write data
     */
    input  wire                                entry_beat,
    input  wire [BUFFER_WIDTH+ENTRY_WIDTH-1:0] entry_place,
    input  wire                                data_beat,
    input  wire [BUFFER_WIDTH+PLACE_WIDTH-1:0] data_place,
    input  wire [DATA_WIDTH-1:0]               beat,

    /*
     * Step SEND_FAILED; that of a journal that is damaged
     */
    output wire                                request_valid,
    input  wire                                request_taken,
    output wire [`CR_WIDTH-1:0]                request,
    input  wire                                step,

    /*
     * To path_transmit
     */
    output wire                                packet_valid,
    input  wire                                packet_ready,
    output wire [`PK_WIDTH-1:0]                packet,
    output wire                                packet_poison,
    output wire                                packet_hold,
    input  wire                                journal_damaged,
    input  wire [15:0]                         damaged_index,
    output wire [DATA_WIDTH-1:0]               m_axis_journals_tdata,
    output wire                                m_axis_journals_tvalid,
    input  wire                                m_axis_journals_tready,

    output wire                                idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 6, 13), parameter_error_PLACE_WIDTH_must_be_6_to_13)
`ML_REQUIRE(`ML_IN_RANGE(ENTRY_WIDTH, 4, 9), parameter_error_ENTRY_WIDTH_must_be_4_to_9)

// its group in this system, ..., the number of its first journal
localparam PACKET_WIDTH = GROUP_WIDTH + 16 + 16 + 16 + 32 + 32 + 16 + 8 + 7 + 32 + 64;

(* ram_style = "distributed" *) reg [PACKET_WIDTH-1:0] packets [0:BUFFERS-1];
// a read of its data failed
reg [BUFFERS-1:0]      failed_reg;

/*
 * The packet that leaves
 */
reg                     current_reg;
reg  [BUFFER_WIDTH-1:0] current_buffer_reg;
reg  [PACKET_WIDTH-1:0] packet_reg;
reg                     packet_failed_reg;
wire [GROUP_WIDTH-1:0]  packet_own_group;
wire [15:0]             packet_type, packet_destination, packet_group, packet_status;
wire [31:0]             packet_generation, packet_tag, packet_data_bytes;
wire [7:0]              packet_reason;
wire [6:0]              packet_journals;
wire [63:0]             packet_first;
wire                    whole_valid;
wire [BUFFER_WIDTH-1:0] whole_buffer;
wire gone        = current_reg && packet_ready;
wire whole_ready = !current_reg || gone;

assign {packet_own_group, packet_type, packet_destination, packet_group, packet_generation, packet_tag, packet_status,
        packet_reason, packet_journals, packet_data_bytes, packet_first} = packet_reg;
assign packet_valid = current_reg;

wire [15:0] packet_source_group = {{16-GROUP_WIDTH{1'b0}}, packet_own_group};
wire [15:0] packet_count        = {9'd0, packet_journals};

assign packet = {8'd0, packet_reason, 512'd0, 1'b0, packet_data_bytes, packet_count, packet_status, packet_tag,
                 packet_generation, packet_source_group, packet_group, packet_destination, packet_type};

packet_buffers #(.GROUPS(GROUPS), .BUFFERS(BUFFERS), .COUNT_WIDTH($clog2(SEND_SLOTS + 1))) packet_buffers_inst (
    .clk(clk), .rst(rst), .may_take(may_take), .free_buffer(free_buffer), .take(take), .take_group(group), .drop(drop),
    .drop_group(group), .drop_buffer(buffer), .packet_valid(known), .packet_group(group), .packet_buffer(buffer),
    .pending(pending), .lookup_group(lookup_group), .lookup_buffer(lookup_buffer), .finishes(finishes),
    .read_begins(read_begins), .read_buffer(read_buffer), .read_ends(read_ends), .ended_buffer(ended_buffer),
    .whole_valid(whole_valid), .whole_ready(whole_ready), .whole_buffer(whole_buffer), .gone(gone),
    .gone_buffer(current_buffer_reg), .idle(idle)
);

wire entry_enable, data_enable;
wire [ENTRY_WIDTH-1:0] entry_read_place;
wire [PLACE_WIDTH-1:0] data_read_place;
wire [DATA_WIDTH-1:0]  entry_data, data;

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(BUFFERS << ENTRY_WIDTH), .READ_PORTS(1)) entry_memory (
    .clk(clk), .write_enable(entry_beat), .write_address(entry_place), .write_data(beat),
    .read_enable(entry_enable), .read_address({current_buffer_reg, entry_read_place}), .read_data(entry_data)
);

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(BUFFERS << PLACE_WIDTH), .READ_PORTS(1)) data_memory (
    .clk(clk), .write_enable(data_beat), .write_address(data_place), .write_data(beat),
    .read_enable(data_enable), .read_address({current_buffer_reg, data_read_place}), .read_data(data)
);

/*
 * Steps that report data that is not what it should be: of a journal of the packet that leaves, else of a read
 */
wire stream_valid;
wire [`CR_WIDTH-1:0] stream_request;
wire [PACKET_WIDTH-1:0] report_packet = packets[report_buffer];
reg  [`CR_WIDTH-1:0] report_request;

reg [`CR_WIDTH-1:0] new_report_request;

always @* begin
    new_report_request = 0;
    new_report_request[`CR_KIND]      = `ML_REQUEST_SEND_FAILED;
    new_report_request[`CR_GROUP]     = {{16-GROUP_WIDTH{1'b0}},
                                         report_packet[PACKET_WIDTH-GROUP_WIDTH +: GROUP_WIDTH]};
    new_report_request[`CR_TAG]       = report_packet[PACKET_WIDTH-GROUP_WIDTH-112 +: 16];
    new_report_request[`CR_VOLUME]    = report_volume;
    new_report_request[`CR_REFERENCE] = report_packet[63:0];
    new_report_request[`CR_FAILED]    = 1'b1;
    report_request = new_report_request;
end

assign request_valid = stream_valid || reports;
assign request       = stream_valid ? stream_request : report_request;
assign reported      = request_taken && !stream_valid;

journal_stream #(.DATA_WIDTH(DATA_WIDTH), .ENTRY_WIDTH(ENTRY_WIDTH), .PLACE_WIDTH(PLACE_WIDTH)) journal_stream_inst (
    .clk(clk), .rst(rst), .packet_valid(current_reg), .packet_ready(packet_ready), .packet_group(packet_source_group),
    .packet_tag(packet_tag), .packet_first(packet_first), .packet_count(packet_count),
    .packet_data_bytes(packet_data_bytes), .packet_failed(packet_failed_reg), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .entry_enable(entry_enable), .entry_place(entry_read_place), .entry_data(entry_data), .data_enable(data_enable),
    .data_place(data_read_place), .data(data), .m_axis_journals_tdata(m_axis_journals_tdata),
    .m_axis_journals_tvalid(m_axis_journals_tvalid), .m_axis_journals_tready(m_axis_journals_tready),
    .request_valid(stream_valid), .request_taken(request_taken && stream_valid), .request(stream_request), .step(step)
);

always @(posedge clk) begin
    if (known)
        packets[buffer] <= {group, known_type, known_destination, known_group, known_generation, known_tag,
                            known_status, known_reason, known_count, known_bytes, known_first};
    if (take)
        failed_reg[buffer] <= 1'b0;
    if (read_fails)
        failed_reg[fails_buffer] <= 1'b1;
    if (whole_ready) begin
        current_reg <= whole_valid;
        if (whole_valid) begin
            current_buffer_reg <= whole_buffer;
            packet_reg         <= packets[whole_buffer];
            packet_failed_reg  <= failed_reg[whole_buffer];
        end
    end
    if (rst)
        current_reg <= 1'b0;
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): the group whose packet comes into a buffer
reg [GROUP_WIDTH-1:0] groups [0:BUFFERS-1];

always @(posedge clk)
    if (known)
        groups[buffer] <= group;

always @(`ML_CYCLE) if (!rst) begin
    // 1: a read that failed is reported for it
    `ML_HOLDS(PACKETS_1, !reports || report_request[`CR_GROUP] == {{16-GROUP_WIDTH{1'b0}}, groups[report_buffer]});
end
`endif

endmodule

`resetall
