// Command reception process 210 (FIG 11, FIG 12): what becomes of a host command.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Combinational: decides one command on the tables as they are in its step. `refusal` is the first reason in the order
 * of docs/commit_trace.md; journal creation's exits, where it runs, decide the rest.
 */
module command_reception #(
    // Largest transfer, bytes
    parameter MAX_TRANSFER_BYTES = 16384,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    // 1200: the command
    input  wire [7:0]                opcode,
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    // one past its last byte
    input  wire [64:0]               range_end,
    input  wire [31:0]               received,

    // the tables
    input  wire                      volume_valid,
    input  wire [2:0]                volume_state,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,
    input  wire                      volume_holds_journal,
    // the write's journal could not be held by the empty write data area
    input  wire                      never_fits,

    // journal creation: it can run for this command, and how it would end
    output wire                      journal_creation,
    input  wire                      creation_refuses,
    input  wire                      creation_stalls,

    output reg  [15:0]               outcome,
    output reg  [7:0]                status,
    // a write or discard is taken; it waits for room
    output wire                      writes,
    output wire                      stalls
);

`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH

// with FUA or without
wire [7:0] operation = opcode & ~(8'd1 << `ML_OPCODE_FUA);
wire is_read    = opcode == `ML_OPCODE_READ;
wire is_write   = operation == `ML_OPCODE_WRITE;
wire is_discard = operation == `ML_OPCODE_DISCARD;
wire is_flush = opcode == `ML_OPCODE_FLUSH;

wire unaligned    = size[8:0] != 9'd0 || position[8:0] != 9'd0;
// in blocks, of what is aligned
wire out_of_range = range_end[64:POSITION_WIDTH] != 0
                    || range_end[POSITION_WIDTH-1:9] > volume_capacity[POSITION_WIDTH-1:9];

// the first of these
reg [7:0] refusal;

// none of them: the sums come late
wire known     = volume_valid && (volume_state == `ML_VOLUME_NORMAL || volume_state == `ML_VOLUME_ORIGINAL);
wire sized     = size != 32'd0 && !unaligned && size <= MAX_TRANSFER_BYTES;
wire writable  = !volume_holds_journal && !(is_write && (received != size
                 || (volume_state == `ML_VOLUME_ORIGINAL && never_fits)));
wire accepts   = known && (is_flush || (sized && !out_of_range && (is_read
                 || ((is_write || is_discard) && writable))));
wire journaled = (is_write || is_discard) && volume_state == `ML_VOLUME_ORIGINAL;

always @* begin
    refusal = `ML_STATUS_OK;
    if (opcode == `ML_OPCODE_JOURNAL_READ)                                  // 1215
        refusal = `ML_STATUS_JOURNAL_READ_REFUSED;
    else if (!is_read && !is_write && !is_discard && !is_flush)                            // 1210
        refusal = `ML_STATUS_INVALID_OPCODE;
    else if (!volume_valid)
        refusal = `ML_STATUS_UNKNOWN_VOLUME;
    else if (volume_state == `ML_VOLUME_BLANK)                              // 1240
        refusal = `ML_STATUS_VOLUME_BLANK;
    else if (volume_state == `ML_VOLUME_SECONDARY)
        refusal = `ML_STATUS_VOLUME_SECONDARY;
    else if (volume_state != `ML_VOLUME_NORMAL && volume_state != `ML_VOLUME_ORIGINAL)
        refusal = `ML_STATUS_VOLUME_ABNORMAL;
    else if (is_flush)
        refusal = `ML_STATUS_OK;
    else if (size == 32'd0)
        refusal = `ML_STATUS_ZERO_SIZE;
    else if (unaligned)
        refusal = `ML_STATUS_UNALIGNED;
    else if (size > MAX_TRANSFER_BYTES)
        refusal = `ML_STATUS_TOO_LARGE;
    else if (out_of_range)
        refusal = `ML_STATUS_OUT_OF_RANGE;
    else if (!is_read) begin
        if (volume_holds_journal)
            refusal = `ML_STATUS_JOURNAL_VOLUME;
        else if (is_write && received != size)
            refusal = `ML_STATUS_DATA_LENGTH;
        else if (is_write && volume_state == `ML_VOLUME_ORIGINAL && never_fits)
            refusal = `ML_STATUS_NEVER_FITS;
    end
end

assign journal_creation = journaled && accepts;                             // 1260

assign stalls = journaled && accepts && creation_stalls;
assign writes = accepts && (is_write || is_discard) && !(journaled && (creation_stalls || creation_refuses));

always @* begin
    status = (accepts && journaled && creation_refuses) ? `ML_STATUS_JOURNAL_FULL : refusal;
    if (opcode == `ML_OPCODE_JOURNAL_READ)
        outcome = `ML_COMMAND_JOURNAL_READ;                                 // 1220
    else if (!accepts)
        outcome = `ML_COMMAND_REFUSED;                                      // 1245
    else if (is_read)
        outcome = `ML_COMMAND_READ;                                         // 1230
    else if (is_flush)
        outcome = `ML_COMMAND_FLUSH_TAKEN;
    else if (journaled && creation_stalls)
        outcome = `ML_COMMAND_STALLED;
    else if (journaled && creation_refuses)
        outcome = `ML_COMMAND_REFUSED;
    else
        outcome = `ML_COMMAND_WRITTEN;                                      // 1270, 1280
end

endmodule

`resetall
