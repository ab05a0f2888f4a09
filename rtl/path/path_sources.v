// Sources of packets: this system's incarnation, the last one of every other system, and whose operations are taken.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * The incarnation tells the packets of a system from those it sent before its last reset. At reset it is time_ns in
 * units of 2^30 ns, a little more than a second: seconds would need a divider, and only order counts. It is compared as
 * a serial number (RFC 1982). A packet of an incarnation before the last one seen of its system is over. Systems from
 * 63 on share a row, which is the last's that sent. `over` and `allowed` are about the source of the cycle before.
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
    output reg  [63:0] allowed_systems,

    // a packet without a fault has come for this system, from another one, whose source and incarnation have held
    // since the cycle before at least
    input  wire        received,
    input  wire [15:0] source,
    input  wire [31:0] source_incarnation,
    output reg         over,
    output wire        allowed
);

localparam [5:0] SHARED = 6'd63;

reg [31:0] last_reg  [0:63];
reg [63:0] known_reg;
// whose the shared row is
reg [15:0] shared_reg;
// of the source of the cycle before
reg [5:0]  row_reg;

wire [5:0]  row    = (source < {10'd0, SHARED}) ? source[5:0] : SHARED;
wire        known  = known_reg[row] && (row != SHARED || shared_reg == source);
wire [31:0] since  = source_incarnation - last_reg[row];

assign allowed = allowed_systems[row_reg];

always @(posedge clk) begin
    row_reg <= row;
    over    <= known && since[31];
    if (received && !over) begin
        last_reg[row_reg]  <= source_incarnation;
        known_reg[row_reg] <= 1'b1;
        if (row_reg == SHARED)
            shared_reg <= source;
    end
    if (incarnation_load)
        incarnation <= load_value[31:0];
    if (allowed_load)
        allowed_systems <= load_value;
    if (rst) begin
        known_reg       <= 64'd0;
        incarnation     <= time_ns[61:30];
        allowed_systems <= {64{1'b1}};
    end
end

endmodule

`resetall
