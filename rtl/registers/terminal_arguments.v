// The registers of an operation's arguments, as the maintenance terminal reads what it wrote.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * `operations` has them, too, where they go from there to their step or to the path (operation_words).
 */
module terminal_arguments (
    input  wire        clk,
    input  wire        rst,

    input  wire        load,
    input  wire        read,
    input  wire [2:0]  index,
    input  wire [63:0] load_data,
    // what it was in the cycle before, if it was to be read then, otherwise 0
    output reg  [63:0] value
);

(* ram_style = "distributed" *)
reg [63:0] words [0:7];
// which of them were written since the reset; before that they are 0
reg [7:0]  written_reg;

always @(posedge clk) begin
    if (load) begin
        words[index]       <= load_data;
        written_reg[index] <= 1'b1;
    end
    if (rst)
        written_reg <= 8'd0;
end

// most of the time nothing is read
reg  read_reg;

always @(posedge clk) if (rst || read || read_reg) begin
    read_reg <= read && !rst;
    if (rst || !read || !written_reg[index])
        value <= 64'd0;
    else
        value <= words[index];
end

endmodule

`resetall
