// Checks update information that a storage device returned: is it whole, and that of the journal expected?
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Bits may change on a device without an error, and a write may be lost. `damaged` belongs to the update information of the cycle before.
 */
module entry_check #(
    // Bytes of write data of a journal, at most
    parameter MAX_TRANSFER_BYTES = 16384
) (
    input  wire                                clk,

    // all of it is here
    input  wire                                check,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] information,
    // the journal expected
    input  wire [63:0]                         number,
    input  wire [15:0]                         group,

    output wire                                damaged
);

`ML_REQUIRE_MAX_TRANSFER_BYTES

reg [`UPDATE_INFORMATION_BITS-1:0] information_reg;
reg [63:0] number_reg;
reg [15:0] group_reg;
wire [31:0] crc;

wire [7:0]  kind = information_reg[`UI_KIND];
wire [31:0] size = information_reg[`UI_SIZE];
wire [7:0]  flags = information_reg[`UI_FLAGS];

crc32 #(.DATA_WIDTH(`UI_COVERED_BITS)) covered (
    .data(information_reg[`UI_COVERED_BITS-1:0]), .state(32'hFFFFFFFF), .state_next(crc)
);

wire whole    = information_reg[`UI_INFO_CRC] == ~crc;
wire expected = information_reg[`UI_UPDATE_NUMBER] == number_reg && information_reg[`UI_GROUP] == group_reg;
wire known    = kind <= `UI_KIND_END_OF_INITIAL_COPY && flags <= 8'd1 && information_reg[`UI_RESERVED] == 32'd0;
wire fits     = size <= MAX_TRANSFER_BYTES && size[8:0] == 9'd0 && (size == 32'd0) == (kind == `UI_KIND_END_OF_INITIAL_COPY);

assign damaged = !(whole && expected && known && fits);

always @(posedge clk)
    if (check) begin
        information_reg <= information;
        number_reg      <= number;
        group_reg       <= group;
    end

endmodule

`resetall
