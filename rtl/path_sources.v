// Sources of packets: this system's incarnation, and which systems' operations it takes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * The incarnation tells the packets of this system from those it sent before its last reset. At reset it is time_ns in units of 2^30
 * ns, a little more than a second: seconds would need a divider, and only order counts.
 */
module path_sources (
    input  wire        clk,
    input  wire        rst,
    input  wire [63:0] time_ns,

    // register writes
    input  wire        incarnation_load,
    input  wire        allowed_load,
    input  wire [63:0] load_value,
    output reg  [31:0] incarnation,
    // bit n: operations that system n specifies are taken; bit 63: all systems from 63 on
    output reg  [63:0] allowed_systems
);

always @(posedge clk) begin
    if (incarnation_load)
        incarnation <= load_value[31:0];
    if (allowed_load)
        allowed_systems <= load_value;
    if (rst) begin
        incarnation     <= time_ns[61:30];
        allowed_systems <= {64{1'b1}};
    end
end

endmodule

`resetall
