// A memory of write data that several storage devices are written from, one at a time.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One beat is written and one is read in each cycle: of the readers that ask, one has its turn. What is in the memory
 * came in at one beat a cycle at most, so it leaves as fast as it came; one copy does for all readers. A reader's beat
 * comes with the next edge, and holds until its next turn.
 */
module turn_memory #(
    // Bits of a beat
    parameter DATA_WIDTH = 512,
    // Beats
    parameter BEATS = 4096,
    // Who reads
    parameter READERS = 2,
    parameter ADDRESS_WIDTH = $clog2(BEATS)
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire                             write_enable,
    input  wire [ADDRESS_WIDTH-1:0]         write_address,
    input  wire [DATA_WIDTH-1:0]            write_data,

    // a reader asks for a beat; it has its turn in this cycle
    input  wire [READERS-1:0]               read_valid,
    output wire [READERS-1:0]               read_taken,
    input  wire [READERS*ADDRESS_WIDTH-1:0] read_address,
    output wire [READERS*DATA_WIDTH-1:0]    read_data
);

`ML_REQUIRE(DATA_WIDTH >= 1, parameter_error_DATA_WIDTH_must_be_at_least_1)
`ML_REQUIRE(BEATS >= 2, parameter_error_BEATS_must_be_at_least_2)
`ML_REQUIRE(`ML_IN_RANGE(READERS, 1, 8), parameter_error_READERS_must_be_1_to_8)

reg [DATA_WIDTH-1:0] beats [0:BEATS-1];
reg [DATA_WIDTH-1:0] beat_reg;
// readers behind the one that had its turn last
reg [READERS-1:0]    later_reg;
// whose beat is in `beat_reg` since the last edge
reg [READERS-1:0]    fresh_reg;

wire [READERS-1:0] later = read_valid & later_reg;
wire [READERS-1:0] among = (later != 0) ? later : read_valid;
reg  [ADDRESS_WIDTH-1:0] address;

assign read_taken = among & ~(among - 1'b1);

integer i;

always @* begin
    address = 0;
    for (i = 0; i < READERS; i = i + 1)
        if (read_taken[i])
            address = address | read_address[i*ADDRESS_WIDTH +: ADDRESS_WIDTH];
end

always @(posedge clk) begin
    if (write_enable)
        beats[write_address] <= write_data;
    if (read_valid != 0)
        beat_reg <= beats[address];
end

always @(posedge clk) begin
    fresh_reg <= read_taken;
    if (read_valid != 0)
        later_reg <= ~((read_taken - 1'b1) | read_taken);
    if (rst) begin
        fresh_reg <= 0;
        later_reg <= 0;
    end
end

generate
    genvar n;
    for (n = 0; n < READERS; n = n + 1) begin : reader
        reg [DATA_WIDTH-1:0] held_reg;

        assign read_data[n*DATA_WIDTH +: DATA_WIDTH] = fresh_reg[n] ? beat_reg : held_reg;

        always @(posedge clk)
            if (fresh_reg[n])
                held_reg <= beat_reg;
    end
endgenerate

endmodule

`resetall
