// Gives one step of the commit stage a cycle, in turn.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * Round robin: of those that ask, the first after the one chosen last is chosen, in the cycle before it may be served.
 * It is served when `enable` is high then; until that, it stays chosen as long as it asks. So what asks alone is served
 * in every other cycle, and one of several in each. Who is expected to ask in the next cycle may be chosen as well; if
 * it does not ask then, a cycle is lost.
 */
module commit_arbiter #(
    // Who asks
    parameter REQUESTERS = 4,
    // Bits of a request
    parameter WIDTH = 32,
    // Of each requester, the bits that it may set; the others are 0
    parameter [REQUESTERS*WIDTH-1:0] USED = {REQUESTERS*WIDTH{1'b1}}
) (
    input  wire                        clk,
    input  wire                        rst,

    input  wire                        enable,
    // who is expected to ask in the next cycle
    input  wire [REQUESTERS-1:0]       expected,
    input  wire [REQUESTERS-1:0]       request_valid,
    input  wire [REQUESTERS*WIDTH-1:0] request,
    output wire [REQUESTERS-1:0]       request_taken,

    output wire                        granted,
    output reg  [WIDTH-1:0]            granted_request
);

`ML_REQUIRE(REQUESTERS >= 1, parameter_error_REQUESTERS_must_be_at_least_1)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

// requesters after the one chosen last; it, until it is served; all others
reg [REQUESTERS-1:0] later_reg;
reg [REQUESTERS-1:0] chosen_reg;
reg [REQUESTERS-1:0] others_reg;

// the lowest of those that ask or will, or of those among them that are later, which the chosen one is not; the sums
// say what lies below it, and whether nobody asks
wire [REQUESTERS-1:0] may_ask      = request_valid | expected;
wire [REQUESTERS-1:0] asking       = may_ask & others_reg;
wire [REQUESTERS-1:0] asking_later = may_ask & later_reg;
wire [REQUESTERS-1:0] less         = asking - 1'b1;
wire [REQUESTERS:0]   less_later   = {1'b0, asking_later} - 1'b1;
wire                  none_later   = less_later[REQUESTERS];
wire [REQUESTERS-1:0] chosen       = (asking_later & ~less_later[REQUESTERS-1:0])
                                     | ({REQUESTERS{none_later}} & asking & ~less);
wire [REQUESTERS-1:0] behind       = none_later ? ~(asking ^ less) : ~(asking_later ^ less_later[REQUESTERS-1:0]);

assign request_taken = chosen_reg & request_valid & {REQUESTERS{enable}};
assign granted       = request_taken != 0;

integer i;
reg [WIDTH-1:0] chosen_request;

always @* begin
    chosen_request = 0;
    for (i = 0; i < REQUESTERS; i = i + 1)
        if (chosen_reg[i])
            chosen_request = chosen_request | (request[i*WIDTH +: WIDTH] & USED[i*WIDTH +: WIDTH]);
    granted_request = chosen_request;
end

always @(posedge clk) begin
    if (enable || (chosen_reg & request_valid) == 0) begin
        chosen_reg <= chosen;
        others_reg <= ~chosen;
        if (asking != 0)
            later_reg <= behind;
    end
    if (rst) begin
        chosen_reg <= 0;
        others_reg <= {REQUESTERS{1'b1}};
        later_reg  <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md): one requester, any of them, is watched.
 */
`ML_ANY_CONSTANT wire [$clog2(REQUESTERS+1)-1:0] watched `ML_ONE_OF(REQUESTERS);
// grants to others since it asks
reg [7:0] passed_reg;
reg       may_reg;

// places from the one that is chosen first to the watched one, in turn, and another one that is chosen already
integer n;
reg [7:0] ahead;
wire [REQUESTERS-1:0] earlier      = ~later_reg;
wire [REQUESTERS-1:0] next_earlier = earlier + 1'b1;

always @* begin
    ahead = 8'd0;
    for (n = 0; n < REQUESTERS; n = n + 1)
        if (later_reg[watched] ? (later_reg[n] && n < watched) : (later_reg[n] || n < watched))
            ahead = ahead + 8'd1;
    if (chosen_reg[watched])
        ahead = 8'd0;
    else if (chosen_reg != 0)
        ahead = ahead + 8'd1;
end

// ASSUMED 0: it begins with a reset
always @(`ML_CYCLE) begin
    `ML_BEGINS_WITH(rst);
    `ML_ASSUMED(watched < REQUESTERS);
end

always @(posedge clk) begin
    // somebody asked in the cycle before, or was expected to, who was not served in it, and the choice was free
    may_reg  <= ((request_valid | expected) & ~chosen_reg) != 0 && (enable || (chosen_reg & request_valid) == 0);
    if (!request_valid[watched] || request_taken[watched])
        passed_reg <= 8'd0;
    else if (granted)
        passed_reg <= passed_reg + 8'd1;
    if (rst) begin
        passed_reg <= 8'd0;
        may_reg    <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a grant goes to exactly one requester, which asks
    `ML_HOLDS(ARBITER_1, (chosen_reg & (chosen_reg - 1'b1)) == 0 && (request_taken & (request_taken - 1'b1)) == 0
                       && (request_taken & ~request_valid) == 0 && granted == (request_taken != 0));
    // 2: one is given when it may be and the chosen one asks; somebody is chosen in the cycle after somebody asked
    `ML_HOLDS(ARBITER_2, granted == (enable && (chosen_reg & request_valid) != 0) && (!may_reg || chosen_reg != 0));
    // 3: its request is that of whom it goes to
    `ML_HOLDS(ARBITER_3, !request_taken[watched] || granted_request == request[watched*WIDTH +: WIDTH]);
    // 4: those after the one chosen last come first
    `ML_HOLDS(ARBITER_4, (earlier & next_earlier) == 0 && (chosen_reg & later_reg) == 0
                       && others_reg == ~chosen_reg);
    // 5: a requester that goes on to ask is served within REQUESTERS grants: as many as there are before it are left
    // of those
    `ML_HOLDS(ARBITER_5, passed_reg + ahead < REQUESTERS);
end
`endif

endmodule

`resetall
