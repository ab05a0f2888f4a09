// Restore process (FIG 20): journals update the secondary volumes, in ascending order of their numbers.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * On the tables as they are in the step; at most one of the four runs. Journals that are committed are searched for,
 * read from the journal volume (restore_pipe), written to the secondary volume, and freed in order when their write is
 * done. What a scan decides on holds from three cycles before it on: where its journals are enters a register, then how
 * many there are.
 *
 * What the flow chart leaves open: a journal that could not be read, and a secondary volume that could not be written,
 * keep the journal and all behind it; the latter stops restore for good.
 */
module restore #(
    // Journals that one scan finds, at most
    parameter MOST = 16,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // 2010; 2050 for a journal that was read (or could not be); the device has answered its write; 2060
    input  wire                      scan,
    input  wire                      write,
    input  wire                      written,
    input  wire                      free,
    // scan: number of the first journal that is neither restored nor being read; write: that it could not be read, or
    // is not what was stored
    input  wire [63:0]               number,
    input  wire                      failed,
    input  wire                      damaged,
    // the journal
    input  wire [7:0]                kind,
    input  wire [31:0]               size,

    /*
     * Tables of the group
     */
    input  wire [1:0]                group_state,
    input  wire                      takeover,
    input  wire                      stopped,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [63:0]               update_number,
    input  wire [63:0]               oldest_number,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] data_head,
    input  wire [POSITION_WIDTH-1:0] information_oldest,
    input  wire [2:0]                pair_state,

    /*
     * How the step ends
     */
    output reg  [15:0]               outcome,
    // the record is about the group, not about the journal
    output wire                      of_group,
    output wire [7:0]                status,
    // scan: journals to be read, and the place of the first one's update information
    output reg  [4:0]                count,
    output wire [POSITION_WIDTH-1:0] entry_place,
    // write: the journal's data goes to the secondary volume
    output wire                      writes,
    output wire                      restores_next,
    output wire                      set_pair_state,
    output wire [2:0]                new_pair_state,
    output wire                      marks,
    output wire                      group_fails,
    output wire [7:0]                group_reason,
    output wire                      journal_volume_fails,
    output wire                      stops,
    output wire                      frees
);

`ML_REQUIRE(`ML_IN_RANGE(MOST, 1, 16), parameter_error_MOST_must_be_1_to_16)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam E = W - 6;
localparam [E-1:0] MOST_ENTRIES = MOST;

wire normal         = (group_state == `ML_GROUP_NORMAL || takeover) && !stopped;                    // 2010
wire journal_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;            // 2020
wire is_marker      = kind == `UI_KIND_END_OF_INITIAL_COPY;

// 2030
reg         is_behind, found;
reg  [63:0] committed;
// in entries
reg  [E-1:0] first_place;
wire [E-1:0] ahead   = number[E-1:0] - oldest_number[E-1:0];
wire [E-1:0] area    = information_area[W-1:6];
wire [E-1:0] place   = information_oldest[W-1:6] + ahead;
wire [E-1:0] wrapped = (place >= data_head[W-1:6]) ? place - area : place;
wire [E-1:0] to_end  = data_head[W-1:6] - first_place;
wire [4:0]   limit   = (to_end < MOST_ENTRIES) ? to_end[4:0] : MOST_ENTRIES[4:0];

assign entry_place = {first_place, 6'd0};

always @(posedge clk) begin
    {is_behind, committed} <= {1'b0, update_number} - {1'b0, number};
    first_place            <= wrapped;
    found                  <= !is_behind && committed != 64'd0;
    count                  <= (committed[63:5] == 59'd0 && committed[4:0] < limit) ? committed[4:0] : limit;
end

always @* begin
    if (free)
        outcome = `ML_RESTORE_FREED;                                                                // 2060
    else if (!normal)
        outcome = `ML_RESTORE_GROUP_NOT_NORMAL;                                                     // 2015
    else if (!journal_normal)
        outcome = `ML_RESTORE_JOURNAL_ABNORMAL;                                                     // 2025
    else if (scan)
        outcome = found ? `ML_RESTORE_READS : `ML_RESTORE_NO_JOURNAL;                               // 2040, 2030
    else
        outcome = failed ? `ML_RESTORE_READ_FAILED : `ML_RESTORE_WRITES;                            // 2050
end

wire begins = write && outcome == `ML_RESTORE_WRITES;
wire copied = free && is_marker;

assign of_group             = scan || (write && !begins);
assign status               = (write && outcome == `ML_RESTORE_READ_FAILED) ? `ML_STATUS_DEVICE_ERROR : `ML_STATUS_OK;
assign writes               = begins && !is_marker && size != 32'd0;
assign restores_next        = begins;
assign set_pair_state       = (begins && kind == `UI_KIND_INITIAL_COPY && pair_state == `ML_PAIR_NOT_COPYING)
                              || (copied && pair_state != `ML_PAIR_ABNORMAL);
assign new_pair_state       = copied ? `ML_PAIR_NORMAL : `ML_PAIR_COPYING;
assign marks                = copied;
assign group_fails          = ((scan || write) && outcome == `ML_RESTORE_JOURNAL_ABNORMAL) || (written && failed)
                              || (journal_volume_fails && damaged);
assign group_reason         = written ? `ML_REASON_VOLUME_DEVICE 
                            : (journal_volume_fails && damaged) ? `ML_REASON_JOURNAL_DAMAGED
                            : `ML_REASON_JOURNAL_DEVICE;
assign journal_volume_fails = write && outcome == `ML_RESTORE_READ_FAILED;
assign stops                = group_fails;
assign frees                = free;

endmodule

`resetall
