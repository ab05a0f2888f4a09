// Commit records as what differs from the record before (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A record is read where it stands, with `ready` low, and taken when all of its bytes have left. Its 16 groups of 8
 * bytes are looked at twice: which of them differ, and what in them.
 */
module record_delta (
    input  wire          clk,
    input  wire          rst,

    input  wire [1023:0] s_axis_tdata,
    output wire          s_axis_tready,

    // the record that is offered is to be told, until all of it has left
    input  wire          start,
    output wire          done,

    output wire [7:0]    out_data,
    output wire          out_valid,
    input  wire          out_ready
);

localparam [3:0]
    IDLE  = 4'd0,
    LOOK  = 4'd1,
    LOW   = 4'd2,
    HIGH  = 4'd3,
    GROUP = 4'd4,
    MASK  = 4'd5,
    BYTES = 4'd6,
    DONE  = 4'd7,
    // all bytes before the first record are 0
    CLEAR = 4'd8;

// the record before, a group a row
reg  [63:0] earlier [0:15];

reg  [3:0]  state_reg, state_next;
// the group that is read next, also as one bit of 16: that takes fewer look-up tables than a choice by number
reg  [3:0]  next_reg;
reg  [15:0] one_reg;
// the group that was read, and what it was; it has just been. Of the record, flip-flops that are 0 but for this group:
// so a choice among 16 takes half the look-up tables
reg  [3:0]  group_reg;
reg  [1023:0] shown_reg;
reg  [63:0] before_reg;
reg         read_reg;
reg         reads;
// groups that differ, and bytes of a group that are still to be told
reg  [15:0] groups_reg, groups_next;
reg  [7:0]  left_reg, left_next;
reg  [7:0]  differs, chosen;
reg  [63:0] now;
integer     i, k, n;

wire        is_last = group_reg == 4'd15;
wire [7:0]  lowest  = left_reg & ~(left_reg - 8'd1);
wire [7:0]  later   = left_reg & ~lowest;
wire        clears  = state_reg == CLEAR;
wire        keeps   = clears || (state_reg == GROUP && read_reg);

assign s_axis_tready = state_reg == DONE;
assign done          = state_reg == DONE;
assign out_valid     = state_reg == LOW || state_reg == HIGH || state_reg == MASK || state_reg == BYTES;
assign out_data      = (state_reg == LOW) ? groups_reg[7:0] : (state_reg == HIGH) ? groups_reg[15:8]
                       : (state_reg == MASK) ? left_reg : chosen;

always @* begin
    now = 64'd0;
    for (k = 0; k < 16; k = k + 1)
        now = now | shown_reg[64*k +: 64];
end

always @* begin
    chosen = 8'd0;
    for (i = 0; i < 8; i = i + 1) begin
        differs[i] = now[8*i +: 8] != before_reg[8*i +: 8];
        chosen     = chosen | (now[8*i +: 8] & {8{lowest[i]}});
    end
end

always @* begin
    state_next  = state_reg;
    reads       = 1'b0;
    groups_next = groups_reg;
    left_next   = left_reg;
    case (state_reg)
        IDLE:
            if (start)
                state_next = LOOK;
        LOOK: begin
            // a group is read in one cycle and compared in the next
            reads = !read_reg || !is_last;
            if (read_reg)
                groups_next = {differs != 8'd0, groups_reg[15:1]};
            if (read_reg && is_last)
                state_next = LOW;
        end
        LOW:
            if (out_ready)
                state_next = HIGH;
        HIGH:
            if (out_ready)
                state_next = GROUP;
        GROUP: begin
            reads     = !read_reg;
            left_next = differs;
            if (read_reg && differs != 8'd0)
                state_next = MASK;
            else if (read_reg && is_last)
                state_next = DONE;
        end
        MASK:
            if (out_ready)
                state_next = BYTES;
        BYTES:
            if (out_ready) begin
                left_next = later;
                if (later == 8'd0)
                    state_next = is_last ? DONE : GROUP;
            end
        CLEAR: begin
            reads = 1'b1;
            if (is_last)
                state_next = IDLE;
        end
        default:
            state_next = IDLE;
    endcase
end

always @(posedge clk) begin
    if (keeps)
        earlier[group_reg] <= now;
    if (reads)
        before_reg <= earlier[next_reg];
    if (rst || reads) for (n = 0; n < 16; n = n + 1)
        if (rst || clears || !one_reg[n])
            shown_reg[64*n +: 64] <= 64'd0;
        else
            shown_reg[64*n +: 64] <= s_axis_tdata[64*n +: 64];
end

always @(posedge clk) begin
    state_reg  <= state_next;
    read_reg   <= reads && !clears;
    groups_reg <= groups_next;
    left_reg   <= left_next;
    if (reads) begin
        group_reg <= next_reg;
        next_reg  <= next_reg + 4'd1;
        one_reg   <= {one_reg[14:0], one_reg[15]};
    end
    if (state_reg == IDLE) begin
        next_reg <= 4'd0;
        one_reg  <= 16'd1;
    end
    if (rst) begin
        state_reg <= CLEAR;
        group_reg <= 4'd0;
        next_reg  <= 4'd1;
        read_reg  <= 1'b0;
    end
end

endmodule

`resetall
