// Packets from the machine: pieces of them become beats (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A piece is two bytes, its length and whether the packet ends with it, and its data. A beat is offered when all of it
 * is there, and `room` says that its taking can be told.
 */
module link_packet_in #(
    // Bits of a beat
    parameter DATA_WIDTH = 64
) (
    input  wire                  clk,
    input  wire                  rst,

    input  wire [7:0]            in_data,
    input  wire                  in_valid,
    output wire                  in_ready,

    input  wire                  room,
    output wire [DATA_WIDTH-1:0] m_axis_tdata,
    output wire                  m_axis_tvalid,
    input  wire                  m_axis_tready,
    output wire                  m_axis_tlast,

    // a piece of a length that cannot be
    output wire                  bad
);

`ML_REQUIRE_DATA_WIDTH

localparam BYTES = DATA_WIDTH / 8;
localparam W = $clog2(BYTES);

reg  [DATA_WIDTH-1:0] beat_reg;
// bytes of the piece that are still to come, and whether it ends the packet
reg  [14:0]           left_reg;
reg                   ends_reg;
reg                   low_reg, high_reg, whole_reg, valid_reg, bad_reg;
wire                  takes  = in_valid && in_ready;
wire                  leaves = valid_reg && m_axis_tready;

// between pieces, low_reg and high_reg say which byte of the length comes
assign in_ready      = !whole_reg;
assign m_axis_tdata  = beat_reg;
assign m_axis_tvalid = valid_reg;
assign m_axis_tlast  = ends_reg && left_reg == 15'd0;
assign bad           = bad_reg;

always @(posedge clk) begin
    bad_reg <= 1'b0;
    if (takes) begin
        if (low_reg) begin
            left_reg[7:0] <= in_data;
            low_reg       <= 1'b0;
            high_reg      <= 1'b1;
        end else if (high_reg) begin
            left_reg[14:8] <= in_data[6:0];
            ends_reg       <= in_data[7];
            high_reg       <= 1'b0;
            if ({in_data[6:0], left_reg[7:0]} == 15'd0 || left_reg[W-1:0] != 0) begin
                bad_reg <= 1'b1;
                low_reg <= 1'b1;
            end
        end else begin
            beat_reg  <= {in_data, beat_reg[DATA_WIDTH-1:8]};
            left_reg  <= left_reg - 15'd1;
            whole_reg <= left_reg[W-1:0] == 1;
        end
    end
    if (whole_reg && !valid_reg && room)
        valid_reg <= 1'b1;
    if (leaves) begin
        valid_reg <= 1'b0;
        whole_reg <= 1'b0;
        low_reg   <= left_reg == 15'd0;
    end
    if (rst) begin
        low_reg   <= 1'b1;
        high_reg  <= 1'b0;
        whole_reg <= 1'b0;
        valid_reg <= 1'b0;
        bad_reg   <= 1'b0;
    end
end

endmodule

`resetall
