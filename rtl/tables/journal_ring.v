// Pointer information 700 (FIG 7, FIG 8): the rings of a journal volume, one set a group.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A journal volume is an update information area, from `update_information_head` to `write_data_head`, and a write data
 * area, from there to `area_end`. In each area
 *
 *      oldest          commit          newest
 *        |---on device---|---in flight---|---free---|
 *
 * journals are placed at newest, become visible to readers when commit passes them, and are freed at oldest. Each area
 * counts its bytes in use, so that newest = oldest is never ambiguous. Every pointer wraps by the size of its area.
 *
 * One operation a cycle, on the group that was `next_group` in the cycle before; the look-up shows the state that the operation
 * changes. One row a group (row_table).
 */
module journal_ring #(
    // Groups, each with its own rings
    parameter GROUPS = 4,
    // Bytes of one update information
    parameter ENTRY_BYTES = 64,
    // Bits of a position in a journal volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                          clk,
    input  wire                          rst,

    /*
     * Look-up of one group, for the operation of the next cycle
     */
    input  wire [15:0]                   next_group,
    // capacity of its journal volume
    input  wire [POSITION_WIDTH-1:0]     area_end,
    // bytes of write data of the journal in question
    input  wire [31:0]                   size,
    // 1340, 1370: there is room for one more update information
    output wire                          information_room,
    // 1345: there is room for its write data
    output wire                          data_room,
    // its write data fits into the empty area
    output wire                          ever_fits,
    output wire [POSITION_WIDTH-1:0]     update_information_newest,
    output wire [POSITION_WIDTH-1:0]     write_data_head,
    output wire [POSITION_WIDTH-1:0]     write_data_newest,

    // areas, and bytes of them in use, committed, sent
    output wire [POSITION_WIDTH-1:0]     update_information_head,
    output wire [POSITION_WIDTH-1:0]     update_information_area,
    output wire [POSITION_WIDTH-1:0]     update_information_oldest,
    output wire [POSITION_WIDTH-1:0]     update_information_used,
    output wire [POSITION_WIDTH-1:0]     update_information_committed,
    output wire [POSITION_WIDTH-1:0]     update_information_sent,
    output wire [POSITION_WIDTH-1:0]     write_data_area,
    output wire [POSITION_WIDTH-1:0]     write_data_oldest,
    output wire [POSITION_WIDTH-1:0]     write_data_used,
    output wire [POSITION_WIDTH-1:0]     write_data_committed,
    // the most bytes that were ever in use
    output wire [POSITION_WIDTH-1:0]     update_information_high_water,
    output wire [POSITION_WIDTH-1:0]     write_data_high_water,

    /*
     * Operation on that group: at most one of these a cycle
     */
    // 1350, 1380: a journal is placed that occupies `bytes` of the write data area
    input  wire                          create,
    // the next journal, with `bytes`, is on the device
    input  wire                          commit,
    input  wire [31:0]                   bytes,
    // 1590, 2060: the oldest `free_entries` bytes of update information and `free_data` of write data are freed
    input  wire                          free,
    input  wire [POSITION_WIDTH-1:0]     free_entries,
    input  wire [POSITION_WIDTH-1:0]     free_data,
    // [0124]: `send_entries` bytes of update information were read for sending
    input  wire                          send,
    input  wire [POSITION_WIDTH-1:0]     send_entries,
    // 1840: a journal took its place anywhere; newest lies so many bytes behind oldest now
    input  wire                          place,
    input  wire [POSITION_WIDTH-1:0]     place_information_used,
    input  wire [POSITION_WIDTH-1:0]     place_data_used,
    // 930: every journal is dropped
    input  wire                          empty,
    // 920: the areas are `information_bytes` from the volume's head, and the rest; both empty
    input  wire                          divide,
    input  wire [POSITION_WIDTH-1:0]     information_bytes,
    // register write; `load_sent` is that of the bytes sent
    input  wire                          load,
    input  wire                          load_sent,
    input  wire [3:0]                    field,
    input  wire [63:0]                   load_data,
    output reg  [63:0]                   read_data,

    // one cycle later: the eight pointers that the operation's commit record shows, or 0 if it shows no group
    input  wire                          shows,
    output wire [8*POSITION_WIDTH-1:0]   pointers_after
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(ENTRY_BYTES >= 1, parameter_error_ENTRY_BYTES_must_be_at_least_1)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
// `field`: the register's place in the pointers' part of a group's registers
localparam [3:0]
    INFORMATION_HEAD = 4'h0, DATA_HEAD = 4'h1, INFORMATION_NEWEST = 4'h2, INFORMATION_OLDEST = 4'h3,
    DATA_NEWEST = 4'h4, DATA_OLDEST = 4'h5, READ_INITIATION = 4'h6, RETRY_INITIATION = 4'h7,
    INFORMATION_COMMIT = 4'h8, DATA_COMMIT = 4'h9, INFORMATION_USED = 4'hA, DATA_USED = 4'hB,
    INFORMATION_COMMITTED = 4'hC, DATA_COMMITTED = 4'hD;

wire [W-1:0] information_head, information_oldest, information_commit, read_initiation, retry_initiation;
wire [W-1:0] data_oldest, data_commit;
// bytes from oldest to newest, from oldest to commit, from oldest to read initiation
wire [W-1:0] information_used, data_used, information_committed, data_committed, information_sent;
reg  [W-1:0] new_information_head, new_data_head, new_information_newest, new_information_oldest, new_information_commit;
reg  [W-1:0] new_read_initiation, new_retry_initiation, new_data_newest, new_data_oldest, new_data_commit;
reg  [W-1:0] new_information_used, new_data_used, new_information_committed, new_data_committed, new_information_sent;
reg  [W-1:0] new_information_high, new_data_high;

row_table #(.ROWS(GROUPS), .WIDTH(17*W)) rings (
    .clk(clk), .rst(rst), .next_row(next_group),
    .row({information_head, write_data_head, update_information_newest, information_oldest, information_commit,
          read_initiation, retry_initiation, write_data_newest, data_oldest, data_commit,
          information_used, data_used, information_committed, data_committed, information_sent,
          update_information_high_water, write_data_high_water}),
    .new_row({new_information_head, new_data_head, new_information_newest, new_information_oldest, new_information_commit,
              new_read_initiation, new_retry_initiation, new_data_newest, new_data_oldest, new_data_commit,
              new_information_used, new_data_used, new_information_committed, new_data_committed, new_information_sent,
              new_information_high, new_data_high})
);

wire [W-1:0] entry = ENTRY_BYTES;
wire [W-1:0] asked = {{W-32{1'b0}}, size};
wire [W-1:0] taken = {{W-32{1'b0}}, bytes};

wire [W-1:0] information_area = write_data_head - information_head;
wire [W-1:0] data_area        = area_end - write_data_head;

assign update_information_head       = information_head;
assign update_information_area       = information_area;
assign update_information_oldest     = information_oldest;
assign update_information_used       = information_used;
assign update_information_committed  = information_committed;
assign update_information_sent       = information_sent;
assign write_data_area               = data_area;
assign write_data_oldest             = data_oldest;
assign write_data_used               = data_used;
assign write_data_committed          = data_committed;

assign information_room = entry <= information_area - information_used;
assign data_room        = asked < data_area - data_used;
assign ever_fits        = asked < data_area;

wire [W-1:0] sent_after_free = !free ? information_sent : (information_sent < free_entries) ? {W{1'b0}} : information_sent - free_entries;

// A pointer at or past the end of its area goes on at its head.
function [W-1:0] wrapped(input [W-1:0] position, input [W-1:0] area, input [W-1:0] last);
    wrapped = (position >= last) ? position - area : position;
endfunction

// Of the pointers of an area one moves: newest when a journal takes its place, behind the newest or anywhere behind the oldest; commit;
// oldest when journals are freed
wire [W-1:0] information_from = (place || free) ? information_oldest : commit ? information_commit : update_information_newest;
wire [W-1:0] information_step = place ? place_information_used : free ? free_entries : entry;
wire [W-1:0] information_to   = wrapped(information_from + information_step, information_area, write_data_head);
wire [W-1:0] data_from        = (place || free) ? data_oldest : commit ? data_commit : write_data_newest;
wire [W-1:0] data_step        = place ? place_data_used : free ? free_data : taken;
wire [W-1:0] data_to          = wrapped(data_from + data_step, data_area, area_end);
wire [W-1:0] read_to          = wrapped(read_initiation + send_entries, information_area, write_data_head);
// bytes after it: so many more, or so many less
wire [W-1:0] information_change      = information_step ^ {W{free}};
wire [W-1:0] data_change             = data_step ^ {W{free}};
wire [W-1:0] information_used_to      = place ? place_information_used : information_used + information_change + {{W-1{1'b0}}, free};
wire [W-1:0] data_used_to             = place ? place_data_used : data_used + data_change + {{W-1{1'b0}}, free};
wire [W-1:0] information_committed_to = information_committed + information_change + {{W-1{1'b0}}, free};
wire [W-1:0] data_committed_to        = data_committed + data_change + {{W-1{1'b0}}, free};

/*
 * What registers are set to: the pointers of both areas at their heads and nothing in use (930, 920), or the value of a register write
 */
wire empties = empty || divide;
wire [W-1:0] information_value = load ? load_data[W-1:0] : divide ? {W{1'b0}} : information_head;
wire [W-1:0] data_value        = load ? load_data[W-1:0] : divide ? information_bytes : write_data_head;
wire [W-1:0] bytes_value       = (load || load_sent) ? load_data[W-1:0] : {W{1'b0}};
wire [15:0]  loads = load ? 16'd1 << field : 16'd0;

always @* begin
    new_information_head      = information_head;
    new_data_head             = write_data_head;
    new_information_newest    = update_information_newest;
    new_information_oldest    = information_oldest;
    new_information_commit    = information_commit;
    new_read_initiation       = read_initiation;
    new_retry_initiation      = retry_initiation;
    new_data_newest           = write_data_newest;
    new_data_oldest           = data_oldest;
    new_data_commit           = data_commit;
    new_information_used      = information_used;
    new_data_used             = data_used;
    new_information_committed = information_committed;
    new_data_committed        = data_committed;
    new_information_sent      = information_sent;
    new_information_high      = update_information_high_water;
    new_data_high             = write_data_high_water;
    if (create || place) begin
        new_information_newest = information_to;
        new_data_newest        = data_to;
        if (information_used_to > update_information_high_water)
            new_information_high = information_used_to;
        if (data_used_to > write_data_high_water)
            new_data_high = data_used_to;
    end
    if (create || place || free) begin
        new_information_used = information_used_to;
        new_data_used        = data_used_to;
    end
    if (commit) begin
        new_information_commit = information_to;
        new_data_commit        = data_to;
    end
    if (commit || free) begin
        new_information_committed = information_committed_to;
        new_data_committed        = data_committed_to;
    end
    if (free) begin
        new_information_oldest = information_to;
        new_data_oldest        = data_to;
    end
    if (send) begin
        new_retry_initiation = read_initiation;
        new_read_initiation  = read_to;
    end
    // what is freed leaves first
    if (free || send)
        new_information_sent = sent_after_free + (send ? send_entries : {W{1'b0}});
    if (empties || loads[INFORMATION_HEAD])
        new_information_head = information_value;
    if (empties || loads[INFORMATION_NEWEST])
        new_information_newest = information_value;
    if (empties || loads[INFORMATION_OLDEST])
        new_information_oldest = information_value;
    if (empties || loads[INFORMATION_COMMIT])
        new_information_commit = information_value;
    if (empties || loads[READ_INITIATION])
        new_read_initiation = information_value;
    if (empties || loads[RETRY_INITIATION])
        new_retry_initiation = information_value;
    if (empties || loads[DATA_HEAD])
        new_data_head = data_value;
    if (empties || loads[DATA_NEWEST])
        new_data_newest = data_value;
    if (empties || loads[DATA_OLDEST])
        new_data_oldest = data_value;
    if (empties || loads[DATA_COMMIT])
        new_data_commit = data_value;
    if (empties || loads[INFORMATION_USED])
        new_information_used = bytes_value;
    if (empties || loads[DATA_USED])
        new_data_used = bytes_value;
    if (empties || loads[INFORMATION_COMMITTED])
        new_information_committed = bytes_value;
    if (empties || loads[DATA_COMMITTED])
        new_data_committed = bytes_value;
    if (empties || load_sent)
        new_information_sent = bytes_value;
end

reg [8*W-1:0] after_reg;
assign pointers_after = after_reg;
always @(posedge clk)
    after_reg <= !shows ? {8*W{1'b0}}
                        : {new_retry_initiation, new_read_initiation, new_data_commit, new_data_oldest, new_data_newest,
                           new_information_commit, new_information_oldest, new_information_newest};

always @* begin
    case (field)
        INFORMATION_HEAD:      read_data = {{64-W{1'b0}}, information_head};
        DATA_HEAD:             read_data = {{64-W{1'b0}}, write_data_head};
        INFORMATION_NEWEST:    read_data = {{64-W{1'b0}}, update_information_newest};
        INFORMATION_OLDEST:    read_data = {{64-W{1'b0}}, information_oldest};
        DATA_NEWEST:           read_data = {{64-W{1'b0}}, write_data_newest};
        DATA_OLDEST:           read_data = {{64-W{1'b0}}, data_oldest};
        READ_INITIATION:       read_data = {{64-W{1'b0}}, read_initiation};
        RETRY_INITIATION:      read_data = {{64-W{1'b0}}, retry_initiation};
        INFORMATION_COMMIT:    read_data = {{64-W{1'b0}}, information_commit};
        DATA_COMMIT:           read_data = {{64-W{1'b0}}, data_commit};
        INFORMATION_USED:      read_data = {{64-W{1'b0}}, information_used};
        DATA_USED:             read_data = {{64-W{1'b0}}, data_used};
        INFORMATION_COMMITTED: read_data = {{64-W{1'b0}}, information_committed};
        DATA_COMMITTED:        read_data = {{64-W{1'b0}}, data_committed};
        default:               read_data = 64'd0;
    endcase
end

endmodule

`resetall
