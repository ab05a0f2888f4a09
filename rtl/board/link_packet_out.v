// Packets to the machine: beats become bytes, and are counted.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A beat is read where it stands, and taken with its last byte when `room` says that its taking can be told. The last
 * beat's event holds the packet's tag and its beats until it has been told.
 */
module link_packet_out #(
    // Bits of a beat
    parameter DATA_WIDTH = 64
) (
    input  wire                  clk,
    input  wire                  rst,

    input  wire                  room,
    input  wire [DATA_WIDTH-1:0] s_axis_tdata,
    input  wire [15:0]           s_axis_tid,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    input  wire                  s_axis_tlast,

    output wire [7:0]            out_data,
    output wire                  out_valid,
    input  wire                  out_ready,

    // a packet's first beat is taken, its last; the event of the last beat has been told
    output wire                  first,
    output wire                  last,
    input  wire                  told,
    output wire [15:0]           tag,
    output wire [15:0]           beats
);

`ML_REQUIRE_DATA_WIDTH

localparam BYTES = DATA_WIDTH / 8;
localparam W = $clog2(BYTES);

reg                   untold_reg;
// bytes of the beat that have left
reg  [W-1:0]          place_reg;
reg  [15:0]           tag_reg, beats_reg;
reg                   first_reg;
wire                  may   = !(&place_reg) || (!untold_reg && room);
wire                  takes = s_axis_tvalid && s_axis_tready;

// a beat is taken with its last byte
assign s_axis_tready = (&place_reg) && may && out_ready;
assign out_data      = s_axis_tdata[8*place_reg +: 8];
assign out_valid     = s_axis_tvalid && may;
assign first         = takes && first_reg;
assign last          = takes && s_axis_tlast;
assign tag           = tag_reg;
assign beats         = beats_reg;

always @(posedge clk) begin
    if (out_valid && out_ready)
        place_reg <= place_reg + 1'b1;
    if (takes) begin
        tag_reg   <= s_axis_tid;
        first_reg <= s_axis_tlast;
        beats_reg <= first_reg ? 16'd1 : beats_reg + {15'd0, beats_reg != 16'hFFFF};
        if (s_axis_tlast)
            untold_reg <= 1'b1;
    end
    if (told)
        untold_reg <= 1'b0;
    if (rst) begin
        place_reg  <= 0;
        untold_reg <= 1'b0;
        first_reg  <= 1'b1;
    end
end

endmodule

`resetall
