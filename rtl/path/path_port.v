// A storage system's end of the connection path 200.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Out: packets of several sources, one at a time, in turn; source 0 sends journals, too. In: packets without a fault,
 * for this system and for one of its groups, go to whoever takes their type:
 *
 *      journal read commands   to journal read reception, through a queue of their group
 *      journals and the other answers to commands, each with its buffer   to journal read command and store
 *      group states, announced or in answer to that   to the announcements
 *      maintenance             to the operations
 *
 * What is dropped here is counted, and so is what finds no buffer.
 */
module path_port #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter SYSTEM_NUMBER = 1,
    // Who sends packets
    parameter SOURCES = 3,
    // Journal read commands of a group that wait, a power of two
    parameter COMMANDS = 16,
    parameter MAX_JOURNALS = 64,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                         clk,
    input  wire                         rst,
    // this system's, in every packet that begins
    input  wire [31:0]                  incarnation,

    /*
     * Sources
     */
    input  wire [SOURCES-1:0]           packet_valid,
    output wire [SOURCES-1:0]           packet_ready,
    input  wire [SOURCES*`PK_WIDTH-1:0] packet,
    input  wire                         packet_poison,
    output wire                         journal_damaged,
    output wire [15:0]                  damaged_index,
    input  wire                         packet_hold,
    input  wire [DATA_WIDTH-1:0]        s_axis_journals_tdata,
    input  wire                         s_axis_journals_tvalid,
    output wire                         s_axis_journals_tready,

    /*
     * Received, from path_receive: the packet that ends now
     */
    input  wire                         received,
    input  wire [3:0]                   fault,
    input  wire [15:0]                  received_type,
    input  wire [15:0]                  received_source,
    input  wire [15:0]                  received_destination,
    input  wire [15:0]                  received_group,
    input  wire [15:0]                  received_source_group,
    input  wire [31:0]                  received_generation,
    input  wire [31:0]                  received_tag,
    input  wire                         received_wants_answer,
    input  wire [`CP_UNIT_BITS-1:0]     received_payload,
    // it is whole, and for this system; what path_sources says of its source
    output wire                         arrives,
    input  wire                         over,
    input  wire                         allowed,
    // it is an answer to a journal read command, for one of the groups; it is about maintenance
    output wire                         answer_end,
    // it announces a group's state, or answers such a packet
    output wire                         state_end,
    output wire                         maintenance_end,
    // an answer found no buffer
    input  wire                         packet_lost,

    // journal read commands: one enters its queue; groups that have one; the oldest of the group that is looked up
    // until it is here, from the next cycle on; it is done with
    output wire                         command_enters,
    output wire [GROUPS-1:0]            command_valid,
    input  wire [GROUPS-1:0]            command_taken,
    input  wire                         command_lookup,
    output wire                         command_here,
    input  wire [GROUP_WIDTH-1:0]       command_group,
    output wire [15:0]                  command_source,
    output wire [15:0]                  command_source_group,
    output wire [31:0]                  command_generation,
    output wire [31:0]                  command_tag,
    output wire [`CP_UNIT_BITS-1:0]     command_payload,

    output reg  [31:0]                  faults,

    /*
     * Connection path
     */
    output wire [DATA_WIDTH-1:0]        m_axis_path_tdata,
    output wire                         m_axis_path_tvalid,
    input  wire                         m_axis_path_tready,
    output wire                         m_axis_path_tlast
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE(`ML_IN_RANGE(SOURCES, 1, 8), parameter_error_SOURCES_must_be_1_to_8)
`ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 4, 256), parameter_error_COMMANDS_must_be_a_power_of_two_from_4_to_256)
`ML_REQUIRE_MAX_JOURNALS

localparam [15:0] SYSTEM = SYSTEM_NUMBER;

/*
 * Out
 */
localparam PARTS = `CP_UNIT_BITS / DATA_WIDTH;
localparam PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1;
localparam SOURCE_WIDTH = (SOURCES > 1) ? $clog2(SOURCES) : 1;

reg  [SOURCES-1:0] later_reg;
reg  [SOURCES-1:0] chosen_reg;
reg  [SOURCE_WIDTH-1:0] source_reg;
wire [SOURCES-1:0] later   = packet_valid & later_reg;
wire [SOURCES-1:0] choices = (later != 0) ? later : packet_valid;
wire [SOURCES-1:0] chosen  = choices & ~(choices - 1'b1);
wire               ready;
// source 0's while none is chosen, so that its packets begin at once
wire [`PK_WIDTH-1:0]   sending = packet[source_reg*`PK_WIDTH +: `PK_WIDTH];
wire [PART_WIDTH-1:0]  payload_part;
// of each source the beat of its payload that is asked for, then that of the source in turn
wire [SOURCES*DATA_WIDTH-1:0] payload_beats;
wire [DATA_WIDTH-1:0] payload_beat = payload_beats[source_reg*DATA_WIDTH +: DATA_WIDTH];
reg  [SOURCE_WIDTH-1:0] source;
integer i;

always @* begin
    source = 0;
    for (i = 0; i < SOURCES; i = i + 1)
        if (chosen[i])
            source = source | i[SOURCE_WIDTH-1:0];
end

generate
    genvar n;
    for (n = 0; n < SOURCES; n = n + 1) begin : of_source
        wire [`PK_WIDTH-1:0]     own     = packet[n*`PK_WIDTH +: `PK_WIDTH];
        wire [`CP_UNIT_BITS-1:0] payload = own[`PK_PAYLOAD];

        assign payload_beats[n*DATA_WIDTH +: DATA_WIDTH] = payload[payload_part*DATA_WIDTH +: DATA_WIDTH];
    end
endgenerate

assign packet_ready = chosen_reg & {SOURCES{ready}};

always @(posedge clk) begin
    if (chosen_reg == 0) begin
        chosen_reg <= chosen;
        source_reg <= source;
    end else if (ready) begin
        chosen_reg <= 0;
        source_reg <= 0;
        later_reg  <= ~((chosen_reg - 1'b1) | chosen_reg);
    end
    if (rst) begin
        chosen_reg <= 0;
        source_reg <= 0;
        later_reg  <= 0;
    end
end

`ifdef ML_PROPERTIES
`ML_IN_TURN(SOURCES, packet_valid, packet_ready)
`endif

path_transmit #(.DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS), .SYSTEM_NUMBER(SYSTEM_NUMBER)) transmit (
    .clk(clk), .rst(rst),
    .packet_valid(chosen_reg != 0), .packet_comes(chosen_reg == 0 && chosen[0]), .packet_ready(ready),
    .packet_type(sending[`PK_TYPE]),
    .packet_destination(sending[`PK_DESTINATION]), .packet_group(sending[`PK_GROUP]),
    .packet_source_group(sending[`PK_SOURCE_GROUP]), .packet_generation(sending[`PK_GENERATION]),
    .packet_tag(sending[`PK_TAG]), .packet_status(sending[`PK_STATUS]), .packet_incarnation(incarnation),
    .packet_reason(sending[`PK_REASON]), .packet_flags(sending[`PK_FLAGS]), .packet_count(sending[`PK_COUNT]),
    .packet_data_bytes(sending[`PK_DATA_BYTES]), .packet_has_payload(sending[`PK_HAS_PAYLOAD]),
    .payload_part(payload_part), .packet_payload(payload_beat), .packet_poison(packet_poison),
    .journal_damaged(journal_damaged), .damaged_index(damaged_index), .packet_hold(packet_hold),
    .s_axis_journals_tdata(s_axis_journals_tdata), .s_axis_journals_tvalid(s_axis_journals_tvalid),
    .s_axis_journals_tready(s_axis_journals_tready),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast)
);

/*
 * In
 */
wire about_maintenance = received_type == `CP_MAINTENANCE_COMMAND || received_type == `CP_MAINTENANCE_ANSWER;
wire is_operation = received_type == `CP_MAINTENANCE_COMMAND;
assign arrives  = received && fault == `CP_FAULT_NONE && received_destination == SYSTEM;
wire accepted   = arrives && !over && (allowed || !is_operation) && (about_maintenance || received_group < GROUPS);
wire is_command = received_type == `CP_JOURNAL_READ_COMMAND;
wire command_room;
// without room in its group's queue a command is lost: it is sent again, and what comes behind it does not wait
wire drops      = received && !(accepted && (!is_command || command_room));

// the answer to a journal read command repeats its tag, which is not 0
wire announces  = received_type == `CP_GROUP_STATE && (received_wants_answer || received_tag == 32'd0);

assign answer_end      = accepted && !is_command && !about_maintenance && !announces;
assign state_end       = accepted && announces;
assign maintenance_end = accepted && about_maintenance;

// of the payload only what has fields
localparam FIELDS = 288;
localparam COMMAND_WIDTH = 16 + 16 + 32 + 32 + FIELDS;

command_queues #(
    .GROUPS(GROUPS), .DEPTH(COMMANDS), .WIDTH(COMMAND_WIDTH), .WORD_WIDTH(DATA_WIDTH)
) command_queues_inst (
    .clk(clk), .rst(rst),
    .in_data({received_source, received_source_group, received_generation, received_tag, received_payload[FIELDS-1:0]}),
    .in_valid(accepted && is_command), .in_group(received_group[GROUP_WIDTH-1:0]), .in_ready(command_room),
    .entering(command_enters),
    .out_valid(command_valid), .out_taken(command_taken), .lookup(command_lookup), .lookup_group(command_group),
    .out_here(command_here),
    .out_data({command_source, command_source_group, command_generation, command_tag, command_payload[FIELDS-1:0]})
);

assign command_payload[`CP_UNIT_BITS-1:FIELDS] = 0;

// counted a cycle later
reg drops_reg, lost_reg;

always @(posedge clk) begin
    drops_reg <= drops && !rst;
    lost_reg  <= packet_lost && !rst;
    if (drops_reg || lost_reg)
        faults <= faults + (drops_reg && lost_reg ? 32'd2 : 32'd1);
    if (rst)
        faults <= 32'd0;
end

endmodule

`resetall
