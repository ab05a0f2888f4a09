// Arguments of operations, word by word: those of the step, those that are sent, those of the packet.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "parameters.vh"

/*
 * A memory has the terminal's arguments and those that are sent, a word of 64 bits a row. Three things are done with
 * it, one at a time, one word in a cycle: KEEP makes the terminal's arguments, or those of the START that follows
 * INITIATE here, the ones that are sent; OPERANDS and PACKET shift words into the register that a step, or the path,
 * reads.
 */
module operation_words #(
    parameter DATA_WIDTH = 64,
    parameter PART_WIDTH = (DATA_WIDTH < `CP_UNIT_BITS) ? $clog2(`CP_UNIT_BITS / DATA_WIDTH) : 1,
    parameter SYSTEM_NUMBER = 1
) (
    input  wire            clk,
    input  wire            rst,

    // the terminal writes an argument
    input  wire            argument_load,
    input  wire [2:0]      argument_index,
    input  wire [63:0]     load_value,

    // what is sent from now on: the terminal's arguments, or in the step of INITIATE those of START
    input  wire            keep,
    input  wire            keep_start,
    input  wire [7*64-1:0] start_packet,
    // KEEP is not over
    output wire            keeps,
    // of those that are sent: the group of a START, ML_NONE if it has no such number, and its generation
    output reg             sent_group_valid,
    output reg  [15:0]     sent_group,
    output reg  [63:0]     sent_generation,

    // OPERANDS or PACKET may begin
    output wire            ready,
    // a beat of a packet's payload comes
    input  wire            payload_enable,
    input  wire [PART_WIDTH-1:0] payload_part,
    input  wire [DATA_WIDTH-1:0] payload_data,
    // the step's arguments are those of the terminal, or those that came last
    input  wire            fetch,
    input  wire            fetch_received,
    output wire            fetched,
    output reg  [7*64-1:0] operands,
    // the packet has so many words: of an answer code and value, else what is sent
    input  wire            build,
    input  wire            build_answer,
    input  wire [2:0]      build_count,
    input  wire [7:0]      answer_code,
    input  wire [63:0]     answer_value,
    output wire            built,
    output reg  [7*64-1:0] payload
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_SYSTEM_NUMBER

localparam [63:0] SYSTEM = SYSTEM_NUMBER;
localparam [1:0] NONE = 2'd0, KEEP = 2'd1, OPERANDS = 2'd2, PACKET = 2'd3;
localparam [2:0] LAST_WORD = 3'd6;
// of the arguments of INITIATE, that which becomes the first one of START: the partner's group
localparam [2:0] PARTNER_GROUP = 3'd2;

// {sent, index}; which of the terminal's were written since the reset
(* ram_style = "distributed" *)
reg [63:0] words [0:15];
reg [7:0]  written_reg;

reg [1:0]  task_reg;
reg [2:0]  index_reg;
reg        keep_reg;
// KEEP: arguments of START; OPERANDS: those that came; PACKET: an answer
reg        other_reg;
// START: partner's group, this system, group, generation, update number, data offset, copy unit
reg        start_reg;
reg [15:0] start_group_reg;
reg [31:0] start_generation_reg, start_unit_reg;
reg [63:0] start_number_reg, start_offset_reg;

wire       writes_sent = task_reg == KEEP && !argument_load;
wire       ends  = task_reg != NONE && index_reg == LAST_WORD && !(task_reg == KEEP && argument_load);
wire [2:0] index = (task_reg == KEEP && other_reg && index_reg == 3'd0) ? PARTNER_GROUP : index_reg;
wire [63:0] row  = words[{task_reg == PACKET, index}];
wire [63:0] word = (task_reg == PACKET || written_reg[index]) ? row : 64'd0;
reg  [63:0] kept, built_word;

always @* begin
    kept = word;
    if (other_reg)
        case (index_reg)
            3'd0:    ;
            3'd1:    kept = SYSTEM;
            3'd2:    kept = {48'd0, start_group_reg};
            3'd3:    kept = {32'd0, start_generation_reg};
            3'd4:    kept = start_number_reg;
            3'd5:    kept = start_offset_reg;
            default: kept = {32'd0, start_unit_reg};
        endcase
    built_word = word;
    if (other_reg)
        built_word = (index_reg == 3'd0) ? {56'd0, answer_code} : answer_value;
    if (index_reg >= build_count)
        built_word = 64'd0;
end

// what came: the word of this index
localparam WORDS = DATA_WIDTH / 64;
localparam LAST = WORDS - 1;
localparam [2:0] LAST_LANE = LAST[2:0];
localparam PARTS = `CP_UNIT_BITS / DATA_WIDTH;
(* ram_style = "distributed" *)
reg  [DATA_WIDTH-1:0] beats [0:PARTS-1];
wire [5:0]            part = {3'd0, index_reg} >> $clog2(WORDS);
wire [DATA_WIDTH-1:0] read_beat = beats[part[PART_WIDTH-1:0]];
wire [2:0]            lane = index_reg & LAST_LANE;
wire [63:0]           received_word = read_beat[64*lane +: 64];

assign keeps   = keep_reg || task_reg == KEEP;
assign ready   = task_reg == NONE && !keep_reg;
assign fetched = ends && task_reg == OPERANDS;
assign built   = ends && task_reg == PACKET;

always @(posedge clk) begin
    if (payload_enable)
        beats[payload_part] <= payload_data;
    if (argument_load || writes_sent)
        words[argument_load ? {1'b0, argument_index} : {1'b1, index_reg}] <= argument_load ? load_value : kept;
    if (argument_load)
        written_reg[argument_index] <= 1'b1;

    if (task_reg == OPERANDS)
        operands <= {other_reg ? received_word : word, operands[7*64-1:64]};
    if (task_reg == PACKET)
        payload <= {built_word, payload[7*64-1:64]};
    if (writes_sent && index_reg == 3'd2)
        {sent_group_valid, sent_group} <= {kept[63:16] == 48'd0, kept[15:0]};
    if (writes_sent && index_reg == 3'd3)
        sent_generation <= kept;

    if (task_reg != NONE && !(task_reg == KEEP && argument_load))
        index_reg <= ends ? 3'd0 : index_reg + 3'd1;
    if (ends)
        task_reg <= NONE;
    if (ready && build) begin
        task_reg  <= PACKET;
        other_reg <= build_answer;
    end else if (ready && fetch) begin
        task_reg  <= OPERANDS;
        other_reg <= fetch_received;
    end
    if (task_reg == NONE && keep_reg) begin
        task_reg  <= KEEP;
        keep_reg  <= 1'b0;
        other_reg <= start_reg;
    end
    if (keep) begin
        keep_reg             <= 1'b1;
        start_reg            <= keep_start;
        start_group_reg      <= start_packet[128 +: 16];
        start_generation_reg <= start_packet[192 +: 32];
        start_number_reg     <= start_packet[256 +: 64];
        start_offset_reg     <= start_packet[320 +: 64];
        start_unit_reg       <= start_packet[384 +: 32];
    end
    if (rst) begin
        written_reg        <= 8'd0;
        task_reg           <= NONE;
        index_reg          <= 3'd0;
        keep_reg           <= 1'b0;
    end
end

endmodule

`resetall
