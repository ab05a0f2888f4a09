// The packet about an operation that is to be sent, as it was in its step.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * One packet at a time, an answer or an operation for another system: the header's fields are taken at once, the
 * payload's words come after that, and then the packet waits for the path.
 */
module operation_packet (
    input  wire                 clk,
    input  wire                 rst,

    // nothing is in it; a packet begins
    output wire                 free,
    input  wire                 begins,
    input  wire                 answers,
    input  wire [7:0]           status,
    input  wire [15:0]          destination,
    input  wire [31:0]          tag,
    // of an answer: the incarnation that has asked
    input  wire [31:0]          incarnation,
    // words of its payload; 0: it has none
    input  wire [2:0]           count,

    // its words are to be put together; they may be now; they are
    output wire                 build,
    output wire                 build_answer,
    output wire [2:0]           build_count,
    input  wire                 build_taken,
    input  wire                 built,
    input  wire [7*64-1:0]      payload,

    output wire                 packet_valid,
    input  wire                 packet_ready,
    output reg  [`PK_WIDTH-1:0] packet,
    // an answer leaves
    output wire                 answer_leaves
);

reg        valid_reg, filling_reg, build_reg;
reg        answers_reg;
reg [7:0]  status_reg;
reg [15:0] destination_reg;
reg [31:0] tag_reg, incarnation_reg;
reg [2:0]  count_reg;

assign free          = !valid_reg && !filling_reg;
assign build         = build_reg;
assign build_answer  = answers_reg;
assign build_count   = count_reg;
assign packet_valid  = valid_reg;
assign answer_leaves = valid_reg && packet_ready && answers_reg;

reg [`PK_WIDTH-1:0] new_packet;

always @* begin
    new_packet = 0;
    new_packet[`PK_TYPE]        = answers_reg ? `CP_MAINTENANCE_ANSWER : `CP_MAINTENANCE_COMMAND;
    new_packet[`PK_DESTINATION] = destination_reg;
    new_packet[`PK_GENERATION]  = incarnation_reg;
    new_packet[`PK_TAG]         = tag_reg;
    new_packet[`PK_STATUS]      = {8'd0, status_reg};
    new_packet[`PK_HAS_PAYLOAD] = count_reg != 3'd0;
    new_packet[`PK_COUNT]       = {13'd0, count_reg};
    new_packet[`PK_PAYLOAD]     = {64'd0, payload};
    packet = new_packet;
end

always @(posedge clk) begin
    if (begins) begin
        filling_reg     <= 1'b1;
        build_reg       <= 1'b1;
        answers_reg     <= answers;
        status_reg      <= status;
        destination_reg <= destination;
        tag_reg         <= tag;
        incarnation_reg <= incarnation;
        count_reg       <= count;
    end
    if (build_taken)
        build_reg <= 1'b0;
    if (built) begin
        filling_reg <= 1'b0;
        valid_reg   <= 1'b1;
    end
    if (valid_reg && packet_ready)
        valid_reg <= 1'b0;
    if (rst) begin
        valid_reg   <= 1'b0;
        filling_reg <= 1'b0;
        build_reg   <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): what the packet began with
reg [15:0] begun_destination;
reg [31:0] begun_tag, begun_incarnation;

always @(posedge clk)
    if (begins)
        {begun_destination, begun_tag, begun_incarnation} <= {destination, tag, incarnation};

always @(`ML_CYCLE) if (!rst) begin
    // 1: it leaves with, whatever comes meanwhile
    `ML_HOLDS(OPERATION_3, !packet_valid || {packet[`PK_DESTINATION], packet[`PK_TAG], packet[`PK_GENERATION]}
                           == {begun_destination, begun_tag, begun_incarnation});
end
`endif

endmodule

`resetall
