// Update information of a journal: of a host write (1350), of initial copy (1380), or received and stored (1850).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * In the cycle in which the tables change; it appears one cycle later. Its CRC is made as it goes to its device
 * (information_cache).
 */
module created_information #(
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // a journal of a host write, of initial copy (its data stays in place, its time is 0), or received
    input  wire                      creates,
    input  wire                      copy_creates,
    input  wire                      stores,

    // the command, or the unit that is copied
    input  wire [15:0]               volume,
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    input  wire [63:0]               reception_time,
    input  wire [31:0]               data_crc,
    // it is a discard: its journal has no write data
    input  wire                      discard,
    input  wire [7:0]                copy_kind,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    input  wire [31:0]               store_data_crc,
    input  wire [POSITION_WIDTH-1:0] store_data_place,

    // its group
    input  wire [15:0]               group,
    input  wire [15:0]               journal_volume,
    input  wire [63:0]               update_number,
    input  wire [63:0]               data_offset,
    input  wire [POSITION_WIDTH-1:0] write_data_newest,

    // of the step before, without its CRC
    output wire [`UI_COVERED_BITS-1:0] information
);

`ML_REQUIRE_POSITION_WIDTH

reg [`UI_COVERED_BITS-1:0] information_reg;

always @(posedge clk) begin
    if (creates || copy_creates) begin
        information_reg[`UI_UPDATE_NUMBER]    <= update_number;
        information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time;
        information_reg[`UI_POSITION]         <= position;
        information_reg[`UI_JOURNAL_POSITION] <= copy_creates
            ? position : {{64-POSITION_WIDTH{1'b0}}, write_data_newest};
        information_reg[`UI_DATA_OFFSET]      <= data_offset;
        information_reg[`UI_SIZE]             <= size;
        information_reg[`UI_DATA_CRC]         <= copy_creates ? 32'd0 : data_crc;
        information_reg[`UI_GROUP]            <= group;
        information_reg[`UI_VOLUME]           <= volume;
        information_reg[`UI_JOURNAL_VOLUME]   <= copy_creates ? volume : journal_volume;
        information_reg[`UI_KIND]             <= copy_creates ? copy_kind
                                                 : discard ? `UI_KIND_DISCARD : `UI_KIND_HOST_WRITE;
        information_reg[`UI_FLAGS]            <= 8'd0;
        information_reg[`UI_RESERVED]         <= 32'd0;
    end
    if (stores) begin
        information_reg                       <= store_information[`UI_COVERED_BITS-1:0];
        information_reg[`UI_JOURNAL_POSITION] <= {{64-POSITION_WIDTH{1'b0}}, store_data_place};
        information_reg[`UI_DATA_CRC]         <= store_data_crc;
        information_reg[`UI_GROUP]            <= group;
        information_reg[`UI_JOURNAL_VOLUME]   <= journal_volume;
    end
end

assign information = information_reg;

endmodule

`resetall
