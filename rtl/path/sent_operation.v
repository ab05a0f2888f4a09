// An operation of the terminal's for another system: sent until it is answered, or given up.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * It is sent again RESEND_CYCLES after it has left. GIVE_UP_CYCLES after it was sent first, or was answered "busy", it
 * ends as if "no answer" had come.
 */
module sent_operation #(
    parameter RESEND_CYCLES = 32768,
    parameter GIVE_UP_CYCLES = 4 * RESEND_CYCLES
) (
    input  wire        clk,
    input  wire        rst,
    // this system's
    input  wire [31:0] incarnation,

    // an operation begins
    input  wire        begins,
    input  wire [7:0]  begun_code,
    input  wire [15:0] begun_to,

    // it is not answered
    output wire        outstanding,
    // the step of sending it, or of an answer that came, is to be asked for, is, is done; nothing stops a packet
    output wire        send_waits,
    input  wire        send_taken,
    input  wire        send_done,
    input  wire        packet_free,
    output wire        answer_waits,
    input  wire        answer_taken,
    input  wire        answer_done,

    // an answer comes; nothing else is in flight
    input  wire        received,
    input  wire [15:0] received_source,
    input  wire [31:0] received_generation,
    input  wire [31:0] received_tag,
    input  wire [15:0] received_status,
    input  wire [15:0] received_count,
    input  wire [63:0] received_value,
    input  wire        room,

    output reg  [7:0]  code,
    output reg  [15:0] to,
    output reg  [31:0] tag,
    // of the answer that came: it is to the operation in flight, which ends with it unless it is "busy"
    output wire        asked,
    output wire        busy,
    output reg  [15:0] answer_tag,
    output reg  [7:0]  answer,
    output reg  [63:0] value
);

`ML_REQUIRE(RESEND_CYCLES >= 1, parameter_error_RESEND_CYCLES_must_be_at_least_1)
`ML_REQUIRE(GIVE_UP_CYCLES >= RESEND_CYCLES, parameter_error_GIVE_UP_CYCLES_must_be_at_least_RESEND_CYCLES)

localparam RESEND_WIDTH = $clog2(RESEND_CYCLES + 1);
localparam GIVE_UP_WIDTH = $clog2(GIVE_UP_CYCLES + 1);
localparam [RESEND_WIDTH-1:0] RESEND_AFTER = RESEND_CYCLES[RESEND_WIDTH-1:0];
localparam [GIVE_UP_WIDTH-1:0] GIVE_UP_AFTER = GIVE_UP_CYCLES[GIVE_UP_WIDTH-1:0];

reg                     outstanding_reg, send_reg, sending_reg, answer_reg;
reg [RESEND_WIDTH-1:0]  resend_reg;
// sent at least once; cycles left to wait for its answer
reg                     sent_reg;
reg [GIVE_UP_WIDTH-1:0] timeout_reg;
// the answer that came is to this operation of this incarnation, from the system that it was specified for
reg                     own_reg;
wire gives_up = outstanding_reg && sent_reg && timeout_reg == 0 && room;

assign outstanding  = outstanding_reg;
assign send_waits   = send_reg;
assign answer_waits = answer_reg;
assign asked        = outstanding_reg && own_reg;
assign busy         = answer == `ML_ANSWER_BUSY;

always @(posedge clk) begin
    if (begins) begin
        outstanding_reg <= 1'b1;
        send_reg        <= 1'b1;
        sent_reg        <= 1'b0;
        code            <= begun_code;
        to              <= begun_to;
        tag             <= tag + 32'd1;
    end
    if (timeout_reg != 0)
        timeout_reg <= timeout_reg - 1'b1;
    if (outstanding_reg && !send_reg && !sending_reg && packet_free) begin
        resend_reg <= resend_reg - 1'b1;
        if (resend_reg == 0)
            send_reg <= 1'b1;
    end
    if (send_taken) begin
        send_reg    <= 1'b0;
        sending_reg <= 1'b1;
    end
    if (send_done) begin
        sending_reg <= 1'b0;
        sent_reg    <= 1'b1;
        resend_reg  <= RESEND_AFTER;
        if (!sent_reg)
            timeout_reg <= GIVE_UP_AFTER;
    end
    if (answer_taken)
        answer_reg <= 1'b0;
    if (answer_done && asked) begin
        if (busy)
            timeout_reg <= GIVE_UP_AFTER;
        else begin
            outstanding_reg <= 1'b0;
            send_reg        <= 1'b0;
        end
    end

    if (gives_up) begin
        answer_reg <= 1'b1;
        answer_tag <= tag[15:0];
        own_reg    <= 1'b1;
        answer     <= `ML_ANSWER_NO_ANSWER;
        value      <= 64'd0;
    end
    if (received) begin
        answer_reg <= 1'b1;
        answer_tag <= received_tag[15:0];
        own_reg    <= received_tag == tag && received_generation == incarnation && received_source == to;
        answer     <= received_status[7:0];
        value      <= (received_count == 16'd0) ? 64'd0 : received_value;
    end

    if (begins)
        own_reg <= 1'b0;

    if (rst) begin
        outstanding_reg <= 1'b0;
        send_reg        <= 1'b0;
        sending_reg     <= 1'b0;
        sent_reg        <= 1'b0;
        timeout_reg     <= 0;
        tag             <= 32'd0;
        answer_reg      <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (docs/proofs.md): cycles since the operation was sent first, or answered "busy"
 */
integer waited;

always @(posedge clk)
    waited <= (rst || begins || (send_done && !sent_reg) || (answer_done && asked && busy)) ? 0 : waited + 1;

always @(`ML_CYCLE) if (!rst) begin
    // 1: it is given up when it was not answered for so long, and then at once
    `ML_HOLDS(OPERATION_1, !gives_up || waited >= GIVE_UP_CYCLES);
    `ML_HOLDS(OPERATION_2, !outstanding_reg || !sent_reg || answer_reg || !room || waited <= GIVE_UP_CYCLES + 1);
end
`endif

endmodule

`resetall
