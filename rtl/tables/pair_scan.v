// What initial copy and operations ask of all pairs: they are scanned, one a cycle, before the step that decides on
// them.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Initial copy (1010): of the pairs whose marker is due the first one; else of those that cannot be copied, as their
 * original volume is abnormal; else of those that are to be copied. Operations: a blank pair, and how the pairs of a
 * group fit.
 */
module pair_scan #(
    parameter SYSTEM_NUMBER = 1,
    parameter VOLUMES = 8,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // a scan begins; `valid`: the pair that is scanned
    input  wire                      begins,
    input  wire                      valid,
    input  wire [15:0]               pair,
    // it is in the group's pair set; its marker was created
    input  wire                      in_set,
    input  wire                      marked,
    input  wire [2:0]                state,
    input  wire [15:0]               original_system,
    input  wire [15:0]               original_volume,
    input  wire [15:0]               secondary_system,
    input  wire [15:0]               secondary_volume,
    input  wire [63:0]               last_copy_number,
    input  wire [POSITION_WIDTH-1:0] original_capacity,
    // of its secondary volume, one cycle later
    input  wire [POSITION_WIDTH-1:0] volume_capacity,

    input  wire [63:0]               oldest_number,
    input  wire [VOLUMES-1:0]        volumes_abnormal,
    // partner that an operation names, and the system that specified it
    input  wire [63:0]               partner,
    input  wire [15:0]               source,

    /*
     * What was found
     */
    // a pair to be copied or marked, which and its original volume; it is to be marked, it cannot be copied
    output reg                       copy_found,
    output reg                       copy_marks,
    output reg                       copy_fails,
    output reg  [15:0]               copy_pair,
    output reg  [15:0]               copy_volume,
    // a pair is copied and not marked
    output reg                       copy_unmarked,
    output reg                       blank_found,
    output reg  [15:0]               blank_pair,
    // a pair of the group has another secondary system than `partner`; this system is not its secondary, its original
    // system; its other system is not `source`
    output reg                       other_secondary,
    output reg                       not_secondary,
    output reg                       other_original,
    output reg                       other_partner,
    // its secondary volume is smaller than the original one
    output reg                       pair_too_small,
    // the secondary volumes of the group's pairs
    output reg  [VOLUMES-1:0]        secondaries
);

`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_POSITION_WIDTH

localparam [15:0] SYSTEM = SYSTEM_NUMBER;
localparam VOLUME_WIDTH = (VOLUMES > 1) ? $clog2(VOLUMES) : 1;
localparam [VOLUMES-1:0] ONE = 1;

wire copied     = in_set && !marked && state == `ML_PAIR_NORMAL;
wire markable   = copied && last_copy_number < oldest_number;
wire unfinished = in_set && (state == `ML_PAIR_NOT_COPYING || state == `ML_PAIR_COPYING);
wire broken     = unfinished && volumes_abnormal[original_volume[VOLUME_WIDTH-1:0]];
wire better     = markable ? !copy_marks : broken ? !copy_marks && !copy_fails : unfinished && !copy_found;
wire here       = secondary_volume < VOLUMES;

// the pair before: its secondary volume has been looked up
reg                      compares_reg;
reg [POSITION_WIDTH-1:0] original_capacity_reg;

always @(posedge clk) begin
    compares_reg          <= valid && in_set && here;
    original_capacity_reg <= original_capacity;
    if (compares_reg && volume_capacity < original_capacity_reg)
        pair_too_small <= 1'b1;
    if (valid) begin
        if (better) begin
            copy_found  <= 1'b1;
            copy_marks  <= markable;
            copy_fails  <= !markable && broken;
            copy_pair   <= pair;
            copy_volume <= original_volume;
        end
        if (copied)
            copy_unmarked <= 1'b1;
        if (state == `ML_PAIR_BLANK && !blank_found) begin
            blank_found <= 1'b1;
            blank_pair  <= pair;
        end
        if (in_set) begin
            if ({48'd0, secondary_system} != partner)
                other_secondary <= 1'b1;
            if (secondary_system != SYSTEM)
                not_secondary <= 1'b1;
            if (original_system != SYSTEM)
                other_original <= 1'b1;
            if (source != ((original_system == SYSTEM) ? secondary_system : original_system))
                other_partner <= 1'b1;
            if (here)
                secondaries <= secondaries | (ONE << secondary_volume[VOLUME_WIDTH-1:0]);
        end
    end
    if (begins) begin
        copy_found      <= 1'b0;
        copy_marks      <= 1'b0;
        copy_fails      <= 1'b0;
        copy_pair       <= 16'd0;
        copy_volume     <= 16'd0;
        copy_unmarked   <= 1'b0;
        blank_found     <= 1'b0;
        blank_pair      <= 16'd0;
        other_secondary <= 1'b0;
        not_secondary   <= 1'b0;
        other_original  <= 1'b0;
        other_partner   <= 1'b0;
        pair_too_small  <= 1'b0;
        secondaries     <= 0;
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): a pair of the scan may get its end marker
reg markable_reg;

always @(posedge clk)
    markable_reg <= !begins && !`ML_BEGINS && (markable_reg || (valid && markable));

always @(`ML_CYCLE) if (!`ML_BEGINS) begin
    // 1: then one that may is found, before any that is to be copied
    `ML_HOLDS(PAIRS_1, !markable_reg || copy_marks);
end
`endif

endmodule

`resetall
