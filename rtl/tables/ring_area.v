// One area of a journal volume: where the pointer that moves goes, and how many bytes are in use then.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of an area's pointers one moves in a step: newest when a journal takes its place, behind the newest or anywhere
 * behind the oldest; commit; oldest when journals are freed. One adder serves all of them, and takes what a register is
 * set to (`loading`) past them. A pointer at or past the end of its area goes on at its head. Combinational, one
 * operation or none at a time.
 */
module ring_area #(
    // Bits of a position
    parameter WIDTH = 42
) (
    input  wire [WIDTH-1:0] head,
    // one past the last
    input  wire [WIDTH-1:0] area_end,
    // from head to there
    input  wire [WIDTH-1:0] area,
    input  wire [WIDTH-1:0] newest,
    input  wire [WIDTH-1:0] oldest,
    input  wire [WIDTH-1:0] committed_to,
    // from oldest to newest, from oldest to commit
    input  wire [WIDTH-1:0] used,
    input  wire [WIDTH-1:0] committed,

    // a pointer moves
    input  wire             moves,
    input  wire             create,
    input  wire             commit,
    input  wire             free,
    input  wire             place,
    input  wire             empty,
    input  wire             divide,
    input  wire             loading,
    // how far the pointer moves, or the value of a register; where one that is none of these moves from
    input  wire [WIDTH-1:0] step,
    input  wire [WIDTH-1:0] other,

    output wire [WIDTH-1:0] moved,
    output wire [WIDTH-1:0] new_used,
    output wire [WIDTH-1:0] new_committed
);

`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

wire [WIDTH-1:0] from = ({WIDTH{place || free}} & oldest) | ({WIDTH{commit}} & committed_to)
                        | ({WIDTH{create}} & newest)
                        | ({WIDTH{empty}} & head) | other;
wire [WIDTH-1:0] sum  = from + step;
wire             ends = sum >= area_end && moves;

assign moved = ends ? sum - area : sum;

// so many more, so many less (with a carry in), or what they are set to
wire             begins = place || empty || divide || loading;
wire [WIDTH-1:0] change = step ^ {WIDTH{free}};
wire [WIDTH:0]   used_sum      = {{WIDTH{!begins}} & used, 1'b1} + {change, free};
wire [WIDTH:0]   committed_sum = {{WIDTH{!begins}} & committed, 1'b1} + {change, free};

assign new_used      = used_sum[WIDTH:1];
assign new_committed = committed_sum[WIDTH:1];

endmodule

`resetall
