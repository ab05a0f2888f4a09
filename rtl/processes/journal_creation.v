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

    // the command
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
    // the write waits for room; it is already known to wait
    output wire                      stalls,
    output wire                      still_stalls,
    // the write ends with an error
    output wire                      refuses
);

`ML_REQUIRE_POSITION_WIDTH

wire replicating  = pair_valid && group_state == `ML_GROUP_NORMAL
                    && (pair_state == `ML_PAIR_NOT_COPYING || pair_state == `ML_PAIR_COPYING
                        || pair_state == `ML_PAIR_NORMAL);
wire not_reached  = pair_state == `ML_PAIR_NOT_COPYING
                    || (pair_state == `ML_PAIR_COPYING
                        && position >= {{64-POSITION_WIDTH{1'b0}}, copy_complete_address});

always @* begin
    if (!run)
        creation = `ML_CREATION_NOT_RUN;
    else if (pair_valid && (!journal_volume_valid || journal_volume_state != `ML_VOLUME_NORMAL))
        creation = `ML_CREATION_VOLUME_ABNORMAL;                            // 1310, 1315
    else if (!replicating)
        creation = `ML_CREATION_SUSPENDED;
    else if (not_reached)
        creation = `ML_CREATION_NOT_YET_COPIED;                             // 1330, 1335
    else if (!information_room || !(data_room || discard))
        creation = `ML_CREATION_NO_ROOM;                                    // 1340, 1345, 1390
    else
        creation = `ML_CREATION_CREATED;                                    // 1350, 1360
end

wire no_room = creation == `ML_CREATION_NO_ROOM;
wire waits   = no_room && full_policy == `ML_POLICY_STALL && !expired;

assign creates      = creation == `ML_CREATION_CREATED;
assign stalls       = waits;
assign still_stalls = waits && stalled;
assign refuses      = no_room && full_policy == `ML_POLICY_ERROR;
assign suspends     = creation == `ML_CREATION_VOLUME_ABNORMAL || (no_room && !waits && !refuses);

endmodule

`resetall
