// The memories that storage devices are written from: of host writes, update information, and replication.
// replication.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * A beat that a device asks for is taken in the memory that it lies in, and comes from there with the next edge. Disk
 * adapters and host reads take turns in the banks of host writes.
 */
module write_sources #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    // Host writes: beats of a slot, and of all slots
    parameter SLOT_BEATS = 128,
    parameter BEATS = 2048,
    // Bits of a job's slot, and of a beat's place in the largest memory
    parameter JOB_SLOT_WIDTH = 6,
    parameter START_WIDTH = 12,
    parameter CACHE_WIDTH = $clog2(BEATS)
) (
    input  wire                            clk,
    input  wire                            rst,

    // host writes, and reads of them
    input  wire                            fill_enable,
    input  wire [CACHE_WIDTH-1:0]          fill_address,
    input  wire [DATA_WIDTH-1:0]           fill_data,
    input  wire                            host_valid,
    output wire                            host_taken,
    input  wire [CACHE_WIDTH-1:0]          host_address,
    output wire [DATA_WIDTH-1:0]           host_data,

    // update information of journals, as in information_cache
    output wire                            information_room,
    input  wire [DEVICES-1:0]              in_valid,
    input  wire [JOB_SLOT_WIDTH-1:0]       in_slot,
    input  wire [`UI_COVERED_BITS-1:0]     in_information,
    output wire                            crc_valid,
    output wire [31:0]                     crc,
    output wire [DEVICES-1:0]              out_valid,
    output wire [JOB_SLOT_WIDTH-1:0]       out_slot,

    // devices ask for update information, or for write data of a client
    input  wire [DEVICES-1:0]              valid,
    input  wire [DEVICES-1:0]              of_information,
    input  wire [2*DEVICES-1:0]            client,
    input  wire [DEVICES*START_WIDTH-1:0]  address,
    output wire [DEVICES-1:0]              taken,
    output wire [DEVICES*DATA_WIDTH-1:0]   data,

    // memories of journals received and restored
    output wire [DEVICES-1:0]              received_valid,
    input  wire [DEVICES-1:0]              received_taken,
    input  wire [DEVICES*DATA_WIDTH-1:0]   received_data,
    output wire [DEVICES-1:0]              restored_valid,
    input  wire [DEVICES-1:0]              restored_taken,
    input  wire [DEVICES*DATA_WIDTH-1:0]   restored_data
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE(SLOT_BEATS >= 1, parameter_error_SLOT_BEATS_must_be_at_least_1)
`ML_REQUIRE(BEATS >= SLOT_BEATS, parameter_error_BEATS_must_be_at_least_SLOT_BEATS)
`ML_REQUIRE(`ML_IN_RANGE(JOB_SLOT_WIDTH, 1, 12), parameter_error_JOB_SLOT_WIDTH_must_be_1_to_12)

localparam [1:0] HOST = 2'd0, RECEIVED = 2'd1, RESTORED = 2'd2, INFORMATION = 2'd3;
localparam PLACE_WIDTH = JOB_SLOT_WIDTH + $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH);
localparam BANKS = (DEVICES > 7) ? 16 : (DEVICES > 3) ? 8 : (DEVICES > 1) ? 4 : 2;

wire [DEVICES-1:0] cache_valid, cache_taken, information_valid, information_taken;
wire [DEVICES*CACHE_WIDTH-1:0] cache_address;
wire [DEVICES*PLACE_WIDTH-1:0] information_address;
wire [DEVICES*DATA_WIDTH-1:0] cache_data, information_data;

turn_memory #(
    .DATA_WIDTH(DATA_WIDTH), .BEATS(BEATS), .READERS(DEVICES + 1), .BANKS((BANKS < SLOT_BEATS) ? BANKS : SLOT_BEATS)
) write_cache (
    .clk(clk), .rst(rst),
    .write_enable(fill_enable), .write_address(fill_address), .write_data(fill_data),
    .read_valid({host_valid, cache_valid}), .read_taken({host_taken, cache_taken}),
    .read_address({host_address, cache_address}), .read_data({host_data, cache_data})
);

information_cache #(.DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .SLOT_WIDTH(JOB_SLOT_WIDTH)) information_cache_inst (
    .clk(clk), .rst(rst), .room(information_room),
    .in_valid(in_valid), .in_slot(in_slot), .in_information(in_information), .crc_valid(crc_valid), .crc(crc),
    .out_valid(out_valid), .out_slot(out_slot),
    .read_valid(information_valid), .read_taken(information_taken), .read_address(information_address),
    .read_data(information_data)
);

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire [1:0] source = of_information[n] ? INFORMATION
                            : (client[2*n +: 2] == `ML_WRITE_RECEIVED) ? RECEIVED
                            : (client[2*n +: 2] == `ML_WRITE_RESTORE) ? RESTORED : HOST;
        reg  [1:0] source_reg;
        wire [START_WIDTH-1:0] place = address[n*START_WIDTH +: START_WIDTH];

        assign cache_valid[n]       = valid[n] && source == HOST;
        assign received_valid[n]    = valid[n] && source == RECEIVED;
        assign restored_valid[n]    = valid[n] && source == RESTORED;
        assign information_valid[n] = valid[n] && source == INFORMATION;
        assign taken[n] = cache_taken[n] || received_taken[n] || restored_taken[n] || information_taken[n];
        assign cache_address[n*CACHE_WIDTH +: CACHE_WIDTH]       = place[CACHE_WIDTH-1:0];
        assign information_address[n*PLACE_WIDTH +: PLACE_WIDTH] = place[PLACE_WIDTH-1:0];
        assign data[n*DATA_WIDTH +: DATA_WIDTH] =
            (source_reg == HOST) ? cache_data[n*DATA_WIDTH +: DATA_WIDTH]
            : (source_reg == RECEIVED) ? received_data[n*DATA_WIDTH +: DATA_WIDTH]
            : (source_reg == RESTORED) ? restored_data[n*DATA_WIDTH +: DATA_WIDTH]
            : information_data[n*DATA_WIDTH +: DATA_WIDTH];

        always @(posedge clk)
            if (valid[n])
                source_reg <= source;
    end
endgenerate

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md), of the first device
 */
reg                  rst_reg, asked_reg, received_taken_reg, restored_taken_reg;
reg [DATA_WIDTH-1:0] shown_reg, received_shown_reg, restored_shown_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: beats of other memories hold until the next is taken (TURNS_1), which was asked for (TURNS_2)
    `ML_ASSUMED(received_taken_reg || received_data[0 +: DATA_WIDTH] == received_shown_reg);
    `ML_ASSUMED(restored_taken_reg || restored_data[0 +: DATA_WIDTH] == restored_shown_reg);
    `ML_ASSUMED((received_taken & ~received_valid) == 0 && (restored_taken & ~restored_valid) == 0);
end

always @(posedge clk) begin
    rst_reg            <= rst;
    asked_reg          <= valid[0];
    received_taken_reg <= received_taken[0];
    restored_taken_reg <= restored_taken[0];
    shown_reg          <= data[0 +: DATA_WIDTH];
    received_shown_reg <= received_data[0 +: DATA_WIDTH];
    restored_shown_reg <= restored_data[0 +: DATA_WIDTH];
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a device's beat holds until it asks for the next one
    `ML_HOLDS(SOURCES_1, rst_reg || asked_reg || data[0 +: DATA_WIDTH] == shown_reg);
end
`endif

endmodule

`resetall
