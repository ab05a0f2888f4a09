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
 *        |---on device---|---under way---|---free---|
 *
 * journals are placed at newest, become visible to readers when commit passes them, and are freed at oldest. Each area
 * counts its bytes in use, so that newest = oldest is never ambiguous. Every pointer wraps by the size of its area.
 *
 * One operation a cycle; the look-up is combinational and shows the state that the operation of the same cycle changes.
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
     * Look-up of one group, for the operation
     */
    input  wire [15:0]                   group,
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

    /*
     * Second look-up: the eight pointers that a commit record shows
     */
    input  wire [15:0]                   shown_group,
    output wire [8*POSITION_WIDTH-1:0]   shown_pointers
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(ENTRY_BYTES >= 1, parameter_error_ENTRY_BYTES_must_be_at_least_1)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in the pointers' part of a group's registers
localparam [3:0]
    INFORMATION_HEAD = 4'h0, DATA_HEAD = 4'h1, INFORMATION_NEWEST = 4'h2, INFORMATION_OLDEST = 4'h3,
    DATA_NEWEST = 4'h4, DATA_OLDEST = 4'h5, READ_INITIATION = 4'h6, RETRY_INITIATION = 4'h7,
    INFORMATION_COMMIT = 4'h8, DATA_COMMIT = 4'h9, INFORMATION_USED = 4'hA, DATA_USED = 4'hB,
    INFORMATION_COMMITTED = 4'hC, DATA_COMMITTED = 4'hD;

reg [W-1:0] information_head_reg      [0:GROUPS-1];
reg [W-1:0] data_head_reg             [0:GROUPS-1];
reg [W-1:0] information_newest_reg    [0:GROUPS-1];
reg [W-1:0] information_oldest_reg    [0:GROUPS-1];
reg [W-1:0] information_commit_reg    [0:GROUPS-1];
reg [W-1:0] data_newest_reg           [0:GROUPS-1];
reg [W-1:0] data_oldest_reg           [0:GROUPS-1];
reg [W-1:0] data_commit_reg           [0:GROUPS-1];
reg [W-1:0] read_initiation_reg       [0:GROUPS-1];
reg [W-1:0] retry_initiation_reg      [0:GROUPS-1];
// bytes from oldest to newest, and from oldest to commit
reg [W-1:0] information_used_reg      [0:GROUPS-1];
reg [W-1:0] data_used_reg             [0:GROUPS-1];
reg [W-1:0] information_committed_reg [0:GROUPS-1];
reg [W-1:0] data_committed_reg        [0:GROUPS-1];
// bytes from oldest to read initiation
reg [W-1:0] information_sent_reg      [0:GROUPS-1];
reg [W-1:0] information_high_reg      [0:GROUPS-1];
reg [W-1:0] data_high_reg             [0:GROUPS-1];

wire [GROUP_WIDTH-1:0] g = group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] s = shown_group[GROUP_WIDTH-1:0];

wire [W-1:0] entry = ENTRY_BYTES;
wire [W-1:0] asked = {{W-32{1'b0}}, size};
wire [W-1:0] taken = {{W-32{1'b0}}, bytes};

wire [W-1:0] information_head      = information_head_reg[g];
wire [W-1:0] information_oldest    = information_oldest_reg[g];
wire [W-1:0] information_commit    = information_commit_reg[g];
wire [W-1:0] data_oldest           = data_oldest_reg[g];
wire [W-1:0] data_commit           = data_commit_reg[g];
wire [W-1:0] information_used      = information_used_reg[g];
wire [W-1:0] data_used             = data_used_reg[g];
wire [W-1:0] information_committed = information_committed_reg[g];
wire [W-1:0] data_committed        = data_committed_reg[g];
wire [W-1:0] read_initiation       = read_initiation_reg[g];
wire [W-1:0] retry_initiation      = retry_initiation_reg[g];
wire [W-1:0] information_sent      = information_sent_reg[g];

assign update_information_newest = information_newest_reg[g];
assign write_data_newest         = data_newest_reg[g];
assign write_data_head           = data_head_reg[g];

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
assign update_information_high_water = information_high_reg[g];
assign write_data_high_water         = data_high_reg[g];

assign information_room = entry <= information_area - information_used;
assign data_room        = asked < data_area - data_used;
assign ever_fits        = asked < data_area;

wire [W-1:0] sent_after_free = !free ? information_sent : (information_sent < free_entries) ? {W{1'b0}} : information_sent - free_entries;

// A pointer at or past the end of its area goes on at its head.
function [W-1:0] wrapped(input [W-1:0] position, input [W-1:0] area, input [W-1:0] last);
    wrapped = (position >= last) ? position - area : position;
endfunction

wire [W-1:0] information_newest_next = wrapped(update_information_newest + entry, information_area, write_data_head);
wire [W-1:0] information_commit_next = wrapped(information_commit + entry, information_area, write_data_head);
wire [W-1:0] information_oldest_next = wrapped(information_oldest + free_entries, information_area, write_data_head);
wire [W-1:0] read_initiation_next    = wrapped(read_initiation + send_entries, information_area, write_data_head);
wire [W-1:0] data_newest_next        = wrapped(write_data_newest + taken, data_area, area_end);
wire [W-1:0] data_commit_next        = wrapped(data_commit + taken, data_area, area_end);
wire [W-1:0] data_oldest_next        = wrapped(data_oldest + free_data, data_area, area_end);

wire [W-1:0] new_information_head = divide ? {W{1'b0}} : information_head;
wire [W-1:0] new_data_head        = divide ? information_bytes : write_data_head;

// bytes in use after a journal took its place
wire [W-1:0] information_used_next = create ? information_used + entry : place_information_used;
wire [W-1:0] data_used_next        = create ? data_used + taken : place_data_used;

assign shown_pointers = {
    retry_initiation_reg[s], read_initiation_reg[s],
    data_commit_reg[s], data_oldest_reg[s], data_newest_reg[s],
    information_commit_reg[s], information_oldest_reg[s], information_newest_reg[s]
};

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

integer i;

always @(posedge clk) begin
    if (create) begin
        information_newest_reg[g] <= information_newest_next;
        data_newest_reg[g]        <= data_newest_next;
    end
    if (place) begin
        information_newest_reg[g] <= wrapped(information_oldest + place_information_used, information_area, write_data_head);
        data_newest_reg[g]        <= wrapped(data_oldest + place_data_used, data_area, area_end);
    end
    if (create || place) begin
        information_used_reg[g] <= information_used_next;
        data_used_reg[g]        <= data_used_next;
        if (information_used_next > update_information_high_water)
            information_high_reg[g] <= information_used_next;
        if (data_used_next > write_data_high_water)
            data_high_reg[g] <= data_used_next;
    end
    if (commit) begin
        information_commit_reg[g]    <= information_commit_next;
        information_committed_reg[g] <= information_committed + entry;
        data_commit_reg[g]           <= data_commit_next;
        data_committed_reg[g]        <= data_committed + taken;
    end
    if (free) begin
        information_oldest_reg[g]    <= information_oldest_next;
        information_used_reg[g]      <= information_used - free_entries;
        information_committed_reg[g] <= information_committed - free_entries;
        data_oldest_reg[g]           <= data_oldest_next;
        data_used_reg[g]             <= data_used - free_data;
        data_committed_reg[g]        <= data_committed - free_data;
    end
    if (send) begin
        retry_initiation_reg[g] <= read_initiation;
        read_initiation_reg[g]  <= read_initiation_next;
    end
    // what is freed leaves first
    if (free || send)
        information_sent_reg[g] <= sent_after_free + (send ? send_entries : {W{1'b0}});
    if (empty || divide) begin
        information_newest_reg[g]    <= new_information_head;
        information_oldest_reg[g]    <= new_information_head;
        information_commit_reg[g]    <= new_information_head;
        read_initiation_reg[g]       <= new_information_head;
        retry_initiation_reg[g]      <= new_information_head;
        data_newest_reg[g]           <= new_data_head;
        data_oldest_reg[g]           <= new_data_head;
        data_commit_reg[g]           <= new_data_head;
        information_head_reg[g]      <= new_information_head;
        data_head_reg[g]             <= new_data_head;
        information_used_reg[g]      <= 0;
        information_committed_reg[g] <= 0;
        information_sent_reg[g]      <= 0;
        data_used_reg[g]             <= 0;
        data_committed_reg[g]        <= 0;
    end
    if (load_sent)
        information_sent_reg[g] <= load_data[W-1:0];
    if (load) begin
        case (field)
            INFORMATION_HEAD:      information_head_reg[g]      <= load_data[W-1:0];
            DATA_HEAD:             data_head_reg[g]             <= load_data[W-1:0];
            INFORMATION_NEWEST:    information_newest_reg[g]    <= load_data[W-1:0];
            INFORMATION_OLDEST:    information_oldest_reg[g]    <= load_data[W-1:0];
            DATA_NEWEST:           data_newest_reg[g]           <= load_data[W-1:0];
            DATA_OLDEST:           data_oldest_reg[g]           <= load_data[W-1:0];
            READ_INITIATION:       read_initiation_reg[g]       <= load_data[W-1:0];
            RETRY_INITIATION:      retry_initiation_reg[g]      <= load_data[W-1:0];
            INFORMATION_COMMIT:    information_commit_reg[g]    <= load_data[W-1:0];
            DATA_COMMIT:           data_commit_reg[g]           <= load_data[W-1:0];
            INFORMATION_USED:      information_used_reg[g]      <= load_data[W-1:0];
            DATA_USED:             data_used_reg[g]             <= load_data[W-1:0];
            INFORMATION_COMMITTED: information_committed_reg[g] <= load_data[W-1:0];
            DATA_COMMITTED:        data_committed_reg[g]        <= load_data[W-1:0];
            default: ;
        endcase
    end
    if (rst) begin
        for (i = 0; i < GROUPS; i = i + 1) begin
            information_head_reg[i]      <= 0;
            data_head_reg[i]             <= 0;
            information_newest_reg[i]    <= 0;
            information_oldest_reg[i]    <= 0;
            information_commit_reg[i]    <= 0;
            data_newest_reg[i]           <= 0;
            data_oldest_reg[i]           <= 0;
            data_commit_reg[i]           <= 0;
            read_initiation_reg[i]       <= 0;
            retry_initiation_reg[i]      <= 0;
            information_used_reg[i]      <= 0;
            data_used_reg[i]             <= 0;
            information_committed_reg[i] <= 0;
            data_committed_reg[i]        <= 0;
            information_sent_reg[i]      <= 0;
            information_high_reg[i]      <= 0;
            data_high_reg[i]             <= 0;
        end
    end
end

endmodule

`resetall
