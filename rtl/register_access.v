// Register accesses of the maintenance terminal, as steps of the commit stage.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"

/*
 * Combinational. The first half serves the map stage (address to row), the second the decide stage (what the access does).
 * A write that cannot be done changes nothing and is answered with an error.
 */
module register_access #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter SYSTEM_NUMBER = 1,
    parameter POSITION_WIDTH = 48
) (
    input  wire [15:0] address,
    output wire [2:0]  in_table,
    output wire [15:0] row,
    output wire [3:0]  field,

    input  wire        writes,
    input  wire [2:0]  step_table,
    input  wire [3:0]  step_field,
    input  wire [63:0] data,
    input  wire [7:0]  strobe,
    // the register's value, in the tables or in the pointers
    input  wire [63:0] row_data,
    input  wire [63:0] pointer_data,
    input  wire [47:0] cycle,
    input  wire        idle,

    output reg  [15:0] outcome,
    output wire [1:0]  response,
    // the register takes `value`
    output wire        loads,
    output wire [63:0] value,
    // data of the bus, as the record shows it
    output wire [63:0] answer
);

reg  [63:0] system_data;
wire [63:0] current = (step_table == `ML_TABLE_SYSTEM)  ? system_data
                    : (step_table == `ML_TABLE_POINTER) ? pointer_data : row_data;
wire value_fits;

localparam [15:0] MAP_VERSION = 16'd1;
localparam [31:0] MAGIC = 32'h474C524D;

always @* begin
    case (step_field)
        4'd0:    system_data = {16'd0, MAP_VERSION, MAGIC};
        4'd1:    system_data = {SYSTEM_NUMBER[7:0], CACHE_SLOTS[7:0], DEVICES[7:0], GROUPS[7:0], PAIRS[7:0], VOLUMES[7:0],
                                DATA_WIDTH[15:0]};
        4'd2:    system_data = {16'd0, 16'd64, MAX_TRANSFER_BYTES[31:0]};
        4'd3:    system_data = {63'd0, idle};
        default: system_data = {16'd0, cycle};
    endcase
end

generate
    genvar n;
    for (n = 0; n < 8; n = n + 1) begin : merge
        assign value[n*8 +: 8] = strobe[n] ? data[n*8 +: 8] : current[n*8 +: 8];
    end
endgenerate

register_map #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES), .POSITION_WIDTH(POSITION_WIDTH)
) register_map_inst (
    .address(address), .in_table(in_table), .row(row), .field(field),
    .value_table(step_table), .value_field(step_field), .value(value), .value_fits(value_fits)
);

always @* begin
    if (step_table == `ML_TABLE_NONE)
        outcome = `ML_REGISTER_HOLE;
    else if (!writes)
        outcome = `ML_REGISTER_READ;
    else if (step_table == `ML_TABLE_SYSTEM)
        outcome = `ML_REGISTER_READ_ONLY;
    else if (!idle)
        outcome = `ML_REGISTER_BUSY;
    else if (!value_fits)
        outcome = `ML_REGISTER_BAD_VALUE;
    else
        outcome = `ML_REGISTER_WRITTEN;
end

wire refused = outcome == `ML_REGISTER_HOLE || outcome == `ML_REGISTER_BUSY || outcome == `ML_REGISTER_BAD_VALUE;

assign response = refused ? `ML_RESPONSE_SLVERR : `ML_RESPONSE_OKAY;
assign loads    = outcome == `ML_REGISTER_WRITTEN;
assign answer   = refused ? 64'd0 : writes ? data : current;

endmodule

`resetall
