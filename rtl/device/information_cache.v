// Update information of journals, from their creation to their device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Update information comes whole, as fast as journals are created, and goes into a memory of beats, so it passes a queue;
 * its journal is given to the device when its first beat enters the memory, and is not read faster than it enters. The
 * queue empties by itself, a beat a cycle, whatever the devices do.
 */
module information_cache #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    // Bits of a job's slot
    parameter SLOT_WIDTH = 6,
    // Bits of a beat's place: {slot, beat}
    parameter PLACE_WIDTH = SLOT_WIDTH + $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH)
) (
    input  wire                            clk,
    input  wire                            rst,

    // a journal; those of the steps that may be in flight find room for theirs
    output wire                            room,
    input  wire [DEVICES-1:0]              in_valid,
    input  wire [SLOT_WIDTH-1:0]           in_slot,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] in_information,

    // it is given to its device
    output wire [DEVICES-1:0]              out_valid,
    output wire [SLOT_WIDTH-1:0]           out_slot,

    // devices ask for beats; whose is read in this cycle
    input  wire [DEVICES-1:0]              read_valid,
    output wire [DEVICES-1:0]              read_taken,
    input  wire [DEVICES*PLACE_WIDTH-1:0]  read_address,
    output wire [DEVICES*DATA_WIDTH-1:0]   read_data
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES

localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;

wire                   write_enable;
wire [PLACE_WIDTH-1:0] write_address;
wire [DATA_WIDTH-1:0]  write_data;

generate
    if (PARTS == 1) begin : whole
        assign room          = 1'b1;
        assign out_valid     = in_valid;
        assign out_slot      = in_slot;
        assign write_enable  = in_valid != 0;
        assign write_address = in_slot;
        assign write_data    = in_information;
    end else begin : parts
        localparam PART_WIDTH = $clog2(PARTS);
        // half of the queue is kept for steps that have begun
        localparam DEPTH = 16;
        reg  [PART_WIDTH-1:0] part_reg;
        wire queued;
        wire [DEVICES-1:0]     devices;
        wire [$clog2(DEPTH):0] count;
        wire [`UPDATE_INFORMATION_BITS-1:0] information;

        fifo #(.WIDTH(DEVICES + SLOT_WIDTH + `UPDATE_INFORMATION_BITS), .DEPTH(DEPTH)) queue (
            .clk(clk), .rst(rst),
            .in_data({in_valid, in_slot, in_information}), .in_valid(in_valid != 0), .in_ready(),
            .out_data({devices, out_slot, information}), .out_valid(queued), .out_ready(part_reg == {PART_WIDTH{1'b1}}),
            .count(count)
        );

        assign room          = count < DEPTH / 2;
        assign out_valid     = (queued && part_reg == 0) ? devices : {DEVICES{1'b0}};
        assign write_enable  = queued;
        assign write_address = {out_slot, part_reg};
        assign write_data    = information[part_reg*DATA_WIDTH +: DATA_WIDTH];

        always @(posedge clk) begin
            if (queued)
                part_reg <= part_reg + 1'b1;
            if (rst)
                part_reg <= 0;
        end
    end
endgenerate

turn_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(1 << PLACE_WIDTH), .READERS(DEVICES)) memory (
    .clk(clk), .rst(rst),
    .write_enable(write_enable), .write_address(write_address), .write_data(write_data),
    .read_valid(read_valid), .read_taken(read_taken), .read_address(read_address), .read_data(read_data)
);

endmodule

`resetall
