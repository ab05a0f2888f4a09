// Connection path 200, receiving side: checks packets and takes them apart.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Payload goes to its place as it comes: journals' update information and write data to a buffer, the 64-byte payload
 * of the other types to a register. What its CRC covers is checked in the cycle behind its last beat, so that the beat
 * behind a header with a fault is taken for what the header says. When all is known, a cycle behind the last beat of
 * journals and two behind that of the other types, `packet_end` tells of the packet: with `fault` 0 the header's fields
 * and the payload hold until the next packet's first beat, which comes behind it. A packet with a fault is to be
 * dropped; the buffer then holds nothing of use.
 */
module path_receive #(
    parameter DATA_WIDTH = 512,
    // Journals in a packet, at most; a power of two, at least 16
    parameter MAX_JOURNALS = 64,
    // Bytes of write data in a packet, at most; a power of two
    parameter MAX_DATA_BYTES = 65536,
    // Bytes of write data of a journal, at most
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS),
    parameter BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH),
    // Beats of 64 bytes
    parameter PARTS = `CP_UNIT_BITS / DATA_WIDTH,
    parameter PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1
) (
    input  wire                                clk,
    input  wire                                rst,

    input  wire [DATA_WIDTH-1:0]               s_axis_path_tdata,
    input  wire                                s_axis_path_tvalid,
    output wire                                s_axis_path_tready,
    input  wire                                s_axis_path_tlast,
    // a packet may begin
    input  wire                                enable,

    output reg                                 packet_end,
    output wire [3:0]                          fault,
    output wire [15:0]                         packet_type,
    output wire [15:0]                         packet_source,
    output wire [15:0]                         packet_destination,
    output wire [15:0]                         packet_group,
    output wire [15:0]                         packet_source_group,
    output wire [31:0]                         packet_generation,
    output wire [31:0]                         packet_tag,
    output wire [15:0]                         packet_status,
    output wire [31:0]                         packet_incarnation,
    output wire [7:0]                          packet_reason,
    output wire [7:0]                          packet_flags,
    output wire [15:0]                         packet_count,
    output wire [`CP_UNIT_BITS-1:0]            packet_payload,

    // a beat (`information_part`) of the payload of another packet
    output wire                                payload_enable,
    // buffer of a packet's journals: a beat (`part`) of update information, or of write data
    output wire                                information_enable,
    output wire [INDEX_WIDTH-1:0]              information_index,
    output wire [PART_WIDTH-1:0]               information_part,
    output wire                                data_enable,
    output wire [BEAT_WIDTH-1:0]               data_beat,
    output wire [DATA_WIDTH-1:0]               data,
    // CRC of a journal's write data
    output wire                                crc_enable,
    output wire [INDEX_WIDTH-1:0]              crc_index,
    output wire [31:0]                         crc
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_TRANSFER_FITS_BATCH

localparam LAST = PARTS - 1, MOST = MAX_DATA_BYTES / `CP_UNIT_BYTES, UNIT_BEATS = $clog2(PARTS);
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
localparam [7:0] UNIT_CRCS = `CP_UNIT_BYTES / 4;
localparam [11:0] MOST_UNITS = MOST[11:0];
// of a unit whose last four bytes are the CRC of those before
localparam [31:0] RESIDUE = 32'hDEBB20E3;
// bits of an update information: size 351:320, kind 439:432, flags behind it, reserved 479:448
localparam SIZE_AT = 320 / DATA_WIDTH, SIZE_BIT = 320 % DATA_WIDTH, RESERVED_BIT = 448 % DATA_WIDTH;
localparam KIND_AT = 432 / DATA_WIDTH, KIND_BIT = 432 % DATA_WIDTH;
localparam [PART_WIDTH-1:0] SIZE_PART = SIZE_AT[PART_WIDTH-1:0], KIND_PART = KIND_AT[PART_WIDTH-1:0];

localparam [1:0] HEADER = 2'd0, PAYLOAD = 2'd1, TRAILER = 2'd2, DRAIN = 2'd3;

reg [1:0]               state_reg;
reg [PART_WIDTH-1:0]    part_reg;
// shifted, a beat at a time
reg [`CP_UNIT_BITS-1:0] header_reg, payload_reg;
// beats of write data that came, and that are to come
reg [BEAT_WIDTH-1:0]    data_beat_reg;
reg [BEAT_WIDTH:0]      left_reg;
reg                     is_journals_reg, over_reg, bad_size_reg, unknown_reg;
reg [INDEX_WIDTH:0]     index_reg;
reg [7:0]               trailer_beat_reg, trailer_beats_reg;
// the first fault, that of the unit which ended in the cycle before; write data is not what its CRC says
reg [3:0]               fault_reg, unit_fault;
reg                     wrong_reg;
// in the cycle before ended a header, with its packet; an update information; the payload of another packet
reg                     check_header_reg, header_last_reg, check_information_reg, check_payload_reg;
reg                     waits_reg; // a packet that is no journals' ended in the cycle before

wire beat      = s_axis_path_tvalid && s_axis_path_tready;
wire part_last = part_reg == LAST_PART;

/*
 * The unit that this beat completes, and the CRC up to the beat before
 */
wire [`CP_UNIT_BITS-1:0] unit, payload;

generate
    if (PARTS == 1) begin : whole
        assign {unit, payload} = {2{s_axis_path_tdata}};
    end else begin : assemble
        assign unit    = {s_axis_path_tdata, header_reg[`CP_UNIT_BITS-1:DATA_WIDTH]};
        assign payload = {s_axis_path_tdata, payload_reg[`CP_UNIT_BITS-1:DATA_WIDTH]};
    end
endgenerate
wire header_end = beat && part_last && state_reg == HEADER;
// in units of 64 bytes: the trailer, all but the write data
wire [15:0] count_ends   = unit[`CP_COUNT];
wire [7:0]  trailer_ends = (count_ends[7:0] + UNIT_CRCS - 8'd1) / UNIT_CRCS;
reg  [7:0]  trailer_units_reg;
reg  [11:0] fixed_reg;
wire in_data, complete;
wire [31:0] made_crc;
wire whole_unit = made_crc == RESIDUE;

/*
 * Header, in the cycle behind its last beat
 */
wire [15:0] type_in    = packet_type, count_in = packet_count;
wire [31:0] bytes_in   = header_reg[`CP_PAYLOAD_BYTES];
// in units of 64 bytes: all, the write data, which is not negative
wire [11:0] units_in   = bytes_in[17:6];
wire [12:0] data_in    = {1'b0, units_in} - {1'b0, fixed_reg};
wire [14:0] data_beats_in = {3'd0, data_in[11:0]} << UNIT_BEATS;
// exactly what type and count give: an operation has up to eight arguments, the answer to one none if it was refused
wire is_command_in     = type_in == `CP_JOURNAL_READ_COMMAND, is_operation_in = type_in == `CP_MAINTENANCE_COMMAND;
wire is_answer_in      = type_in == `CP_MAINTENANCE_ANSWER;
wire has_payload_in    = is_command_in || is_operation_in || (is_answer_in && count_in != 16'd0);
wire count_fits        = is_command_in ? count_in == 16'd0 : count_in != 16'd0 && count_in <= 16'd8;
wire length_fits       = is_journals_reg ? count_in != 16'd0 && count_in <= MAX_JOURNALS && bytes_in[31:18] == 14'd0
                                          && !data_in[12]
                                          && (data_in[11:0] < MOST_UNITS || data_in[11:0] == MOST_UNITS)
                                          && bytes_in[5:0] == 6'd0
                       : has_payload_in ? bytes_in == `CP_UNIT_BYTES && count_fits
                       : bytes_in == 32'd0 && count_in == 16'd0;
wire type_known        = type_in >= `CP_JOURNAL_READ_COMMAND && type_in <= `CP_MAINTENANCE_ANSWER;
wire [3:0] header_fault = !whole_unit ? `CP_FAULT_HEADER_CRC
                        : (header_reg[`CP_MAGIC] != `CP_MAGIC_VALUE) ? `CP_FAULT_MAGIC
                        : (header_reg[`CP_VERSION] != `CP_VERSION_VALUE) ? `CP_FAULT_VERSION
                        : !type_known ? `CP_FAULT_TYPE
                        : (!length_fits || header_last_reg != (bytes_in == 32'd0)) ? `CP_FAULT_LENGTH
                        : `CP_FAULT_NONE;

assign packet_type         = header_reg[`CP_TYPE],        packet_count       = header_reg[`CP_COUNT];
assign packet_source       = header_reg[`CP_SOURCE],      packet_destination = header_reg[`CP_DESTINATION];
assign packet_source_group = header_reg[`CP_SOURCE_GROUP], packet_group      = header_reg[`CP_GROUP];
assign packet_generation   = header_reg[`CP_GENERATION],  packet_incarnation = header_reg[`CP_INCARNATION];
assign packet_tag          = header_reg[`CP_TAG],         packet_status      = header_reg[`CP_STATUS];
assign packet_reason       = header_reg[`CP_REASON],      packet_flags       = header_reg[`CP_FLAGS];
assign packet_payload      = payload_reg;

/*
 * Journals
 */
wire checksums_ready, journal_ends, journal_damaged;
wire [DATA_WIDTH-1:0] trailer;
// of an update information: whole blocks
wire [31:0] size     = s_axis_path_tdata[SIZE_BIT +: 32];
wire        bad_size = size > MAX_TRANSFER_BYTES || size[8:0] != 9'd0;
wire [7:0]  kind     = s_axis_path_tdata[KIND_BIT +: 8], flags = s_axis_path_tdata[KIND_BIT + 8 +: 8];
wire        unknown  = (part_reg == KIND_PART && (kind > `UI_KIND_DISCARD || flags > 8'd1))
                       || (part_last && s_axis_path_tdata[RESERVED_BIT +: 32] != 32'd0);
wire journals_beat   = beat && state_reg == PAYLOAD && is_journals_reg && !complete;
wire information_beat = journals_beat && !in_data, data_beats = journals_beat && in_data;
wire other_payload    = !is_journals_reg || !in_data;
wire of_unit          = state_reg == HEADER || (state_reg == PAYLOAD && other_payload);

journal_checksums #(.DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS)) checksums (
    .clk(clk), .rst(rst), .start(header_end), .count(unit[`CP_COUNT]), .beat(journals_beat), .data(s_axis_path_tdata),
    .of_unit(of_unit), .unit_first(part_reg == 0), .unit(beat && of_unit), .unit_crc(), .made_crc(made_crc),
    .ready(checksums_ready), .in_data(in_data), .complete(complete), .journal_ends(journal_ends),
    .journal_index(crc_index), .journal_crc(crc), .journal_damaged(journal_damaged), .damaged_index(),
    .trailer_beat(trailer_beat_reg), .poison(1'b0), .trailer(trailer)
);

// journals without write data end by themselves, also those of a packet that was dropped
assign crc_enable         = journal_ends && state_reg == PAYLOAD;
assign information_enable = information_beat;
assign information_index  = index_reg[INDEX_WIDTH-1:0], information_part = part_reg;
assign payload_enable     = beat && state_reg == PAYLOAD && !is_journals_reg;
// none behind an update information with a fault
wire information_fault    = check_information_reg && (!whole_unit || bad_size_reg || unknown_reg);
assign data_enable        = data_beats && left_reg != 0 && !information_fault;
assign data_beat          = data_beat_reg, data = s_axis_path_tdata;

/*
 * Beats
 */
wire trailer_state = state_reg == TRAILER || (state_reg == PAYLOAD && is_journals_reg && complete);
wire trailer_last  = trailer_beat_reg + 8'd1 == trailer_beats_reg;
// what ends within its header is too short; whether it may end with that is known a cycle later
wire ends    = beat && s_axis_path_tlast;
wire may_end = (state_reg == HEADER) ? part_last
             : is_journals_reg ? trailer_state && trailer_last : part_last;
wire too_long  = may_end && !s_axis_path_tlast && state_reg != HEADER;
wire too_short = s_axis_path_tlast && !may_end;
wire bad_data  = trailer_state && (left_reg != 0 || over_reg);
wire bad_beat  = beat && state_reg != DRAIN && (too_long || too_short || bad_data);

always @* begin
    unit_fault = `CP_FAULT_NONE;
    if (check_header_reg)
        unit_fault = header_fault;
    else if (check_information_reg && (!whole_unit || unknown_reg))
        unit_fault = `CP_FAULT_INFO_CRC;
    else if (check_information_reg && bad_size_reg)
        unit_fault = `CP_FAULT_LENGTH;
    else if (check_payload_reg && ~made_crc != header_reg[`CP_PAYLOAD_CRC])
        unit_fault = `CP_FAULT_PAYLOAD_CRC;
end

wire       first_beat  = beat && state_reg == HEADER && part_reg == 0;
wire [3:0] found_fault = (fault_reg != `CP_FAULT_NONE && !first_beat) ? fault_reg
                       : (unit_fault != `CP_FAULT_NONE) ? unit_fault
                       : bad_beat ? `CP_FAULT_LENGTH : `CP_FAULT_NONE;

assign fault = (fault_reg == `CP_FAULT_NONE && wrong_reg) ? `CP_FAULT_DATA_CRC : fault_reg;
assign s_axis_path_tready = (state_reg != HEADER || part_reg != 0 || (enable && !waits_reg && !packet_end))
                            && (state_reg != PAYLOAD || !is_journals_reg || checksums_ready);

always @(posedge clk) begin
    if (beat) begin
        part_reg <= (part_last || s_axis_path_tlast) ? {PART_WIDTH{1'b0}} : part_reg + 1'b1;
        if (state_reg == HEADER)
            header_reg <= unit;
        if (data_enable) begin
            data_beat_reg <= data_beat_reg + 1'b1;
            left_reg      <= left_reg - 1'b1;
        end
        if (data_beats && left_reg == 0)
            over_reg <= 1'b1;
        if (part_reg == SIZE_PART)
            bad_size_reg <= bad_size;
        unknown_reg <= unknown || (unknown_reg && part_reg != 0);
        if (information_beat && part_last)
            index_reg <= index_reg + 1'b1;
        if (trailer_state)
            trailer_beat_reg <= trailer_beat_reg + 8'd1;
        if (payload_enable)
            payload_reg <= payload;
    end
    if (ends)
        state_reg <= HEADER;
    else if (state_reg != HEADER && found_fault != `CP_FAULT_NONE)
        state_reg <= DRAIN;
    else if (header_end)
        state_reg <= PAYLOAD;
    else if (beat && trailer_state)
        state_reg <= TRAILER;
    fault_reg <= found_fault;
    wrong_reg <= !header_end && (wrong_reg || journal_damaged
                                 || (beat && trailer_state && s_axis_path_tdata != trailer));
    {check_header_reg, header_last_reg} <= {header_end, s_axis_path_tlast};
    check_information_reg <= information_beat && part_last;
    check_payload_reg     <= payload_enable && part_last;
    waits_reg             <= ends && !(state_reg != HEADER && is_journals_reg);
    packet_end            <= (ends && state_reg != HEADER && is_journals_reg) || waits_reg;
    if (header_end) begin
        trailer_units_reg <= trailer_ends;
        fixed_reg         <= {4'd0, count_ends[7:0]} + {4'd0, trailer_ends};
        is_journals_reg  <= unit[`CP_TYPE] == `CP_JOURNALS;
        data_beat_reg    <= 0;
        index_reg        <= 0;
        {over_reg, trailer_beat_reg} <= 9'd0;
    end
    if (check_header_reg) begin
        left_reg          <= data_beats_in[BEAT_WIDTH:0];
        trailer_beats_reg <= trailer_units_reg << UNIT_BEATS;
    end
    if (rst) begin
        {state_reg, fault_reg} <= {HEADER, `CP_FAULT_NONE};
        part_reg <= 0;
        {waits_reg, packet_end, check_header_reg, check_information_reg, check_payload_reg} <= 5'd0;
    end
end

`include "path_receive_properties.vh"

endmodule

`resetall
