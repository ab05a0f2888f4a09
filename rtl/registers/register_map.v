// Register map: from an address to a table's row, and which values a register takes (registers.rdl).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Combinational. Volumes from 0x1000 on, 0x40 bytes a row; pairs from 0x2000, 0x80; groups from 0x4000, 0x200, of which the
 * pointers begin at 0x80, the settings of replication at 0x100 and its progress at 0x180.
 */
module register_map #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Journals and bytes of write data in a packet, journal read commands of a group in flight
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter COMMANDS = 4,
    parameter POSITION_WIDTH = 48
) (
    // address to row
    input  wire [15:0] address,
    output reg  [2:0]  in_table,
    output reg  [15:0] row,
    output reg  [3:0]  field,

    // whether a register takes a value
    input  wire [2:0]  value_table,
    input  wire        value_upper,
    input  wire [3:0]  value_field,
    input  wire [63:0] value,
    output wire        value_fits
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_TRANSFER_FITS_BATCH

localparam [63:0] MOST_COMMANDS = {32'd0, COMMANDS[31:0]};

always @* begin
    in_table = `ML_TABLE_NONE;
    row      = 16'd0;
    field    = address[6:3];
    if (address[2:0] == 3'd0)
        casez (address[15:12])
            4'h0: begin
                row = {11'd0, address[11:7]};
                if ((row == 16'd0 && (field != 4'd15)) || (row == 16'd1 && field <= 4'd2))
                    in_table = `ML_TABLE_SYSTEM;
            end
            4'h1: begin
                row   = {10'd0, address[11:6]};
                field = {1'b0, address[5:3]};
                if (row < VOLUMES && field <= 4'd5)
                    in_table = `ML_TABLE_VOLUME;
            end
            4'b001?: begin
                row = {10'd0, address[12:7]};
                if (row < PAIRS && field <= 4'd8)
                    in_table = `ML_TABLE_PAIR;
            end
            4'b010?: begin
                row = {12'd0, address[12:9]};
                if (row < GROUPS && address[8:7] == 2'd0 && field <= 4'd7)
                    in_table = `ML_TABLE_GROUP;
                if (row < GROUPS && address[8:7] == 2'd1 && field <= 4'd13)
                    in_table = `ML_TABLE_POINTER;
                if (row < GROUPS && address[8:7] == 2'd2)
                    in_table = `ML_TABLE_SETTINGS;
                if (row < GROUPS && address[8:7] == 2'd3 && (field <= 4'd10 || field == 4'd12))
                    in_table = `ML_TABLE_PROGRESS;
            end
            default: ;
        endcase
end

localparam [63:0] POSITIONS = (64'd1 << POSITION_WIDTH) - 64'd1;
localparam [63:0] BLOCKS    = POSITIONS & ~64'h1FF;
localparam [63:0] ENTRIES   = POSITIONS & ~64'h3F;
localparam [63:0] ALL       = 64'hFFFFFFFFFFFFFFFF;
localparam [63:0] ALL_PAIRS = ALL >> (64 - PAIRS);
localparam [63:0] NUMBERS   = 64'hFFFF;
localparam [63:0] OPERATION = 64'hFFFF00FF;
localparam [63:0] WORDS     = 64'hFFFFFFFF;
// cycles; below them a system would be busy with asking alone. A quarter of a partner's heartbeat time has room for a time-out
localparam [63:0] LEAST_INTERVAL = 64'd16;
localparam [63:0] LEAST_TIMEOUT  = 64'd64;
localparam [63:0] LEAST_SILENCE  = 64'd1024;

// bits that may be set, the smallest and the largest value, and whether "none" or 0 is one
reg [63:0] bits;
reg [63:0] smallest;
reg [63:0] largest;
reg        none_allowed;
reg        zero_allowed;

always @* begin
    bits         = ALL;
    smallest     = 64'd0;
    largest      = ALL;
    none_allowed = 1'b0;
    zero_allowed = 1'b0;
    case ({value_table, value_field})
        {`ML_TABLE_VOLUME, 4'd0}: largest = 64'd4;                          // state
        {`ML_TABLE_VOLUME, 4'd1}: ;                                         // format
        {`ML_TABLE_VOLUME, 4'd2}: bits = BLOCKS;                            // capacity
        {`ML_TABLE_VOLUME, 4'd3}: begin                                     // pair
            largest      = PAIRS - 1;
            none_allowed = 1'b1;
        end
        {`ML_TABLE_VOLUME, 4'd4}: largest = DEVICES - 1;                    // device
        {`ML_TABLE_VOLUME, 4'd5}: bits = BLOCKS;                            // offset

        {`ML_TABLE_PAIR, 4'd0}: largest = 64'd4;                            // state
        {`ML_TABLE_PAIR, 4'd5}: largest = GROUPS - 1;                       // group
        {`ML_TABLE_PAIR, 4'd6}, {`ML_TABLE_PAIR, 4'd8}: bits = BLOCKS;      // copy complete address, original capacity
        {`ML_TABLE_PAIR, 4'd1}, {`ML_TABLE_PAIR, 4'd2}, {`ML_TABLE_PAIR, 4'd3}, {`ML_TABLE_PAIR, 4'd4}:
            bits = NUMBERS;                                                 // systems and volumes

        {`ML_TABLE_GROUP, 4'd0}: largest = 64'd2;                           // state
        {`ML_TABLE_GROUP, 4'd1}: bits = ALL_PAIRS;                          // pair set
        {`ML_TABLE_GROUP, 4'd2}: begin                                      // journal volume
            largest      = VOLUMES - 1;
            none_allowed = 1'b1;
        end
        {`ML_TABLE_GROUP, 4'd5}: largest = 64'd2;                           // full policy
        {`ML_TABLE_GROUP, 4'd6}: largest = 64'hFFFFFFFF;                    // watch time
        {`ML_TABLE_GROUP, 4'd7}: largest = {56'd0, `ML_REASON_START_UNANSWERED};  // reason

        {`ML_TABLE_POINTER, 4'd0}, {`ML_TABLE_POINTER, 4'd2}, {`ML_TABLE_POINTER, 4'd3}, {`ML_TABLE_POINTER, 4'd6},
        {`ML_TABLE_POINTER, 4'd7}, {`ML_TABLE_POINTER, 4'd8}, {`ML_TABLE_POINTER, 4'd10}, {`ML_TABLE_POINTER, 4'd12}:
            bits = ENTRIES;                                                 // of the update information area
        {`ML_TABLE_POINTER, 4'd1}, {`ML_TABLE_POINTER, 4'd4}, {`ML_TABLE_POINTER, 4'd5}, {`ML_TABLE_POINTER, 4'd9},
        {`ML_TABLE_POINTER, 4'd11}, {`ML_TABLE_POINTER, 4'd13}:
            bits = BLOCKS;                                                  // of the write data area

        {`ML_TABLE_SETTINGS, 4'd0}: bits = WORDS;                           // generation
        {`ML_TABLE_SETTINGS, 4'd9}: begin                                   // interval
            bits     = WORDS;
            smallest = LEAST_INTERVAL;
        end
        {`ML_TABLE_SETTINGS, 4'd15}: begin                                  // silence
            bits         = WORDS;
            smallest     = LEAST_SILENCE;
            zero_allowed = 1'b1;
        end
        {`ML_TABLE_SETTINGS, 4'd1}, {`ML_TABLE_SETTINGS, 4'd2}: bits = NUMBERS;  // partner
        {`ML_TABLE_SETTINGS, 4'd3}: bits = BLOCKS;                          // its write data area
        {`ML_TABLE_SETTINGS, 4'd4}, {`ML_TABLE_SETTINGS, 4'd8}: largest = 64'd1;  // read mode, no room
        {`ML_TABLE_SETTINGS, 4'd5}: begin                                   // journals in a batch
            smallest = 64'd1;
            largest  = MAX_JOURNALS;
        end
        {`ML_TABLE_SETTINGS, 4'd6}: begin                                   // bytes in a batch
            smallest = 64'd512;
            largest  = MAX_DATA_BYTES;
        end
        {`ML_TABLE_SETTINGS, 4'd7}: begin                                   // commands in flight
            smallest = 64'd1;
            largest  = MOST_COMMANDS;
        end
        {`ML_TABLE_SETTINGS, 4'd10}: begin                                  // time-out
            bits     = WORDS;
            smallest = LEAST_TIMEOUT;
        end
        {`ML_TABLE_SETTINGS, 4'd12}: begin                                  // backlog
            bits     = WORDS;
            smallest = 64'd1;
        end
        {`ML_TABLE_SETTINGS, 4'd11}: largest = 64'd2;                       // next command
        {`ML_TABLE_SETTINGS, 4'd13}: begin                                  // copy unit
            bits     = BLOCKS;
            smallest = 64'd512;
            largest  = MAX_TRANSFER_BYTES;
        end
        {`ML_TABLE_SETTINGS, 4'd14}: largest = 64'h7F;                      // activity

        {`ML_TABLE_SYSTEM, 4'd0}:
            if (value_upper)
                bits = OPERATION;
        {`ML_TABLE_SYSTEM, 4'd6}:
            if (!value_upper)
                bits = WORDS;                                               // incarnation

        {`ML_TABLE_PROGRESS, 4'd0}: bits = ENTRIES;                         // update information sent
        {`ML_TABLE_PROGRESS, 4'd3}: bits = WORDS;                           // tag
        {`ML_TABLE_PROGRESS, 4'd4}: largest = MAX_JOURNALS;                 // batch
        {`ML_TABLE_PROGRESS, 4'd5}: bits = BLOCKS;                          // its data
        {`ML_TABLE_PROGRESS, 4'd6}: bits = ALL_PAIRS;                       // marked
        {`ML_TABLE_PROGRESS, 4'd7}: bits = NUMBERS;                         // exit of the last command
        {`ML_TABLE_PROGRESS, 4'd12}: largest = 64'd3;                       // unanswered
        default: ;
    endcase
end

assign value_fits = (none_allowed && value == {48'd0, `ML_NONE}) || (zero_allowed && value == 64'd0) || ((value & ~bits) == 64'd0 && value >= smallest && value <= largest);

endmodule

`resetall
