// An operation that another system has specified: asked for here once, and answered as often as it comes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A packet that is repeated is answered with the same answer again and does nothing; one that comes while the answer
 * before it waits is dropped, and sent again by its system.
 */
module remote_operation (
    input  wire        clk,
    input  wire        rst,

    // a packet with one comes
    input  wire        received,
    input  wire [15:0] received_source,
    input  wire [31:0] received_incarnation,
    input  wire [31:0] received_tag,
    input  wire [15:0] received_status,
    input  wire [15:0] received_count,
    input  wire [63:0] received_argument,

    // its step is to be asked for; it only repeats the answer
    output wire        waits,
    output wire        repeats,
    // its step is asked for; done, carried out with this answer; its answer has left
    input  wire        taken,
    input  wire        done,
    input  wire        carried_out,
    input  wire [7:0]  result,
    input  wire [63:0] returns,
    input  wire        leaves,

    output reg  [7:0]  code,
    output reg  [15:0] count,
    // ML_NONE: its first argument is none
    output reg  [15:0] group,
    output reg  [15:0] source,
    output reg  [31:0] incarnation,
    output reg  [31:0] tag,
    // there is an answer to be sent
    output wire        answers,
    output reg  [7:0]  answer,
    output reg  [63:0] value
);

reg step_reg, repeated_reg, answers_reg;
// the operation was answered, and not with "busy"
reg known_reg;

// the same tag of another incarnation is another operation
wire repeated = known_reg && received_source == source && received_tag == tag
                && received_incarnation == incarnation;

assign waits   = step_reg;
assign repeats = repeated_reg;
assign answers = answers_reg;

always @(posedge clk) begin
    if (taken)
        step_reg <= 1'b0;
    if (leaves)
        answers_reg <= 1'b0;
    if (done) begin
        answers_reg <= 1'b1;
        if (carried_out) begin
            answer    <= result;
            value     <= returns;
            known_reg <= result != `ML_ANSWER_BUSY;
        end
    end
    if (received && !answers_reg) begin
        step_reg     <= 1'b1;
        repeated_reg <= repeated;
        if (!repeated) begin
            known_reg   <= 1'b0;
            group       <= (received_count == 16'd0 || received_argument[63:16] != 48'd0) ? `ML_NONE
                                                                                        : received_argument[15:0];
            count       <= received_count;
            code        <= received_status[7:0];
            source      <= received_source;
            tag         <= received_tag;
            incarnation <= received_incarnation;
        end
    end
    if (rst) begin
        step_reg    <= 1'b0;
        answers_reg <= 1'b0;
        known_reg   <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): the operation that was carried out last, and not answered with "busy"
reg        carried_reg, received_reg, again_reg;
reg [79:0] carried;
wire       takes = received && !answers;
wire       again = carried_reg && carried == {received_source, received_incarnation, received_tag};

always @(posedge clk) begin
    if (done && carried_out) begin
        carried_reg <= result != `ML_ANSWER_BUSY;
        carried     <= {source, incarnation, tag};
    end
    if (rst || (takes && !again))
        carried_reg <= 1'b0;
    received_reg <= takes && !done && !rst;
    again_reg    <= again;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: it is not carried out again
    `ML_HOLDS(OPERATION_4, !received_reg || repeats == again_reg);
end
`endif

endmodule

`resetall
