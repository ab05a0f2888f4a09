// What the device writes of replication are about, for the steps of their ends.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One row a slot, {client, index}, written when the job goes out and looked up when the device has answered. Counts the
 * device writes in flight of each group, those of host writes' journals too.
 */
module job_table #(
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48,
    // Bits of a slot
    parameter SLOT_WIDTH = 6
) (
    input  wire                      clk,
    input  wire                      rst,

    // a job goes out
    input  wire                      enter,
    input  wire [SLOT_WIDTH-1:0]     slot,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] position,
    input  wire [31:0]               size,
    // it is a discard's
    input  wire                      discard,
    // its update number
    input  wire [63:0]               number,

    input  wire [SLOT_WIDTH-1:0]     lookup_slot,
    output wire [15:0]               lookup_volume,
    output wire [POSITION_WIDTH-1:0] lookup_position,
    output wire [31:0]               lookup_size,
    output wire                      lookup_discard,
    output wire [63:0]               lookup_number,

    // of this step's group, a write goes out, or is done
    input  wire [15:0]               group,
    input  wire                      begins,
    input  wire                      ends,
    output wire                      writing
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 3, 7), parameter_error_SLOT_WIDTH_must_be_3_to_7)

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam COUNT_WIDTH = SLOT_WIDTH + 1;

// of whole blocks, 64 KiB at most
reg [5:0]   volume_reg   [0:(1 << SLOT_WIDTH)-1];
reg [W-1:9] position_reg [0:(1 << SLOT_WIDTH)-1];
reg [16:9]  size_reg     [0:(1 << SLOT_WIDTH)-1];
reg         discard_reg  [0:(1 << SLOT_WIDTH)-1];
reg [63:0]  number_reg   [0:(1 << SLOT_WIDTH)-1];
reg [COUNT_WIDTH-1:0] count_reg [0:GROUPS-1];

wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
wire [COUNT_WIDTH-1:0] count = count_reg[group_index];

assign lookup_volume   = {10'd0, volume_reg[lookup_slot]};
assign lookup_position = {position_reg[lookup_slot], 9'd0};
assign lookup_size     = {15'd0, size_reg[lookup_slot], 9'd0};
assign lookup_discard  = discard_reg[lookup_slot];
assign lookup_number   = number_reg[lookup_slot];
assign writing       = count != 0;

integer i;

always @(posedge clk) begin
    if (enter) begin
        volume_reg[slot]   <= volume[5:0];
        position_reg[slot] <= position[W-1:9];
        size_reg[slot]     <= size[16:9];
        discard_reg[slot]  <= discard;
        number_reg[slot]   <= number;
    end
    if (begins && !ends)
        count_reg[group_index] <= count + 1'b1;
    if (ends && !begins)
        count_reg[group_index] <= count - 1'b1;
    if (rst)
        for (i = 0; i < GROUPS; i = i + 1)
            count_reg[i] <= 0;
end

endmodule

`resetall
