// Operations of the maintenance terminal: asked for here, for another system, or by another system.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * One operation of the terminal is in flight at a time. One for another system is sent until it is answered or given up
 * (sent_operation); so is the START that follows INITIATE here. Another system's is answered as often as it comes
 * (remote_operation).
 * Sending, answering and taking an answer are steps as well; CR_RECEIVED tells them apart. What came on the path is
 * read there until its step is done; arguments go word by word (operation_words), to the step before it is asked for,
 * to the packet before it is there.
 */
module operations #(
    parameter DATA_WIDTH = 64,
    parameter PART_WIDTH = (DATA_WIDTH < `CP_UNIT_BITS) ? $clog2(`CP_UNIT_BITS / DATA_WIDTH) : 1,
    parameter SYSTEM_NUMBER = 1,
    // Cycles after which a packet that was not answered is sent again
    parameter RESEND_CYCLES = 32768,
    // Cycles after which an operation ends without an answer, since it was sent first
    parameter GIVE_UP_CYCLES = 4 * RESEND_CYCLES
) (
    input  wire                     clk,
    input  wire                     rst,
    // this system's
    input  wire [31:0]              incarnation,

    /*
     * Registers
     */
    input  wire                     argument_load,
    input  wire [2:0]               argument_index,
    input  wire                     operation_load,
    input  wire [63:0]              load_value,
    output wire [63:0]              operation_register,
    output wire [63:0]              operation_status,
    // an operation is in flight
    output wire                     operating,

    /*
     * Step
     */
    output wire                     request_valid,
    input  wire                     request_taken,
    output reg  [`CR_WIDTH-1:0]     request,
    // arguments of the step
    output wire [7*64-1:0]          operation_arguments,
    // bit 16: another system specified it; which one
    output wire [16:0]              operation_source,
    // what the step records of a packet: code and answer, what was returned; it has an operation of the terminal's that
    // ends with it; the group's partner has this write data area
    output wire [7:0]               message_code,
    output wire [7:0]               message_answer,
    output wire [63:0]              message_value,
    output wire                     message_asked,
    output wire                     message_started,
    // the answer is "busy": there will be another one
    output wire                     message_busy,
    // of a START: its generation
    output wire [63:0]              message_generation,
    input  wire                     operation_done,
    input  wire [7:0]               operation_result,
    input  wire [63:0]              operation_returns,
    input  wire [7*64-1:0]          start_packet,

    /*
     * Connection path
     */
    output wire                     packet_valid,
    input  wire                     packet_ready,
    output wire [`PK_WIDTH-1:0]     packet,
    // nothing of another packet is left: one may begin
    output wire                     room,
    input  wire                     received,
    input  wire [15:0]              received_type,
    input  wire [15:0]              received_source,
    input  wire [31:0]              received_incarnation,
    input  wire [31:0]              received_generation,
    input  wire [31:0]              received_tag,
    input  wire [15:0]              received_status,
    input  wire [15:0]              received_count,
    // its first two words; and before that all beats of a payload as they come
    input  wire [127:0]             received_payload,
    input  wire                     payload_enable,
    input  wire [PART_WIDTH-1:0]    payload_part,
    input  wire [DATA_WIDTH-1:0]    payload_data
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE(RESEND_CYCLES >= 1, parameter_error_RESEND_CYCLES_must_be_at_least_1)
`ML_REQUIRE(GIVE_UP_CYCLES >= RESEND_CYCLES, parameter_error_GIVE_UP_CYCLES_must_be_at_least_RESEND_CYCLES)

localparam [15:0] SYSTEM = SYSTEM_NUMBER;
// an operation of the terminal: to be asked for here
reg        local_reg;
reg [7:0]  code_reg;
reg [15:0] destination_reg;
reg [7:0]  answer_reg;
reg [31:0] value_reg;

// another system may be asked for it
function is_common(input [7:0] code);
    is_common = code != 8'd0 && code <= `ML_OPERATION_START;
endfunction
function is_known(input [7:0] code);
    is_known = is_common(code) || (code >= `ML_OPERATION_INITIATE && code <= `ML_OPERATION_GIVE_UP);
endfunction
// arguments of an operation
function [2:0] arguments_of(input [7:0] code);
    case (code)
        `ML_OPERATION_CREATE_GROUP:          arguments_of = 3'd1;
        `ML_OPERATION_RECORD_PAIR:           arguments_of = 3'd6;
        `ML_OPERATION_RECORD_JOURNAL_VOLUME: arguments_of = 3'd3;
        default:                             arguments_of = 3'd7;
    endcase
endfunction

/*
 * The step that is asked for, or in flight
 */
localparam [2:0] LOCAL = 3'd0, SEND = 3'd1, ANSWER = 3'd2, REPEAT = 3'd3, REMOTE = 3'd4;
reg        asking_reg, asked_reg;
reg [2:0]  what_reg;
// the step's arguments are there: those of another system's operation
reg        fetched_reg, fetched_remote_reg;
// of sent_operation, remote_operation, operation_packet and operation_words, below
wire        outstanding, send_waits, answer_waits, remote_waits, remote_repeats, remote_answers;
wire        packet_free, answer_leaves, keeps, words_ready, fetched, sent_group_valid;
wire [7:0]  sent_code, taken_answer, remote_code, remote_answer;
wire [15:0] sent_to, sent_group, answer_tag, remote_count, remote_group, remote_source;
wire [31:0] tag, remote_incarnation, remote_tag;
wire [63:0] taken_value, remote_value;
wire       send_now  = send_waits && packet_free && !remote_answers;
wire [2:0] next_what = answer_waits ? ANSWER : remote_waits ? (remote_repeats ? REPEAT : REMOTE)
                     : send_now ? SEND : LOCAL;
wire       may_ask   = !asking_reg && !asked_reg && !keeps
    && (answer_waits || remote_waits || send_now || local_reg);
wire       has_operands   = fetched_reg && fetched_remote_reg == (next_what == REMOTE);
wire       needs_operands = next_what == REMOTE || next_what == LOCAL;
wire       fetches   = words_ready && may_ask && needs_operands && !has_operands;
wire       is_remote = what_reg == REMOTE || what_reg == REPEAT;

assign operation_register  = {32'd0, destination_reg, 8'd0, code_reg};
assign operation_status    = {value_reg, 23'd0, operating, answer_reg};
assign operating           = local_reg || outstanding || (asked_reg && what_reg == LOCAL);
assign request_valid       = asking_reg;
assign operation_source    = {is_remote, remote_source};
assign message_code        = (what_reg == REPEAT) ? remote_code : sent_code;
assign message_answer      = (what_reg == REPEAT) ? remote_answer : taken_answer;
assign message_value       = (what_reg == REPEAT) ? remote_value
                           : (what_reg == SEND) ? {48'd0, sent_to} : taken_value;
assign message_started     = sent_code == `ML_OPERATION_START && taken_answer == `ML_ANSWER_OK;
wire away = destination_reg != 16'd0 && destination_reg != SYSTEM;

always @* begin
    request = 0;
    request[`CR_KIND]     = `ML_REQUEST_OPERATION;
    request[`CR_RECEIVED] = {30'd0, (what_reg == REMOTE) ? 2'd0 : what_reg[1:0]};
    // an operation that one system may not ask another for
    request[`CR_FAILED]   = (what_reg == REMOTE) ? !is_common(remote_code)
                                                   || remote_count != {13'd0, arguments_of(remote_code)}
                                                 : what_reg == LOCAL && away && !is_common(code_reg);
    case (what_reg)
        LOCAL: begin
            request[`CR_OPCODE] = code_reg;
            request[`CR_GROUP]  = (operation_arguments[63:16] != 48'd0 || !is_known(code_reg) || request[`CR_FAILED])
                                ? `ML_NONE : operation_arguments[15:0];
        end
        SEND: begin
            request[`CR_TAG]   = tag[15:0];
            request[`CR_GROUP] = `ML_NONE;
        end
        ANSWER: begin
            request[`CR_TAG]   = answer_tag;
            request[`CR_GROUP] = (message_asked && sent_code == `ML_OPERATION_START && !message_busy
                                  && sent_group_valid) ? sent_group : `ML_NONE;
        end
        default: begin
            request[`CR_OPCODE] = remote_code;
            request[`CR_TAG]    = remote_tag[15:0];
            request[`CR_GROUP]  = remote_group;
        end
    endcase
end

wire is_command  = received && received_type == `CP_MAINTENANCE_COMMAND;
wire is_answer   = received && received_type == `CP_MAINTENANCE_ANSWER;
// a packet is taken only when the step of the one before it is done; that never waits for the path
assign room      = !remote_waits && !answer_waits && !asked_reg;
wire goes_away   = load_value[31:16] != 16'd0 && load_value[31:16] != SYSTEM;
wire here        = !goes_away || !is_common(load_value[7:0]);
// INITIATE was carried out here: START follows
wire starts      = operation_done && what_reg == LOCAL && code_reg == `ML_OPERATION_INITIATE
    && operation_result == `ML_ANSWER_OK;
wire sends       = operation_done && what_reg == SEND;
wire begins      = starts || (operation_load && !here);

sent_operation #(.RESEND_CYCLES(RESEND_CYCLES), .GIVE_UP_CYCLES(GIVE_UP_CYCLES)) sent (
    .clk(clk), .rst(rst), .incarnation(incarnation), .begins(begins),
    .begun_code(starts ? `ML_OPERATION_START : load_value[7:0]),
    .begun_to(starts ? operation_arguments[79:64] : load_value[31:16]), .outstanding(outstanding),
    .send_waits(send_waits), .send_taken(request_taken && what_reg == SEND), .send_done(sends),
    .packet_free(packet_free), .answer_waits(answer_waits), .answer_taken(request_taken && what_reg == ANSWER),
    .answer_done(operation_done && what_reg == ANSWER), .received(is_answer), .received_source(received_source),
    .received_generation(received_generation), .received_tag(received_tag), .received_status(received_status),
    .received_count(received_count), .received_value(received_payload[127:64]), .room(room), .code(sent_code),
    .to(sent_to), .tag(tag), .asked(message_asked), .busy(message_busy), .answer_tag(answer_tag),
    .answer(taken_answer), .value(taken_value)
);

remote_operation remote (
    .clk(clk), .rst(rst), .received(is_command), .received_source(received_source),
    .received_incarnation(received_incarnation), .received_tag(received_tag), .received_status(received_status),
    .received_count(received_count), .received_argument(received_payload[63:0]), .waits(remote_waits),
    .repeats(remote_repeats), .taken(request_taken && is_remote), .done(operation_done && is_remote),
    .carried_out(what_reg == REMOTE), .result(operation_result), .returns(operation_returns), .leaves(answer_leaves),
    .code(remote_code), .count(remote_count), .group(remote_group), .source(remote_source),
    .incarnation(remote_incarnation), .tag(remote_tag), .answers(remote_answers), .answer(remote_answer),
    .value(remote_value)
);

/*
 * Packets: answers first
 */
wire       build, build_answer, built;
wire [2:0] build_count;
wire [7*64-1:0] payload;
wire       builds = words_ready && build;

operation_packet packets (
    .clk(clk), .rst(rst), .free(packet_free), .begins(sends || (remote_answers && packet_free)),
    .answers(remote_answers), .status(remote_answers ? remote_answer : sent_code),
    .destination(remote_answers ? remote_source : sent_to), .tag(remote_answers ? remote_tag : tag),
    .incarnation(remote_answers ? remote_incarnation : 32'd0),
    .count(!remote_answers ? arguments_of(sent_code) : (remote_answer == `ML_ANSWER_OK) ? 3'd2 : 3'd0),
    .build(build), .build_answer(build_answer), .build_count(build_count), .build_taken(builds), .built(built),
    .payload(payload), .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet),
    .answer_leaves(answer_leaves)
);

operation_words #(.DATA_WIDTH(DATA_WIDTH), .SYSTEM_NUMBER(SYSTEM_NUMBER)) operation_words_inst (
    .clk(clk), .rst(rst), .argument_load(argument_load), .argument_index(argument_index), .load_value(load_value),
    .keep(begins), .keep_start(starts), .start_packet(start_packet),
    .keeps(keeps), .sent_group_valid(sent_group_valid), .sent_group(sent_group), .sent_generation(message_generation),
    .ready(words_ready), .fetch(fetches && !build), .fetch_received(next_what == REMOTE),
    .payload_enable(payload_enable), .payload_part(payload_part), .payload_data(payload_data), .fetched(fetched),
    .operands(operation_arguments), .build(builds), .build_answer(build_answer), .build_count(build_count),
    .answer_code(remote_code), .answer_value(remote_value), .built(built), .payload(payload)
);

always @(posedge clk) begin
    if (operation_load) begin
        code_reg        <= load_value[7:0];
        destination_reg <= load_value[31:16];
        local_reg       <= here;
    end
    if (fetches)
        fetched_remote_reg <= next_what == REMOTE;
    fetched_reg <= (fetched || (fetched_reg && !fetches)) && !operation_done;
    if (may_ask && (!needs_operands || has_operands)) begin
        asking_reg <= 1'b1;
        what_reg   <= next_what;
    end
    if (request_taken) begin
        asking_reg <= 1'b0;
        asked_reg  <= 1'b1;
        if (what_reg == LOCAL)
            local_reg <= 1'b0;
    end
    if (operation_done) begin
        asked_reg <= 1'b0;
        if (what_reg == LOCAL) begin
            answer_reg <= operation_result;
            value_reg  <= operation_returns[31:0];
        end
        if (what_reg == ANSWER && message_asked && !message_busy) begin
            answer_reg <= taken_answer;
            value_reg  <= taken_value[31:0];
        end
    end
    if (rst) begin
        {local_reg, asking_reg, asked_reg, fetched_reg} <= 4'b0000;
        what_reg        <= LOCAL;
        code_reg        <= 8'd0;
        destination_reg <= 16'd0;
        answer_reg      <= 8'd0;
        value_reg       <= 32'd0;
    end
end

endmodule

`resetall
