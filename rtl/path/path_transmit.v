// Connection path 200, sending side: forms packets.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A packet is a header with its CRC, then nothing, one 64-byte payload, or journals: all update information and all
 * write data from a stream, then a trailer with the CRC of each journal's data. Beats follow each other without a gap.
 * A packet whose data could not be read, or is not what its host wrote, is ended with wrong CRCs, so that the receiver
 * drops it. The header's CRC is made beat by beat as it leaves, that of a payload in as many cycles before the header;
 * one CRC over beats makes all of them. Each beat of header and payload, and of the journals, is in a register before.
 */
module path_transmit #(
    parameter DATA_WIDTH = 512,
    // Journals in a packet, at most; a power of two, at least 16
    parameter MAX_JOURNALS = 64,
    // Number of this storage system
    parameter SYSTEM_NUMBER = 1,
    // Beats of 64 bytes
    parameter PARTS = `CP_UNIT_BITS / DATA_WIDTH,
    parameter PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1
) (
    input  wire                     clk,
    input  wire                     rst,

    /*
     * The packet; taken when its last beat leaves
     */
    input  wire                     packet_valid,
    // it is here in the next cycle, and its fields already are
    input  wire                     packet_comes,
    output wire                     packet_ready,
    input  wire [15:0]              packet_type,
    input  wire [15:0]              packet_destination,
    input  wire [15:0]              packet_group,
    input  wire [15:0]              packet_source_group,
    input  wire [31:0]              packet_generation,
    input  wire [31:0]              packet_tag,
    input  wire [15:0]              packet_status,
    input  wire [31:0]              packet_incarnation,
    input  wire [7:0]               packet_reason,
    input  wire [7:0]               packet_flags,
    // journals, or arguments of an operation
    input  wire [15:0]              packet_count,
    // bytes of the journals' write data
    input  wire [31:0]              packet_data_bytes,
    // the 64-byte payload of all types but journals, if there is one
    input  wire                     packet_has_payload,
    // the beat of it that is asked for, for the next cycle
    output wire [PART_WIDTH-1:0]    payload_part,
    input  wire [DATA_WIDTH-1:0]    packet_payload,
    // the journals' data is not what it should be: every CRC of the trailer is inverted. Known when the last of the
    // data is taken, held until the packet is
    input  wire                     packet_poison,
    // the write data of a journal, one behind the other in the packet, is not what its update information says: in the
    // cycle after its last beat, before the trailer, which waits while it is held
    output wire                     journal_damaged,
    output wire [15:0]              damaged_index,
    input  wire                     packet_hold,

    // update information and write data of the journals
    input  wire [DATA_WIDTH-1:0]    s_axis_journals_tdata,
    input  wire                     s_axis_journals_tvalid,
    output wire                     s_axis_journals_tready,

    output wire [DATA_WIDTH-1:0]    m_axis_path_tdata,
    output wire                     m_axis_path_tvalid,
    input  wire                     m_axis_path_tready,
    output wire                     m_axis_path_tlast
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_SYSTEM_NUMBER

localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
localparam [15:0] SYSTEM = SYSTEM_NUMBER;
// CRCs in one 64-byte unit of the trailer
localparam UNIT_CRCS = `CP_UNIT_BYTES / 4;

localparam [1:0] HEADER = 2'd0, PAYLOAD = 2'd1, JOURNALS = 2'd2, TRAILER = 2'd3;
// the header's CRC ends its last beat: it is made of the bits before, behind 32 bits that leave the CRC as it begins
localparam TAIL_BITS = DATA_WIDTH - 32;
localparam [31:0] NEUTRAL = 32'h6DD90A9D;

reg [1:0]            state_reg;
reg [PART_WIDTH-1:0] part_reg;
reg [7:0]            trailer_beat_reg;

wire journals = packet_type == `CP_JOURNALS;

/*
 * Header
 */
wire [7:0]  trailer_units = (packet_count[7:0] + UNIT_CRCS - 8'd1) / UNIT_CRCS;
wire [17:0] journal_bytes = {5'd0, packet_count[6:0], 6'd0} + {4'd0, trailer_units, 6'd0};
wire [17:0] all_bytes     = journal_bytes + packet_data_bytes[17:0];
wire [31:0] payload_bytes = journals ? {packet_data_bytes[31:18], all_bytes}
                          : packet_has_payload ? `CP_UNIT_BYTES : 32'd0;
reg  [`CP_COVERED_BITS-1:0] header;

// the payload's CRC is made; it is there
wire has_payload = !journals && packet_has_payload;
reg  checked_reg;
wire in_header = state_reg == HEADER;
// the beat of the payload to be checked, of the header or of the payload; it is here, and what the packet has
reg  [DATA_WIDTH-1:0] word_reg;
reg  loaded_reg, has_journals_reg, has_payload_reg;
wire checks    = in_header && loaded_reg && has_payload_reg && !checked_reg;
wire unchecked = loaded_reg ? checks : in_header && has_payload && !checked_reg;
reg  [31:0] payload_crc_reg;
// end of the beat before
reg  [31:0] tail_reg;
wire [`CP_UNIT_BITS-1:0] header_parts = {32'd0, header};
wire [DATA_WIDTH-1:0] header_behind = {word_reg[TAIL_BITS-1:0], (part_reg == 0) ? NEUTRAL : tail_reg};
wire [31:0] unit_crc;

reg [`CP_COVERED_BITS-1:0] new_header;

always @* begin
    new_header = 0;
    new_header[`CP_MAGIC]         = `CP_MAGIC_VALUE;
    new_header[`CP_VERSION]       = `CP_VERSION_VALUE;
    new_header[`CP_TYPE]          = packet_type;
    new_header[`CP_SOURCE]        = SYSTEM;
    new_header[`CP_DESTINATION]   = packet_destination;
    new_header[`CP_GROUP]         = packet_group;
    new_header[`CP_SOURCE_GROUP]  = packet_source_group;
    new_header[`CP_GENERATION]    = packet_generation;
    new_header[`CP_TAG]           = packet_tag;
    new_header[`CP_STATUS]        = packet_status;
    new_header[`CP_INCARNATION]   = packet_incarnation;
    new_header[`CP_REASON]        = packet_reason;
    new_header[`CP_FLAGS]         = packet_flags;
    new_header[`CP_COUNT]         = packet_count;
    new_header[`CP_PAYLOAD_BYTES] = payload_bytes;
    new_header[`CP_PAYLOAD_CRC]   = has_payload ? ~payload_crc_reg : 32'd0;
    header = new_header;
end

/*
 * Payload
 */
wire [DATA_WIDTH-1:0] trailer;
wire checksums_ready, checksums_complete;
// a beat of the journals
reg  [DATA_WIDTH-1:0] journals_reg;
reg  journals_valid_reg;
wire journals_ready = state_reg == JOURNALS && m_axis_path_tready && checksums_ready && !checksums_complete;
wire journals_beat  = journals_valid_reg && journals_ready;

assign s_axis_journals_tready = !journals_valid_reg || journals_ready;

// a beat of the header or of the payload leaves
wire leaves         = m_axis_path_tready && (in_header ? loaded_reg && packet_valid && !checks : state_reg == PAYLOAD);
wire unit_moves     = checks || (in_header && leaves);
wire [DATA_WIDTH-1:0] checked_data = checks ? word_reg : in_header ? header_behind : journals_reg;

journal_checksums #(.DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS)) checksums (
    .clk(clk), .rst(rst), .of_unit(in_header), .unit_first(part_reg == 0), .unit(unit_moves),
    .unit_crc(unit_crc), .made_crc(), .start(in_header), .count(packet_count), .beat(journals_beat),
    .data(checked_data), .ready(checksums_ready), .in_data(), .complete(checksums_complete), .journal_ends(),
    .journal_index(), .journal_crc(), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .trailer_beat(trailer_beat_reg), .poison(packet_poison), .trailer(trailer)
);

/*
 * Beats
 */
wire part_last    = part_reg == LAST_PART;
wire [31:0] header_end = part_last ? ~unit_crc : word_reg[TAIL_BITS +: 32];
reg  [7:0]  trailer_beats_reg;
wire trailer_last = trailer_beat_reg + 8'd1 == trailer_beats_reg;
wire beat         = m_axis_path_tvalid && m_axis_path_tready;
// the trailer begins in the cycle after the last of the data
wire in_trailer   = state_reg == TRAILER || (state_reg == JOURNALS && checksums_complete);

assign m_axis_path_tvalid = (state_reg == HEADER)   ? loaded_reg && packet_valid && !checks
                          : (state_reg != JOURNALS) ? 1'b1
                          : checksums_complete ? !packet_hold : journals_valid_reg && checksums_ready;
assign m_axis_path_tdata  = (state_reg == HEADER)   ? {header_end, word_reg[TAIL_BITS-1:0]}
                          : (state_reg == PAYLOAD)  ? word_reg
                          : in_trailer ? trailer : journals_reg;
assign m_axis_path_tlast  = (state_reg == HEADER)   ? part_last && !has_journals_reg && !has_payload_reg
                          : (state_reg == PAYLOAD)  ? part_last
                          : in_trailer && trailer_last;
assign packet_ready       = beat && m_axis_path_tlast;

// the next one of those beats, when it moves
wire moves = checks || leaves;
wire takes_payload = (loaded_reg && part_last) ? in_header && !unchecked : unchecked || state_reg == PAYLOAD;
wire [PART_WIDTH-1:0] next_part = !loaded_reg ? part_reg : part_last ? {PART_WIDTH{1'b0}} : part_reg + 1'b1;

assign payload_part = next_part;

always @(posedge clk) begin
    {has_journals_reg, has_payload_reg} <= {journals, has_payload};
    if (moves)
        part_reg <= next_part;
    if (moves || !loaded_reg)
        word_reg <= takes_payload ? packet_payload : header_parts[next_part*DATA_WIDTH +: DATA_WIDTH];
    // the header's last beat has the payload's CRC, which is there a cycle later
    loaded_reg <= (packet_valid || packet_comes) && !packet_ready && !(checks && part_last);
    trailer_beats_reg <= trailer_units << $clog2(PARTS);
    if (moves)
        tail_reg <= word_reg[TAIL_BITS +: 32];
    if (s_axis_journals_tready) begin
        journals_reg       <= s_axis_journals_tdata;
        journals_valid_reg <= s_axis_journals_tvalid;
    end
    if (checks && part_last) begin
        payload_crc_reg <= unit_crc;
        checked_reg     <= 1'b1;
    end
    if (packet_ready)
        checked_reg <= 1'b0;
    case (state_reg)
        HEADER:
            if (beat && part_last)
                state_reg <= has_journals_reg ? JOURNALS : has_payload_reg ? PAYLOAD : HEADER;
        PAYLOAD:
            if (beat && part_last)
                state_reg <= HEADER;
        default:
            if (in_trailer && beat) begin
                trailer_beat_reg <= trailer_last ? 8'd0 : trailer_beat_reg + 8'd1;
                state_reg        <= trailer_last ? HEADER : TRAILER;
            end
    endcase
    if (rst) begin
        state_reg <= HEADER;
        part_reg  <= 0;
        trailer_beat_reg <= 8'd0;
        {checked_reg, loaded_reg, journals_valid_reg} <= 3'b000;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
localparam PACKET_WIDTH = 16*6 + 32*4 + 8*2 + 1;
wire [PACKET_WIDTH-1:0] packet = {packet_type, packet_destination, packet_group, packet_source_group, packet_status,
                                  packet_count, packet_generation, packet_tag, packet_incarnation, packet_data_bytes,
                                  packet_reason, packet_flags, packet_has_payload};
reg                    waiting_reg, packet_waiting_reg, journals_waiting_reg, held_reg, may_poison_reg, poison_was_reg;
reg [DATA_WIDTH:0]     offered_reg;
reg [DATA_WIDTH-1:0]   payload_reg, journals_shown_reg;
reg [PACKET_WIDTH-1:0] packet_reg;
reg [PART_WIDTH-1:0]   asked_part_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a packet holds until it has gone, from the cycle on in which it comes, and the beat of its payload
    // that is asked for
    `ML_ASSUMED(!packet_waiting_reg || (packet_valid && packet == packet_reg));
    `ML_ASSUMED(!packet_waiting_reg || payload_part != asked_part_reg || packet_payload == payload_reg);
    // ASSUMED 2: a beat of the journals stays until it is taken (STREAM_1)
    `ML_ASSUMED(!journals_waiting_reg || (s_axis_journals_tvalid && s_axis_journals_tdata == journals_shown_reg));
    // ASSUMED 3: the trailer is held from the cycle on in which a journal is damaged; a packet of journals becomes
    // poisoned only while it is held (STREAM_2, 3)
    `ML_ASSUMED(!packet_hold || held_reg || journal_damaged);
    `ML_ASSUMED(`ML_ELSEWHERE(!journals) || may_poison_reg || packet_poison == poison_was_reg);
end

always @(posedge clk) begin
    waiting_reg          <= m_axis_path_tvalid && !m_axis_path_tready && !rst;
    offered_reg          <= {m_axis_path_tlast, m_axis_path_tdata};
    packet_waiting_reg   <= ((packet_valid && !packet_ready) || packet_comes) && !rst;
    packet_reg           <= packet;
    payload_reg          <= packet_payload;
    asked_part_reg       <= payload_part;
    journals_waiting_reg <= s_axis_journals_tvalid && !s_axis_journals_tready && !rst;
    journals_shown_reg   <= s_axis_journals_tdata;
    held_reg             <= packet_hold;
    may_poison_reg       <= packet_hold || packet_ready || !packet_valid || rst;
    poison_was_reg       <= packet_poison;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: valid stays, and data and last hold until they are taken
    `ML_HOLDS(PATH_1, !waiting_reg
                    || (m_axis_path_tvalid && {m_axis_path_tlast, m_axis_path_tdata} == offered_reg));
    // 2: a packet that has begun is there until its last beat
    `ML_HOLDS(PATH_2, state_reg == HEADER || packet_valid);
    // 3, 4: a trailer comes behind all of the journals' data, and what is wrong with it has been told
    `ML_HOLDS(PATH_3, state_reg != TRAILER || checksums_complete);
    `ML_HOLDS(PATH_4, state_reg != TRAILER || (!packet_hold && !journal_damaged));
end
`endif

endmodule

`resetall
