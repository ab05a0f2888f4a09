// The oldest host command's request for its step, and its waiting for room (step 1390, policy "stall").
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * A command asks once, and again if its journal had no room: when journals were freed or settings written, or when the
 * group's watch time has run out, of which each of its steps says how much is left. Reads, flushes and writes with FUA
 * ask only when there is a place for them.
 */
module command_request #(
    parameter CACHE_SLOTS = 16,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                  clk,
    input  wire                  rst,

    // the oldest command
    input  wire                  command_valid,
    input  wire [7:0]            command_opcode,
    input  wire [15:0]           command_tag,
    input  wire [15:0]           command_volume,
    input  wire [63:0]           command_position,
    input  wire [31:0]           command_size,
    input  wire [63:0]           command_time,
    input  wire                  command_stored,
    input  wire [SLOT_WIDTH-1:0] command_slot,
    input  wire [31:0]           command_received,
    input  wire [31:0]           command_crc,

    input  wire                  read_free,
    input  wire                  flush_free,
    // journals were freed, or a setting was written
    input  wire                  freed,

    output wire                  request_valid,
    input  wire                  request_taken,
    output reg  [`CR_WIDTH-1:0]  request,

    // its step
    input  wire                  command_done,
    input  wire                  command_stalls,
    // what is left of the watch time
    input  wire [31:0]           command_watch_time
);

`ML_REQUIRE_CACHE_SLOTS

// its step is in flight; it waits for room; journals were freed, or settings written, since
reg        asked_reg;
reg        stalled_reg;
reg        freed_reg;
reg [31:0] watch_reg;

wire expired = stalled_reg && watch_reg == 32'd0;

assign request_valid = command_valid && !asked_reg && (!stalled_reg || freed_reg || expired)
                       && (command_opcode != `ML_OPCODE_READ || read_free)
                       && ((command_opcode != `ML_OPCODE_FLUSH && !command_opcode[`ML_OPCODE_FUA]) || flush_free);

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]     = `ML_REQUEST_COMMAND;
    new_request[`CR_OPCODE]   = command_opcode;
    new_request[`CR_TAG]      = command_tag;
    new_request[`CR_VOLUME]   = command_volume;
    new_request[`CR_POSITION] = command_position;
    new_request[`CR_SIZE]     = command_size;
    new_request[`CR_RECEIVED] = command_received;
    new_request[`CR_TIME]     = command_time;
    new_request[`CR_DATA_CRC] = command_crc;
    new_request[`CR_SLOT]     = {{16-SLOT_WIDTH{1'b0}}, command_slot};
    new_request[`CR_STORED]   = command_stored;
    new_request[`CR_STALLED]  = stalled_reg;
    new_request[`CR_DISCARD]  = (command_opcode & ~(8'd1 << `ML_OPCODE_FUA)) == `ML_OPCODE_DISCARD;
    request = new_request;
end

always @(posedge clk) begin
    if (watch_reg != 32'd0)
        watch_reg <= watch_reg - 32'd1;
    if (freed)
        freed_reg <= 1'b1;
    if (request_taken) begin
        asked_reg <= 1'b1;
        freed_reg <= freed;
    end
    if (command_stalls) begin
        asked_reg   <= 1'b0;
        stalled_reg <= 1'b1;
        watch_reg   <= command_watch_time;
    end
    if (command_done) begin
        asked_reg   <= 1'b0;
        stalled_reg <= 1'b0;
    end
    if (rst) begin
        asked_reg   <= 1'b0;
        stalled_reg <= 1'b0;
        freed_reg   <= 1'b0;
        watch_reg   <= 32'd0;
    end
end

endmodule

`resetall
