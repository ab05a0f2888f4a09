// Operations of the maintenance terminal: asked for here, for another system, or by another system.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * One operation of the terminal is in flight at a time. One for another system is sent until it is answered; so is the START
 * that follows INITIATE here. After GIVE_UP_CYCLES without an answer (busy is one) it ends as if "no answer" had come.
 * A packet that is repeated is answered with the same answer again and does nothing; one that comes while the answer before it waits
 * for the path is dropped, and sent again by its system.
 * Sending, answering and taking an answer are steps as well; CR_RECEIVED tells them apart.
 */
module operations #(
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
    output wire [7*64-1:0]          operation_arguments,
    // bit 16: another system specified it; which one
    output wire [16:0]              operation_source,
    // what the step records of a packet: code and answer, what was returned, the group whose partner has this write data area
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
    output reg  [`PK_WIDTH-1:0]     packet,
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
    input  wire [`CP_UNIT_BITS-1:0] received_payload
);

`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE(RESEND_CYCLES >= 1, parameter_error_RESEND_CYCLES_must_be_at_least_1)
`ML_REQUIRE(GIVE_UP_CYCLES >= RESEND_CYCLES, parameter_error_GIVE_UP_CYCLES_must_be_at_least_RESEND_CYCLES)

localparam [15:0] SYSTEM = SYSTEM_NUMBER;

// an operation of the terminal: to be asked for here; sent to another system and not answered
reg            local_reg;
reg            outstanding_reg;
reg [7*64-1:0] arguments_reg;
reg [7:0]      code_reg;
reg [15:0]     destination_reg;
reg [7:0]      answer_reg;
reg [31:0]     value_reg;
// what is sent: its step is to be asked for, its packet leaves
reg            send_step_reg;
reg            sends_reg;
reg [7:0]      sent_code_reg;
reg [15:0]     sent_to_reg;
reg [7*64-1:0] sent_arguments_reg;
reg [31:0]     tag_reg;
reg [31:0]     resend_reg;
// sent at least once; cycles left to wait for its answer
reg            sent_reg;
reg [31:0]     timeout_reg;
// as it was in the packet's step: it may be answered, and another one given, before the packet finds its way out
reg [7:0]      packet_code_reg;
reg [15:0]     packet_to_reg;
reg [7*64-1:0] packet_arguments_reg;
reg [31:0]     packet_tag_reg;
// an answer that came
reg            answer_step_reg;
reg [31:0]     answer_tag_reg;
// it answers an operation of this incarnation, from the system that it was specified for
reg            answer_own_reg;
reg [7:0]      taken_answer_reg;
reg [63:0]     taken_value_reg;

// another system's operation: to be asked for, its answer leaves; the last one answered
reg            remote_step_reg;
reg            remote_repeated_reg;
reg            remote_sends_reg;
reg            remote_known_reg;
reg [7*64-1:0] remote_arguments_reg;
reg [15:0]     remote_count_reg;
reg [7:0]      remote_code_reg;
reg [15:0]     remote_source_reg;
reg [31:0]     remote_tag_reg;
reg [31:0]     remote_incarnation_reg;
reg [7:0]      remote_answer_reg;
reg [63:0]     remote_value_reg;

// the step that is in flight, or would be asked for
localparam [2:0] LOCAL = 3'd0, SEND = 3'd1, ANSWER = 3'd2, REPEAT = 3'd3, REMOTE = 3'd4;
reg        asked_reg;
reg [2:0]  asked_what_reg;
wire       send_now  = send_step_reg && !sends_reg;
wire [2:0] next_what = answer_step_reg ? ANSWER : remote_step_reg ? (remote_repeated_reg ? REPEAT : REMOTE)
                     : send_now ? SEND : LOCAL;
wire [2:0] what      = asked_reg ? asked_what_reg : next_what;
wire       gives_up  = outstanding_reg && sent_reg && timeout_reg == 32'd0 && room;
wire       is_remote = what == REMOTE || what == REPEAT;

assign operation_register  = {32'd0, destination_reg, 8'd0, code_reg};
assign operation_status    = {value_reg, 23'd0, operating, answer_reg};
assign operating           = local_reg || outstanding_reg || (asked_reg && asked_what_reg == LOCAL);
assign operation_arguments = is_remote ? remote_arguments_reg : arguments_reg;
assign request_valid       = !asked_reg && (answer_step_reg || remote_step_reg || send_now || local_reg);
assign operation_source    = {is_remote, remote_source_reg};
assign message_asked          = outstanding_reg && answer_own_reg && answer_tag_reg == tag_reg;
assign message_code           = (what == REPEAT) ? remote_code_reg : sent_code_reg;
assign message_answer         = (what == REPEAT) ? remote_answer_reg : taken_answer_reg;
assign message_value          = (what == REPEAT) ? remote_value_reg : (what == SEND) ? {48'd0, sent_to_reg} : taken_value_reg;
assign message_started        = sent_code_reg == `ML_OPERATION_START && taken_answer_reg == `ML_ANSWER_OK;
assign message_busy           = taken_answer_reg == `ML_ANSWER_BUSY;
assign message_generation     = sent_arguments_reg[192 +: 64];

// another system may be asked for it
function is_common(input [7:0] code);
    is_common = code != 8'd0 && code <= `ML_OPERATION_START;
endfunction

function is_known(input [7:0] code);
    is_known = is_common(code) || (code >= `ML_OPERATION_INITIATE && code <= `ML_OPERATION_GIVE_UP);
endfunction

// arguments of an operation
function [15:0] arguments_of(input [7:0] code);
    case (code)
        `ML_OPERATION_CREATE_GROUP:          arguments_of = 16'd1;
        `ML_OPERATION_RECORD_PAIR:           arguments_of = 16'd6;
        `ML_OPERATION_RECORD_JOURNAL_VOLUME: arguments_of = 16'd3;
        default:                             arguments_of = 16'd7;
    endcase
endfunction

function [7*64-1:0] used_by(input [7:0] code);
    used_by = {7*64{1'b1}} >> (7*64 - 64 * arguments_of(code));
endfunction

wire away = destination_reg != 16'd0 && destination_reg != SYSTEM;

always @* begin
    request = 0;
    request[`CR_KIND]     = `ML_REQUEST_OPERATION;
    request[`CR_RECEIVED] = {30'd0, (what == REMOTE) ? 2'd0 : what[1:0]};
    // an operation that one system may not ask another for
    request[`CR_FAILED]   = (what == REMOTE) ? !is_common(remote_code_reg) || remote_count_reg != arguments_of(remote_code_reg)
                                             : what == LOCAL && away && !is_common(code_reg);
    case (what)
        LOCAL: begin
            request[`CR_OPCODE] = code_reg;
            request[`CR_GROUP]  = (arguments_reg[63:16] != 48'd0 || !is_known(code_reg) || request[`CR_FAILED]) ? `ML_NONE
                                                                                                               : arguments_reg[15:0];
        end
        SEND: begin
            request[`CR_TAG]   = tag_reg[15:0];
            request[`CR_GROUP] = `ML_NONE;
        end
        ANSWER: begin
            request[`CR_TAG]   = answer_tag_reg[15:0];
            request[`CR_GROUP] = (message_asked && sent_code_reg == `ML_OPERATION_START && !message_busy
                                  && sent_arguments_reg[128+16 +: 48] == 48'd0) ? sent_arguments_reg[128 +: 16] : `ML_NONE;
        end
        default: begin
            request[`CR_OPCODE] = remote_code_reg;
            request[`CR_TAG]    = remote_tag_reg[15:0];
            request[`CR_GROUP]  = (remote_count_reg == 16'd0 || remote_arguments_reg[63:16] != 48'd0) ? `ML_NONE
                                                                                                      : remote_arguments_reg[15:0];
        end
    endcase
end

/*
 * Packets: answers first
 */
wire remote_ok = remote_answer_reg == `ML_ANSWER_OK;
assign packet_valid = remote_sends_reg || sends_reg;

always @* begin
    packet = 0;
    if (remote_sends_reg) begin
        packet[`PK_TYPE]        = `CP_MAINTENANCE_ANSWER;
        packet[`PK_DESTINATION] = remote_source_reg;
        packet[`PK_GENERATION]  = remote_incarnation_reg;
        packet[`PK_TAG]         = remote_tag_reg;
        packet[`PK_STATUS]      = {8'd0, remote_answer_reg};
        packet[`PK_HAS_PAYLOAD] = remote_ok;
        packet[`PK_COUNT]       = remote_ok ? 16'd2 : 16'd0;
        packet[`PK_PAYLOAD]     = remote_ok ? {384'd0, remote_value_reg, 56'd0, remote_code_reg} : 512'd0;
    end else begin
        packet[`PK_TYPE]        = `CP_MAINTENANCE_COMMAND;
        packet[`PK_DESTINATION] = packet_to_reg;
        packet[`PK_TAG]         = packet_tag_reg;
        packet[`PK_STATUS]      = {8'd0, packet_code_reg};
        packet[`PK_HAS_PAYLOAD] = 1'b1;
        packet[`PK_COUNT]       = arguments_of(packet_code_reg);
        packet[`PK_PAYLOAD]     = {64'd0, packet_arguments_reg};
    end
end

wire is_command  = received && received_type == `CP_MAINTENANCE_COMMAND;
wire is_answer   = received && received_type == `CP_MAINTENANCE_ANSWER;
// the same tag of another incarnation is another operation
wire repeated    = remote_known_reg && received_source == remote_source_reg && received_tag == remote_tag_reg
                   && received_incarnation == remote_incarnation_reg;
// a packet is taken only when the step of the one before it is done; that never waits for the path
assign room      = !remote_step_reg && !answer_step_reg && !asked_reg;
wire goes_away   = load_value[31:16] != 16'd0 && load_value[31:16] != SYSTEM;
wire here        = !goes_away || !is_common(load_value[7:0]);

always @(posedge clk) begin
    if (argument_load)
        arguments_reg[64*argument_index +: 64] <= load_value;
    if (operation_load) begin
        code_reg        <= load_value[7:0];
        destination_reg <= load_value[31:16];
        local_reg       <= here;
        if (!here) begin
            outstanding_reg    <= 1'b1;
            send_step_reg      <= 1'b1;
            sent_reg           <= 1'b0;
            sent_code_reg      <= load_value[7:0];
            sent_to_reg        <= load_value[31:16];
            sent_arguments_reg <= arguments_reg;
            tag_reg            <= tag_reg + 32'd1;
        end
    end

    if (request_taken) begin
        asked_reg      <= 1'b1;
        asked_what_reg <= next_what;
        case (next_what)
            ANSWER:  answer_step_reg <= 1'b0;
            SEND:    send_step_reg   <= 1'b0;
            LOCAL:   local_reg       <= 1'b0;
            default: remote_step_reg <= 1'b0;
        endcase
    end
    if (timeout_reg != 32'd0)
        timeout_reg <= timeout_reg - 32'd1;
    if (operation_done) begin
        asked_reg <= 1'b0;
        case (asked_what_reg)
            LOCAL: begin
                answer_reg <= operation_result;
                value_reg  <= operation_returns[31:0];
                if (code_reg == `ML_OPERATION_INITIATE && operation_result == `ML_ANSWER_OK) begin
                    outstanding_reg    <= 1'b1;
                    send_step_reg      <= 1'b1;
                    sent_reg           <= 1'b0;
                    sent_code_reg      <= `ML_OPERATION_START;
                    sent_to_reg        <= arguments_reg[79:64];
                    sent_arguments_reg <= start_packet;
                    tag_reg            <= tag_reg + 32'd1;
                end
            end
            SEND: begin
                sends_reg            <= 1'b1;
                sent_reg             <= 1'b1;
                resend_reg           <= RESEND_CYCLES;
                if (!sent_reg)
                    timeout_reg <= GIVE_UP_CYCLES;
                packet_code_reg      <= sent_code_reg;
                packet_to_reg        <= sent_to_reg;
                packet_tag_reg       <= tag_reg;
                packet_arguments_reg <= sent_arguments_reg & used_by(sent_code_reg);
            end
            ANSWER:
                if (message_asked && taken_answer_reg == `ML_ANSWER_BUSY)
                    timeout_reg <= GIVE_UP_CYCLES;
                else if (message_asked) begin
                    outstanding_reg <= 1'b0;
                    send_step_reg   <= 1'b0;
                    answer_reg      <= taken_answer_reg;
                    value_reg       <= taken_value_reg[31:0];
                end
            REMOTE: begin
                remote_sends_reg  <= 1'b1;
                remote_answer_reg <= operation_result;
                remote_value_reg  <= operation_returns;
                remote_known_reg  <= operation_result != `ML_ANSWER_BUSY;
            end
            default:
                remote_sends_reg <= 1'b1;
        endcase
    end

    if (packet_valid && packet_ready) begin
        remote_sends_reg <= 1'b0;
        if (!remote_sends_reg)
            sends_reg <= 1'b0;
    end
    if (outstanding_reg && !send_step_reg && !sends_reg && !(asked_reg && asked_what_reg == SEND)) begin
        resend_reg <= resend_reg - 32'd1;
        if (resend_reg == 32'd0)
            send_step_reg <= 1'b1;
    end

    if (gives_up) begin
        answer_step_reg  <= 1'b1;
        answer_tag_reg   <= tag_reg;
        answer_own_reg   <= 1'b1;
        taken_answer_reg <= `ML_ANSWER_NO_ANSWER;
        taken_value_reg  <= 64'd0;
    end
    if (is_answer) begin
        answer_step_reg  <= 1'b1;
        answer_tag_reg   <= received_tag;
        answer_own_reg   <= received_generation == incarnation && received_source == sent_to_reg;
        taken_answer_reg <= received_status[7:0];
        taken_value_reg  <= (received_count == 16'd0) ? 64'd0 : received_payload[127:64];
    end
    if (is_command && !remote_sends_reg) begin
        remote_step_reg     <= 1'b1;
        remote_repeated_reg <= repeated;
        if (!repeated) begin
            remote_known_reg     <= 1'b0;
            remote_arguments_reg <= received_payload[7*64-1:0];
            remote_count_reg     <= received_count;
            remote_code_reg      <= received_status[7:0];
            remote_source_reg    <= received_source;
            remote_tag_reg       <= received_tag;
            remote_incarnation_reg <= received_incarnation;
        end
    end

    if (rst) begin
        local_reg        <= 1'b0;
        outstanding_reg  <= 1'b0;
        arguments_reg    <= 0;
        code_reg         <= 8'd0;
        destination_reg  <= 16'd0;
        answer_reg       <= 8'd0;
        value_reg        <= 32'd0;
        send_step_reg    <= 1'b0;
        sends_reg        <= 1'b0;
        sent_reg         <= 1'b0;
        timeout_reg     <= 32'd0;
        tag_reg          <= 32'd0;
        answer_step_reg  <= 1'b0;
        remote_step_reg  <= 1'b0;
        remote_sends_reg <= 1'b0;
        remote_known_reg <= 1'b0;
        asked_reg        <= 1'b0;
    end
end

endmodule

`resetall
