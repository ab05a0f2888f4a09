// Jobs of a storage device's write side, taken in turn and cut into ranges of the device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Three queues: host writes and restore's writes to volumes (one range each), and journals (update information, then write data
 * in no, one or two ranges). The journals of all clients share one queue, since they become durable in the order given; volume
 * writes have one for each client, so that a host write that must wait for another holds no restore up, and the other way round. Ranges
 * leave through a queue of two, so that the choice of a job does not wait for what becomes of the range before.
 */
module device_write_jobs #(
    parameter ADDRESS_WIDTH = 48,
    // Slots of each client
    parameter CACHE_SLOTS = 16,
    parameter SLOT_WIDTH = 2 + $clog2(CACHE_SLOTS),
    parameter START_WIDTH = 12
) (
    input  wire                     clk,
    input  wire                     rst,

    /*
     * Jobs as in device_write
     */
    input  wire                     volume_valid,
    input  wire [SLOT_WIDTH-1:0]    volume_slot,
    input  wire [START_WIDTH-1:0]   volume_start,
    input  wire [ADDRESS_WIDTH-1:0] volume_address,
    input  wire [31:0]              volume_size,
    input  wire [CACHE_SLOTS-1:0]   may_write,
    input  wire [CACHE_SLOTS-1:0]   may_restore,
    input  wire                     journal_valid,
    input  wire [SLOT_WIDTH-1:0]    journal_slot,
    input  wire [START_WIDTH-1:0]   journal_start,
    input  wire [ADDRESS_WIDTH-1:0] journal_information_address,
    input  wire [ADDRESS_WIDTH-1:0] journal_data_address,
    input  wire [ADDRESS_WIDTH-1:0] journal_head_address,
    input  wire [31:0]              journal_size,
    input  wire [31:0]              journal_size_before_end,

    /*
     * Ranges, those of a job one after the other
     */
    output wire                     range_valid,
    input  wire                     range_ready,
    output wire [ADDRESS_WIDTH-1:0] range_address,
    output wire [31:0]              range_bytes,
    // bytes from the job's start
    output wire [31:0]              range_offset,
    output wire                     range_is_last,
    output wire                     range_information,
    output wire                     range_journal,
    output wire [SLOT_WIDTH-1:0]    range_slot,
    output wire [START_WIDTH-1:0]   range_start
);

`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE_CACHE_SLOTS

localparam INDEX_WIDTH = SLOT_WIDTH - 2;
localparam A = ADDRESS_WIDTH;

// jobs waiting: of hosts, of restore, journals
wire h_valid, r_valid, j_valid, h_done, r_done, j_done;
wire [SLOT_WIDTH-1:0] h_slot, r_slot, j_slot;
wire [START_WIDTH-1:0] h_start, r_start, j_start;
wire [A-1:0] h_address, r_address, j_information, j_data, j_head;
wire [31:0] h_size, r_size, j_size, j_before_end;
wire volume_restores = volume_slot[INDEX_WIDTH +: 2] == `ML_WRITE_RESTORE;

fifo #(.WIDTH(SLOT_WIDTH + START_WIDTH + A + 32), .DEPTH(CACHE_SLOTS)) host_fifo (
    .clk(clk), .rst(rst),
    .in_data({volume_slot, volume_start, volume_address, volume_size}), .in_valid(volume_valid && !volume_restores), .in_ready(),
    .out_data({h_slot, h_start, h_address, h_size}), .out_valid(h_valid), .out_ready(h_done), .count()
);

fifo #(.WIDTH(SLOT_WIDTH + START_WIDTH + A + 32), .DEPTH(CACHE_SLOTS)) restore_fifo (
    .clk(clk), .rst(rst),
    .in_data({volume_slot, volume_start, volume_address, volume_size}), .in_valid(volume_valid && volume_restores), .in_ready(),
    .out_data({r_slot, r_start, r_address, r_size}), .out_valid(r_valid), .out_ready(r_done), .count()
);

fifo #(.WIDTH(SLOT_WIDTH + START_WIDTH + 3*A + 64), .DEPTH(4 * CACHE_SLOTS)) journal_fifo (
    .clk(clk), .rst(rst),
    .in_data({journal_slot, journal_start, journal_information_address, journal_data_address, journal_head_address, journal_size,
              journal_size_before_end}),
    .in_valid(journal_valid), .in_ready(),
    .out_data({j_slot, j_start, j_information, j_data, j_head, j_size, j_before_end}),
    .out_valid(j_valid), .out_ready(j_done), .count()
);

// ranges of the job in turn
// 0 first, 1 write data, 2 the rest of it
localparam [1:0] FIRST = 2'd0, DATA = 2'd1;
reg [1:0] range_reg;
// queues after the one served last, in the order hosts, restore, journals
reg [2:0] later_reg;

wire [2:0] ready   = {j_valid, r_valid && may_restore[r_slot[INDEX_WIDTH-1:0]], h_valid && may_write[h_slot[INDEX_WIDTH-1:0]]};
wire [2:0] later   = ready & later_reg;
wire [2:0] choices = (range_reg != FIRST) ? 3'b100 : (later != 3'd0) ? later : ready;
wire [2:0] chosen  = choices & ~(choices - 3'd1);
wire journal  = chosen[2];
wire restores = chosen[1];
wire split    = j_before_end != j_size;

wire [SLOT_WIDTH-1:0]  slot  = journal ? j_slot : restores ? r_slot : h_slot;
wire [START_WIDTH-1:0] start = journal ? j_start : restores ? r_start : h_start;
wire information = journal && range_reg == FIRST;
wire room;
reg  [A-1:0] address;
reg  [31:0]  bytes, offset;
reg          is_last;

always @* begin
    address = restores ? r_address : h_address;
    bytes   = restores ? r_size : h_size;
    offset  = 32'd0;
    is_last = 1'b1;
    if (journal) begin
        case (range_reg)
            FIRST: begin
                address = j_information;
                bytes   = `UPDATE_INFORMATION_BYTES;
                is_last = j_size == 32'd0;
            end
            DATA: begin
                address = j_data;
                bytes   = j_before_end;
                is_last = !split;
            end
            default: begin
                address = j_head;
                bytes   = j_size - j_before_end;
                offset  = j_before_end;
            end
        endcase
    end
end

fifo #(.WIDTH(A + 64 + 3 + SLOT_WIDTH + START_WIDTH), .DEPTH(2)) range_fifo (
    .clk(clk), .rst(rst),
    .in_data({address, bytes, offset, is_last, information, journal, slot, start}), .in_valid(chosen != 3'd0), .in_ready(room),
    .out_data({range_address, range_bytes, range_offset, range_is_last, range_information, range_journal, range_slot,
               range_start}),
    .out_valid(range_valid), .out_ready(range_ready), .count()
);

wire range_taken = chosen != 3'd0 && room;
assign j_done = range_taken && journal && is_last;
assign r_done = range_taken && restores;
assign h_done = range_taken && chosen[0];

always @(posedge clk) begin
    if (range_taken) begin
        later_reg <= ~((chosen - 3'd1) | chosen);
        if (journal)
            range_reg <= is_last ? FIRST : range_reg + 2'd1;
    end
    if (rst) begin
        range_reg <= FIRST;
        later_reg <= 3'd0;
    end
end

endmodule

`resetall
