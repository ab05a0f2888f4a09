// Answers to the host, of the commit stage and of reads, and the room for them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * A command brings the room for its answer with it: none is taken when the commands that are not answered could fill
 * the queue. So the queue never overflows, and no step waits for a host that takes no answers. The two sources take
 * turns; an answer on the port stays there until it is taken.
 */
module host_answers #(
    // Commands that are not answered, at most, a power of two
    parameter DEPTH = 64
) (
    input  wire        clk,
    input  wire        rst,

    // a command is taken, only when there is room for its answer
    output wire        room,
    input  wire        command_taken,

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

`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 2, 4096), parameter_error_DEPTH_must_be_a_power_of_two_from_2_to_4096)

// commands that are not answered
reg  [$clog2(DEPTH):0] commands_reg;
wire answered = m_host_response_valid && m_host_response_ready;
wire        queued_valid;
// answers of the commit stage that wait
wire [$clog2(DEPTH):0] queued;
wire [15:0] queued_tag;
wire [7:0]  queued_status;

// whose turn it is; the source on the port keeps it while its answer waits there
reg read_turn_reg;
wire choose_read = read_valid && (read_turn_reg || !queued_valid);

assign room       = !commands_reg[$clog2(DEPTH)];
assign idle       = !queued_valid;
assign read_ready = m_host_response_ready && choose_read;

fifo #(.WIDTH(24), .DEPTH(DEPTH)) answer_fifo (
    .clk(clk), .rst(rst),
    .in_data({commit_tag, commit_status}), .in_valid(commit_valid), .in_ready(),
    .out_data({queued_tag, queued_status}), .out_valid(queued_valid),
    .out_ready(m_host_response_ready && !choose_read), .count(queued)
);

assign m_host_response_valid  = queued_valid || read_valid;
assign m_host_response_tag    = choose_read ? read_tag : queued_tag;
assign m_host_response_status = choose_read ? read_status : queued_status;

always @(posedge clk) begin
    if (m_host_response_valid)
        read_turn_reg <= m_host_response_ready ? !choose_read : choose_read;
    if (command_taken && !answered)
        commands_reg <= commands_reg + 1'b1;
    if (answered && !command_taken)
        commands_reg <= commands_reg - 1'b1;
    if (rst) begin
        read_turn_reg <= 1'b0;
        commands_reg  <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
// commands that neither source has answered
reg  [$clog2(DEPTH):0] open_reg;
reg         waiting_reg, read_waiting_reg;
reg  [23:0] offered_reg, read_offered_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a command is taken when there is room for its answer
    `ML_ASSUMED(!command_taken || room);
    // ASSUMED 2: each answer is that of a command that has none yet
    `ML_ASSUMED({1'b0, open_reg} >= {{$clog2(DEPTH)+1{1'b0}}, commit_valid} + {{$clog2(DEPTH)+1{1'b0}}, read_valid});
    // ASSUMED 3: an answer to a read stays until it is taken (READ_2)
    `ML_ASSUMED(!read_waiting_reg || (read_valid && {read_tag, read_status} == read_offered_reg));
end

always @(posedge clk) begin
    open_reg         <= open_reg + command_taken - commit_valid - (read_valid && read_ready);
    waiting_reg      <= m_host_response_valid && !m_host_response_ready;
    offered_reg      <= {m_host_response_tag, m_host_response_status};
    read_waiting_reg <= read_valid && !read_ready;
    read_offered_reg <= {read_tag, read_status};
    if (rst) begin
        open_reg         <= 0;
        waiting_reg      <= 1'b0;
        read_waiting_reg <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: valid stays and the answer holds until it is taken
    `ML_HOLDS(ANSWERS_1, !waiting_reg || (m_host_response_valid
                                        && {m_host_response_tag, m_host_response_status} == offered_reg));
    // 2: the count is of the commands that are not answered: those of no source's answer, and those that wait
    `ML_HOLDS(ANSWERS_2, {1'b0, commands_reg} == {1'b0, open_reg} + {1'b0, queued} && commands_reg <= DEPTH);
    // 3: so an answer of the commit stage always has its place
    `ML_HOLDS(ANSWERS_3, !commit_valid || queued < DEPTH);
end
`endif

endmodule

`resetall
