// Cache memory 130 ([0049]): the data of one writer's slots.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * Slots of MAX_TRANSFER_BYTES, filled by one writer, one beat a cycle, and read through any number of ports, each one
 * beat a cycle. A read port's register holds while its `read_enable` is low. A beat is not to be read in the cycle in
 * which it is written.
 */
module cache_memory #(
    // Bits of a beat
    parameter DATA_WIDTH = 512,
    // Beats in all slots
    parameter BEATS = 4096,
    // Readers
    parameter READ_PORTS = 3,
    parameter ADDRESS_WIDTH = $clog2(BEATS)
) (
    input  wire                                clk,

    input  wire                                write_enable,
    input  wire [ADDRESS_WIDTH-1:0]            write_address,
    input  wire [DATA_WIDTH-1:0]               write_data,

    input  wire [READ_PORTS-1:0]               read_enable,
    input  wire [READ_PORTS*ADDRESS_WIDTH-1:0] read_address,
    output reg  [READ_PORTS*DATA_WIDTH-1:0]    read_data
);

`ML_REQUIRE(DATA_WIDTH >= 1, parameter_error_DATA_WIDTH_must_be_at_least_1)
`ML_REQUIRE(BEATS >= 2, parameter_error_BEATS_must_be_at_least_2)
`ML_REQUIRE(READ_PORTS >= 1, parameter_error_READ_PORTS_must_be_at_least_1)

(* no_rw_check *)
reg [DATA_WIDTH-1:0] beats [0:BEATS-1];

always @(posedge clk)
    if (write_enable)
        beats[write_address] <= write_data;

generate
    genvar n;
    for (n = 0; n < READ_PORTS; n = n + 1) begin : port
        always @(posedge clk)
            if (read_enable[n])
                read_data[n*DATA_WIDTH +: DATA_WIDTH] <= beats[read_address[n*ADDRESS_WIDTH +: ADDRESS_WIDTH]];
    end
endgenerate

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg [READ_PORTS-1:0]            asked_reg, held;
reg [READ_PORTS*DATA_WIDTH-1:0] shown_reg;
integer p;

always @(posedge clk) begin
    asked_reg <= read_enable;
    shown_reg <= read_data;
end

always @* begin
    for (p = 0; p < READ_PORTS; p = p + 1)
        held[p] = asked_reg[p] || read_data[p*DATA_WIDTH +: DATA_WIDTH] == shown_reg[p*DATA_WIDTH +: DATA_WIDTH];
end

always @(`ML_CYCLE) if (!`ML_BEGINS) begin
    // 1: a reader's beat holds until it asks for the next one
    `ML_HOLDS(CACHE_1, &held);
end
`endif

endmodule

`resetall
