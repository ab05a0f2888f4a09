// Journal creation process (FIG 13), entered from command reception.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

// The exit, on the tables as they are in the step. Combinational. The journal is made in created_information.
module journal_creation #(
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    // 1265: run for the command of this step
    input  wire                      run,

    // the command, within its volume, in whole blocks
    input  wire [63:0]               position,
    // it is a discard: its journal has no write data
    input  wire                      discard,
    // it has waited for room, and the watch time has run out
    input  wire                      stalled,
    input  wire                      expired,

    // the tables
    input  wire                      pair_valid,
    input  wire [2:0]                pair_state,
    input  wire [POSITION_WIDTH-1:0] copy_complete_address,
    input  wire [1:0]                group_state,
    input  wire [1:0]                full_policy,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire                      information_room,
    input  wire                      data_room,

    // how it ends
    output reg  [15:0]               creation,
    output wire                      creates,
    // a journal is due but the system has no room: group and pairs become abnormal
    output wire                      suspends,
    // if it runs: the write waits for room; it is already known to wait
    output wire                      stalls,
    output wire                      still_stalls,
    // ... it ends with an error
    output wire                      refuses
);

`ML_REQUIRE_POSITION_WIDTH

wire replicating  = pair_valid && group_state == `ML_GROUP_NORMAL
                    && (pair_state == `ML_PAIR_NOT_COPYING || pair_state == `ML_PAIR_COPYING
                        || pair_state == `ML_PAIR_NORMAL);
wire not_reached  = pair_state == `ML_PAIR_NOT_COPYING
                    || (pair_state == `ML_PAIR_COPYING
                        && position[POSITION_WIDTH-1:9] >= copy_complete_address[POSITION_WIDTH-1:9]);

wire volume_abnormal = pair_valid && (!journal_volume_valid || journal_volume_state != `ML_VOLUME_NORMAL);
wire journaled       = !volume_abnormal && replicating && !not_reached;
wire room            = information_room && (data_room || discard);

// whether it runs is known last
reg [15:0] ends;

always @* begin
    if (volume_abnormal)
        ends = `ML_CREATION_VOLUME_ABNORMAL;                                // 1310, 1315
    else if (!replicating)
        ends = `ML_CREATION_SUSPENDED;
    else if (not_reached)
        ends = `ML_CREATION_NOT_YET_COPIED;                                 // 1330, 1335
    else if (!room)
        ends = `ML_CREATION_NO_ROOM;                                        // 1340, 1345, 1390
    else
        ends = `ML_CREATION_CREATED;                                        // 1350, 1360
    creation = run ? ends : `ML_CREATION_NOT_RUN;
end

wire no_room = journaled && !room;
wire waits   = no_room && full_policy == `ML_POLICY_STALL && !expired;

assign creates      = run && journaled && room;
assign stalls       = waits;
assign still_stalls = waits && stalled;
assign refuses      = no_room && full_policy == `ML_POLICY_ERROR;
assign suspends     = run && (volume_abnormal || (no_room && !waits && !refuses));

endmodule

`resetall
