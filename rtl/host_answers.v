// Answers to the host: of the commit stage, and of reads.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Answers of the commit stage wait in a queue; `room` falls before it could overflow, and then no step begins. The two sources take turns;
 * an answer on the port stays there until it is taken.
 */
module host_answers #(
    // Answers that can wait, a power of two
    parameter DEPTH = 16,
    // Steps that can be under way when room falls
    parameter IN_FLIGHT = 4
) (
    input  wire        clk,
    input  wire        rst,

    output wire        room,
    input  wire        commit_valid,
    input  wire [15:0] commit_tag,
    input  wire [7:0]  commit_status,

    input  wire        read_valid,
    output wire        read_ready,
    input  wire [15:0] read_tag,
    input  wire [7:0]  read_status,

    output wire        m_host_response_valid,
    input  wire        m_host_response_ready,
    output wire [15:0] m_host_response_tag,
    output wire [7:0]  m_host_response_status,

    // no answer of the commit stage waits
    output wire        idle
);

`ML_REQUIRE(DEPTH >= IN_FLIGHT, parameter_error_DEPTH_must_be_at_least_IN_FLIGHT)

wire [$clog2(DEPTH):0] count;
wire        queued_valid;
wire [15:0] queued_tag;
wire [7:0]  queued_status;

// whose turn it is; the source on the port keeps it while its answer waits there
reg read_turn_reg;
wire choose_read = read_valid && (read_turn_reg || !queued_valid);

assign room       = count <= DEPTH - IN_FLIGHT;
assign idle       = !queued_valid;
assign read_ready = m_host_response_ready && choose_read;

fifo #(.WIDTH(24), .DEPTH(DEPTH)) answer_fifo (
    .clk(clk), .rst(rst),
    .in_data({commit_tag, commit_status}), .in_valid(commit_valid), .in_ready(),
    .out_data({queued_tag, queued_status}), .out_valid(queued_valid),
    .out_ready(m_host_response_ready && !choose_read), .count(count)
);

assign m_host_response_valid  = queued_valid || read_valid;
assign m_host_response_tag    = choose_read ? read_tag : queued_tag;
assign m_host_response_status = choose_read ? read_status : queued_status;

always @(posedge clk) begin
    if (m_host_response_valid)
        read_turn_reg <= m_host_response_ready ? !choose_read : choose_read;
    if (rst)
        read_turn_reg <= 1'b0;
end

endmodule

`resetall
