// Register accesses of the maintenance terminal, as steps of the commit stage.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * The first half serves the map stage (address to row), the second the decide stage (what the access does): the
 * register is chosen, then what it becomes is looked at, a cycle each, then what comes of it. A write that cannot be
 * done changes nothing and is answered with an error.
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
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter COMMANDS = 4,
    parameter POSITION_WIDTH = 48
) (
    input  wire        clk,
    input  wire        rst,

    input  wire [15:0] address,
    output wire [2:0]  in_table,
    output wire [15:0] row,
    output wire [3:0]  field,

    input  wire        writes,
    input  wire [2:0]  step_table,
    input  wire        step_upper,
    input  wire [3:0]  step_field,
    input  wire [63:0] data,
    input  wire [7:0]  strobe,
    // of the volume whose register it is, in blocks
    input  wire [POSITION_WIDTH-10:0] volume_capacity,
    input  wire [POSITION_WIDTH-10:0] volume_offset,
    // what the register was in the cycle before, if it is in a table; or of an operation's arguments
    input  wire [63:0] table_data,
    input  wire [63:0] argument_data,
    input  wire [63:0] operation_data,
    input  wire [63:0] operation_answer,
    input  wire [31:0] packet_faults,
    input  wire [31:0] strange_packets,
    input  wire [31:0] incarnation,
    input  wire [63:0] allowed_systems,
    input  wire [47:0] cycle,
    input  wire        idle,
    // an operation is in flight
    input  wire        operating,

    output reg  [15:0] outcome,
    output wire [1:0]  response,
    // it is one of an operation's arguments
    output wire        is_argument,
    // the register takes `kept`
    output wire        loads,
    // it is a setting
    output wire        is_setting,
    // what the register is, or becomes; 0 if it is refused
    output wire [63:0] kept
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_TRANSFER_FITS_BATCH

wire [63:0] system_data, operation_values;
reg  [63:0] current;
// the operations' registers, which take values at any time but while one is in flight
assign is_argument = step_table == `ML_TABLE_SYSTEM && !step_upper && step_field[3];
wire is_operation = step_table == `ML_TABLE_SYSTEM && step_upper && step_field == 4'd0;
// incarnation, allowed systems
wire is_own       = step_table == `ML_TABLE_SYSTEM && !step_upper && (step_field == 4'd6 || step_field == 4'd7);
// they only inform
wire informs      = (step_table == `ML_TABLE_SYSTEM && !is_argument && !is_operation && !is_own)
                    || (step_table == `ML_TABLE_PROGRESS && step_field >= 4'd8 && step_field <= 4'd10);
// settings take values at any time: policy and watch time; batch limits, commands, no_room, interval, timeout,
// next_command, backlog, silence
assign is_setting = (step_table == `ML_TABLE_GROUP && (step_field == 4'd5 || step_field == 4'd6))
                    || (step_table == `ML_TABLE_SETTINGS
                        && ((step_field >= 4'd5 && step_field <= 4'd12) || step_field == 4'd15));
wire [63:0] value;
wire value_fits;
reg  value_fits_reg, beyond_reg;

localparam [15:0] MAP_VERSION = 16'd2;
localparam [31:0] MAGIC = 32'h474C524D;

register_fields #(.FIELDS(8), .WIDTH(64)) of_system (
    .clk(clk), .rst(rst), .read(step_table == `ML_TABLE_SYSTEM && !step_upper), .field(step_field),
    .values({
        allowed_systems, 32'd0, incarnation, 32'd0, packet_faults, 16'd0, cycle, 63'd0, idle,
        16'd0, 16'd64, MAX_TRANSFER_BYTES[31:0],
        SYSTEM_NUMBER[7:0], CACHE_SLOTS[7:0], DEVICES[7:0], GROUPS[7:0], PAIRS[7:0], VOLUMES[7:0], DATA_WIDTH[15:0],
        16'd0, MAP_VERSION, MAGIC}),
    .value(system_data)
);

register_fields #(.FIELDS(3), .WIDTH(64)) of_operations (
    .clk(clk), .rst(rst), .read(step_table == `ML_TABLE_SYSTEM && step_upper), .field(step_field),
    .values({32'd0, strange_packets, operation_answer, operation_data}), .value(operation_values)
);

generate
    genvar n;
    for (n = 0; n < 8; n = n + 1) begin : merge
        assign value[n*8 +: 8] = strobe[n] ? data[n*8 +: 8] : current[n*8 +: 8];
    end
endgenerate

register_map #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .COMMANDS(COMMANDS), .POSITION_WIDTH(POSITION_WIDTH)
) register_map_inst (
    .clk(clk), .address(address), .in_table(in_table), .row(row), .field(field),
    .value_table(step_table), .value_upper(step_upper), .value_field(step_field), .value(value), .value_fits(value_fits)
);

// the volume would lie beyond the last address; what is no whole block is refused as well
wire is_capacity = step_table == `ML_TABLE_VOLUME && step_field == 4'd2;
wire is_offset   = step_table == `ML_TABLE_VOLUME && step_field == 4'd5;
localparam BLOCKS = POSITION_WIDTH - 9;
wire [BLOCKS:0] volume_end = {1'b0, value[POSITION_WIDTH-1:9]} + {1'b0, is_offset ? volume_capacity : volume_offset};
wire beyond = (is_capacity || is_offset) && volume_end[BLOCKS] && volume_end[BLOCKS-1:0] != 0;

always @(posedge clk) begin
    current        <= table_data | argument_data | system_data | operation_values;
    value_fits_reg <= value_fits;
    beyond_reg     <= beyond;
end

always @* begin
    if (step_table == `ML_TABLE_NONE)
        outcome = `ML_REGISTER_HOLE;
    else if (!writes)
        outcome = `ML_REGISTER_READ;
    else if (informs)
        outcome = `ML_REGISTER_READ_ONLY;
    else if ((is_argument || is_operation) ? operating : !idle && !is_setting)
        outcome = `ML_REGISTER_BUSY;
    else if (!value_fits_reg || beyond_reg)
        outcome = `ML_REGISTER_BAD_VALUE;
    else
        outcome = `ML_REGISTER_WRITTEN;
end

wire refused = outcome == `ML_REGISTER_HOLE || outcome == `ML_REGISTER_BUSY || outcome == `ML_REGISTER_BAD_VALUE;

assign response = refused ? `ML_RESPONSE_SLVERR : `ML_RESPONSE_OKAY;
assign loads    = outcome == `ML_REGISTER_WRITTEN;
assign kept     = refused ? 64'd0 : value;

endmodule

`resetall
