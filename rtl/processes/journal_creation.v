// Journal creation process (FIG 13), entered from command reception; update information of every journal.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * The exit is combinational, on the tables as they are in the step. The update information of a journal that was
 * created, for a host write or for initial copy, or received and stored, appears one cycle later; its CRC is made as it
 * goes to its device (information_cache).
 */
module journal_creation #(
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // 1265: run for the command of this step
    input  wire                      run,

    // the command
    input  wire [15:0]               volume,
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    input  wire [63:0]               reception_time,
    input  wire [31:0]               data_crc,
    // it is a discard: its journal has no write data
    input  wire                      discard,
    // it has waited for room, and the watch time has run out
    input  wire                      stalled,
    input  wire                      expired,

    // the tables
    input  wire                      pair_valid,
    input  wire [2:0]                pair_state,
    input  wire [POSITION_WIDTH-1:0] copy_complete_address,
    input  wire [15:0]               group,
    input  wire [1:0]                group_state,
    input  wire [63:0]               update_number,
    input  wire [63:0]               data_offset,
    input  wire [1:0]                full_policy,
    input  wire [15:0]               journal_volume,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire                      information_room,
    input  wire                      data_room,
    input  wire [POSITION_WIDTH-1:0] write_data_newest,

    // how it ends
    output reg  [15:0]               creation,
    output wire                      creates,
    // a journal is due but the system has no room: group and pairs become abnormal
    output wire                      suspends,
    // the write waits for room; it is already known to wait
    output wire                      stalls,
    output wire                      still_stalls,
    // the write ends with an error
    output wire                      refuses,

    // 1380: initial copy creates a journal (its data stays in place, its time is 0)
    input  wire                      copy_creates,
    input  wire [7:0]                copy_kind,
    // 1850: a received journal takes its place in this system's journal volume
    input  wire                      stores,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    input  wire [31:0]               store_data_crc,
    input  wire [POSITION_WIDTH-1:0] store_data_place,

    // of the step before, without its CRC
    output wire [`UI_COVERED_BITS-1:0] information
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

// 1350: update information
reg [`UI_COVERED_BITS-1:0] information_reg;

always @(posedge clk) begin
    if (creates || copy_creates) begin
        information_reg[`UI_UPDATE_NUMBER]    <= update_number;
        information_reg[`UI_TIME]             <= copy_creates ? 64'd0 : reception_time;
        information_reg[`UI_POSITION]         <= position;
        information_reg[`UI_JOURNAL_POSITION] <= copy_creates
            ? position : {{64-POSITION_WIDTH{1'b0}}, write_data_newest};
        information_reg[`UI_DATA_OFFSET]      <= data_offset;
        information_reg[`UI_SIZE]             <= size;
        information_reg[`UI_DATA_CRC]         <= copy_creates ? 32'd0 : data_crc;
        information_reg[`UI_GROUP]            <= group;
        information_reg[`UI_VOLUME]           <= volume;
        information_reg[`UI_JOURNAL_VOLUME]   <= copy_creates ? volume : journal_volume;
        information_reg[`UI_KIND]             <= copy_creates ? copy_kind
                                                 : discard ? `UI_KIND_DISCARD : `UI_KIND_HOST_WRITE;
        information_reg[`UI_FLAGS]            <= 8'd0;
        information_reg[`UI_RESERVED]         <= 32'd0;
    end
    if (stores) begin
        information_reg                       <= store_information[`UI_COVERED_BITS-1:0];
        information_reg[`UI_JOURNAL_POSITION] <= {{64-POSITION_WIDTH{1'b0}}, store_data_place};
        information_reg[`UI_DATA_CRC]         <= store_data_crc;
        information_reg[`UI_GROUP]            <= group;
        information_reg[`UI_JOURNAL_VOLUME]   <= journal_volume;
    end
end

assign information = information_reg;

endmodule

`resetall
