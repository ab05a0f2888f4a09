// Host commands from the machine, and the responses to them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A command is offered when all its bytes are there and `room` says that its taking can be told. A response is held
 * until it has been told.
 */
module link_host (
    input  wire        clk,
    input  wire        rst,

    input  wire [7:0]  in_data,
    input  wire        in_valid,
    output wire        in_ready,

    input  wire        room,
    output wire        command_valid,
    input  wire        command_ready,
    output wire [7:0]  command_opcode,
    output wire [15:0] command_tag,
    output wire [15:0] command_volume,
    output wire [63:0] command_position,
    output wire [31:0] command_size,

    input  wire        response_valid,
    output wire        response_ready,
    input  wire [15:0] response_tag,
    input  wire [7:0]  response_status,
    output wire [23:0] response,
    input  wire        told
);

localparam BYTES = 17;

reg  [8*BYTES-1:0] fields_reg;
reg  [4:0]         count_reg;
reg                valid_reg;
reg  [23:0]        response_reg;
reg                untold_reg;
wire               whole = count_reg == BYTES;

assign in_ready         = !whole;
assign command_valid    = valid_reg;
assign command_opcode   = fields_reg[7:0];
assign command_tag      = fields_reg[23:8];
assign command_volume   = fields_reg[39:24];
assign command_position = fields_reg[103:40];
assign command_size     = fields_reg[135:104];
assign response_ready   = !untold_reg && room;
assign response         = response_reg;

always @(posedge clk) begin
    if (in_valid && in_ready) begin
        fields_reg <= {in_data, fields_reg[8*BYTES-1:8]};
        count_reg  <= count_reg + 5'd1;
    end
    if (whole && !valid_reg && room)
        valid_reg <= 1'b1;
    if (valid_reg && command_ready) begin
        valid_reg <= 1'b0;
        count_reg <= 5'd0;
    end
    if (response_valid && response_ready) begin
        response_reg <= {response_status, response_tag};
        untold_reg   <= 1'b1;
    end
    if (told)
        untold_reg <= 1'b0;
    if (rst) begin
        count_reg  <= 5'd0;
        valid_reg  <= 1'b0;
        untold_reg <= 1'b0;
    end
end

endmodule

`resetall
