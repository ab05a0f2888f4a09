// Update information of journals, from their creation to their device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Update information comes whole, as fast as journals are created, and goes into a memory of beats, so it passes a
 * queue; its journal is given to the device when its first beat enters the memory, and is not read faster than it
 * enters. The queue empties by itself, a beat a cycle, whatever the devices do. The CRC is made over the beats, and
 * enters with the last.
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
    // without its CRC
    input  wire [`UI_COVERED_BITS-1:0]     in_information,

    // its CRC, in the order of the journals
    output wire                            crc_valid,
    output wire [31:0]                     crc,

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
`ML_REQUIRE(`ML_IN_RANGE(SLOT_WIDTH, 1, 12), parameter_error_SLOT_WIDTH_must_be_1_to_12)

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
        assign write_data    = {crc, in_information};
        assign crc_valid     = in_valid != 0;

        wire [31:0] covered;
        // still while there is none: it holds the time of day
        wire [`UI_COVERED_BITS-1:0] given = in_information & {`UI_COVERED_BITS{in_valid != 0}};

        crc32 #(.DATA_WIDTH(`UI_COVERED_BITS)) all_of_it (
            .data(given), .state(32'hFFFFFFFF), .state_next(covered)
        );
        assign crc = ~covered;
    end else begin : parts
        localparam PART_WIDTH = $clog2(PARTS);
        localparam [PART_WIDTH-1:0] LAST = {PART_WIDTH{1'b1}};
        // half of the queue is kept for steps that have begun
        localparam DEPTH = 16;
        reg  [PART_WIDTH-1:0]  part_reg;
        wire queued;
        wire [DEVICES-1:0]     devices;
        wire [SLOT_WIDTH-1:0]  slot;
        wire [$clog2(DEPTH):0] count;
        wire [`UI_COVERED_BITS-1:0] covered_part;
        wire [`UPDATE_INFORMATION_BITS-1:0] information = {32'd0, covered_part};

        fifo #(.WIDTH(DEVICES + SLOT_WIDTH + `UI_COVERED_BITS), .DEPTH(DEPTH)) queue (
            .clk(clk), .rst(rst),
            .in_data({in_valid, in_slot, in_information}), .in_valid(in_valid != 0), .in_ready(),
            .out_data({devices, slot, covered_part}), .out_valid(queued), .out_ready(part_reg == LAST),
            .count(count)
        );

        // the part that enters the memory, a cycle after it left the queue
        reg  [PART_WIDTH-1:0] entering_part_reg;
        reg                   enters_reg;
        reg  [DEVICES-1:0]    devices_reg;
        reg  [SLOT_WIDTH-1:0] slot_reg;
        reg  [DATA_WIDTH-1:0] beat_reg;
        reg  [31:0]           state_reg;
        wire                  begins = entering_part_reg == 0;
        wire                  ends   = entering_part_reg == LAST;
        wire [31:0]           covered, state_next;

        // the last 32 bits of the last beat are the CRC's place
        crc32 #(.DATA_WIDTH(DATA_WIDTH - 32)) lower (
            .data(beat_reg[DATA_WIDTH-33:0]), .state(begins ? 32'hFFFFFFFF : state_reg), .state_next(covered)
        );

        crc32 #(.DATA_WIDTH(32)) upper (.data(beat_reg[DATA_WIDTH-1 -: 32]), .state(covered), .state_next(state_next));

        assign room          = count < DEPTH / 2;
        assign out_valid     = (enters_reg && begins) ? devices_reg : {DEVICES{1'b0}};
        assign out_slot      = slot_reg;
        assign write_enable  = enters_reg;
        assign write_address = {slot_reg, entering_part_reg};
        assign write_data    = {ends ? ~covered : beat_reg[DATA_WIDTH-1 -: 32], beat_reg[DATA_WIDTH-33:0]};
        assign crc_valid     = enters_reg && ends;
        assign crc           = ~covered;

        always @(posedge clk) begin
            enters_reg        <= queued;
            devices_reg       <= devices;
            slot_reg          <= slot;
            beat_reg          <= information[part_reg*DATA_WIDTH +: DATA_WIDTH];
            entering_part_reg <= part_reg;
            state_reg         <= state_next;
            if (queued)
                part_reg <= part_reg + 1'b1;
            if (rst) begin
                part_reg   <= 0;
                enters_reg <= 1'b0;
            end
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
