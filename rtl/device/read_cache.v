// Cache of what storage devices read for hosts.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One memory for all devices, for the host port takes one beat a cycle: of the devices that have a beat for it, one has
 * its turn in each cycle.
 */
module read_cache #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    // Beats in all slots
    parameter BEATS = 128,
    parameter ADDRESS_WIDTH = $clog2(BEATS)
) (
    input  wire                             clk,
    input  wire                             rst,

    // devices that have a beat, and that wait in this cycle; a beat that comes is of one that does not wait
    input  wire [DEVICES-1:0]               next,
    output wire [DEVICES-1:0]               waits,
    input  wire [DEVICES-1:0]               write_valid,
    input  wire [DEVICES*ADDRESS_WIDTH-1:0] write_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]    write_data,

    input  wire                             read_enable,
    input  wire [ADDRESS_WIDTH-1:0]         read_address,
    output wire [DATA_WIDTH-1:0]            read_data
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE(BEATS >= 2, parameter_error_BEATS_must_be_at_least_2)

reg  [ADDRESS_WIDTH-1:0] address;
reg  [DATA_WIDTH-1:0]    data;
integer i;

always @* begin
    address = 0;
    data    = 0;
    for (i = 0; i < DEVICES; i = i + 1)
        if (!waits[i]) begin
            address = address | write_address[i*ADDRESS_WIDTH +: ADDRESS_WIDTH];
            data    = data | write_data[i*DATA_WIDTH +: DATA_WIDTH];
        end
end

device_turns #(.DEVICES(DEVICES)) turns (.clk(clk), .rst(rst), .next(next), .waits(waits));

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(BEATS), .READ_PORTS(1)) memory (
    .clk(clk),
    .write_enable(write_valid != 0), .write_address(address), .write_data(data),
    .read_enable(read_enable), .read_address(read_address), .read_data(read_data)
);

endmodule

`resetall
