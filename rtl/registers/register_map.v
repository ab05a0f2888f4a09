// Register map: from an address to a table's row, and which values a register takes (registers.rdl).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Combinational. Volumes from 0x1000 on, 0x40 bytes a row; pairs from 0x2000, 0x80; groups from 0x4000, 0x200, of which
 * the pointers begin at 0x80, the settings of replication at 0x100 and its progress at 0x180.
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
    input  wire        clk,

    // address to row
    input  wire [15:0] address,
    output reg  [2:0]  in_table,
    output reg  [15:0] row,
    output reg  [3:0]  field,

    // whether a register takes a value; which register it is holds since the cycle before
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

localparam W = POSITION_WIDTH;
localparam [63:0] MOST_VOLUMES = VOLUMES - 1, MOST_PAIRS = PAIRS - 1, MOST_GROUPS = GROUPS - 1,
    MOST_DEVICES = DEVICES - 1;

/*
 * Which bits of a value may be set; of one that is at most so large, SMALL: below 2^17
 */
localparam [2:0] ALL = 3'd0, BLOCKS = 3'd1, ENTRIES = 3'd2, WORD = 3'd3, NUMBER = 3'd4, PAIR_SET = 3'd5,
    OPERATION = 3'd6, SMALL = 3'd7;
// the smallest value: that power of two. In cycles; below them a system would be busy with asking alone, and a quarter
// of a partner's heartbeat time has room for a time-out
localparam [3:0] LEAST_INTERVAL = 4'd4, LEAST_TIMEOUT = 4'd6, LEAST_SILENCE = 4'd10, LEAST_BYTES = 4'd9, ONE = 4'd0,
    NO_LEAST = 4'd15;

// Bit of the activity that is always 0
localparam RESERVED = 5;

reg [2:0]  bits;
reg [3:0]  smallest;
reg [16:0] largest;
// whether "none" or 0 is a value
reg        none_allowed;
reg        zero_allowed;
// of the cycle before
reg [2:0]  bits_reg;
reg [3:0]  smallest_reg;
reg [16:0] largest_reg;
reg        none_allowed_reg, zero_allowed_reg, is_unit_reg, is_activity_reg;

always @* begin
    bits         = ALL;
    smallest     = NO_LEAST;
    largest      = 17'h1FFFF;
    none_allowed = 1'b0;
    zero_allowed = 1'b0;
    case ({value_table, value_field})
        {`ML_TABLE_VOLUME, 4'd0}: {bits, largest} = {SMALL, 17'd4};         // state
        {`ML_TABLE_VOLUME, 4'd1}: ;                                         // format
        {`ML_TABLE_VOLUME, 4'd2}: bits = BLOCKS;                            // capacity
        {`ML_TABLE_VOLUME, 4'd3}: begin                                     // pair
            {bits, largest} = {SMALL, MOST_PAIRS[16:0]};
            none_allowed = 1'b1;
        end
        {`ML_TABLE_VOLUME, 4'd4}: {bits, largest} = {SMALL, MOST_DEVICES[16:0]};  // device
        {`ML_TABLE_VOLUME, 4'd5}: bits = BLOCKS;                            // offset

        {`ML_TABLE_PAIR, 4'd0}: {bits, largest} = {SMALL, 17'd4};           // state
        {`ML_TABLE_PAIR, 4'd5}: {bits, largest} = {SMALL, MOST_GROUPS[16:0]};  // group
        {`ML_TABLE_PAIR, 4'd6}, {`ML_TABLE_PAIR, 4'd8}: bits = BLOCKS;      // copy complete address, original capacity
        {`ML_TABLE_PAIR, 4'd1}, {`ML_TABLE_PAIR, 4'd2}, {`ML_TABLE_PAIR, 4'd3}, {`ML_TABLE_PAIR, 4'd4}:
            bits = NUMBER;                                                  // systems and volumes

        {`ML_TABLE_GROUP, 4'd0}: {bits, largest} = {SMALL, 17'd2};          // state
        {`ML_TABLE_GROUP, 4'd1}: bits = PAIR_SET;                           // pair set
        {`ML_TABLE_GROUP, 4'd2}: begin                                      // journal volume
            {bits, largest} = {SMALL, MOST_VOLUMES[16:0]};
            none_allowed = 1'b1;
        end
        {`ML_TABLE_GROUP, 4'd5}: {bits, largest} = {SMALL, 17'd2};          // full policy
        {`ML_TABLE_GROUP, 4'd6}: bits = WORD;                               // watch time
        {`ML_TABLE_GROUP, 4'd7}: {bits, largest} = {SMALL, 9'd0, `ML_REASON_START_UNANSWERED};  // reason

        {`ML_TABLE_POINTER, 4'd0}, {`ML_TABLE_POINTER, 4'd2}, {`ML_TABLE_POINTER, 4'd3}, {`ML_TABLE_POINTER, 4'd6},
        {`ML_TABLE_POINTER, 4'd7}, {`ML_TABLE_POINTER, 4'd8}, {`ML_TABLE_POINTER, 4'd10}, {`ML_TABLE_POINTER, 4'd12}:
            bits = ENTRIES;                                                 // of the update information area
        {`ML_TABLE_POINTER, 4'd1}, {`ML_TABLE_POINTER, 4'd4}, {`ML_TABLE_POINTER, 4'd5}, {`ML_TABLE_POINTER, 4'd9},
        {`ML_TABLE_POINTER, 4'd11}, {`ML_TABLE_POINTER, 4'd13}:
            bits = BLOCKS;                                                  // of the write data area

        {`ML_TABLE_SETTINGS, 4'd0}: bits = WORD;                            // generation
        {`ML_TABLE_SETTINGS, 4'd9}: begin                                   // interval
            bits     = WORD;
            smallest = LEAST_INTERVAL;
        end
        {`ML_TABLE_SETTINGS, 4'd15}: begin                                  // silence
            bits         = WORD;
            smallest     = LEAST_SILENCE;
            zero_allowed = 1'b1;
        end
        {`ML_TABLE_SETTINGS, 4'd1}, {`ML_TABLE_SETTINGS, 4'd2}: bits = NUMBER;  // partner
        {`ML_TABLE_SETTINGS, 4'd3}: bits = BLOCKS;                          // its write data area
        {`ML_TABLE_SETTINGS, 4'd4}, {`ML_TABLE_SETTINGS, 4'd8}: {bits, largest} = {SMALL, 17'd1};  // read mode, no room
        {`ML_TABLE_SETTINGS, 4'd5}: begin                                   // journals in a batch
            smallest = ONE;
            {bits, largest} = {SMALL, MAX_JOURNALS[16:0]};
        end
        {`ML_TABLE_SETTINGS, 4'd6}: begin                                   // bytes in a batch
            smallest = LEAST_BYTES;
            {bits, largest} = {SMALL, MAX_DATA_BYTES[16:0]};
        end
        {`ML_TABLE_SETTINGS, 4'd7}: begin                                   // commands in flight
            smallest = ONE;
            {bits, largest} = {SMALL, COMMANDS[16:0]};
        end
        {`ML_TABLE_SETTINGS, 4'd10}: begin                                  // time-out
            bits     = WORD;
            smallest = LEAST_TIMEOUT;
        end
        {`ML_TABLE_SETTINGS, 4'd12}: begin                                  // backlog
            bits     = WORD;
            smallest = ONE;
        end
        {`ML_TABLE_SETTINGS, 4'd11}: {bits, largest} = {SMALL, 17'd2};      // next command
        {`ML_TABLE_SETTINGS, 4'd13}: begin                                  // copy unit
            bits     = BLOCKS;
            smallest = LEAST_BYTES;
            largest  = MAX_TRANSFER_BYTES[16:0];
        end
        {`ML_TABLE_SETTINGS, 4'd14}: {bits, largest} = {SMALL, 17'h7F};     // activity

        {`ML_TABLE_SYSTEM, 4'd0}:
            if (value_upper)
                bits = OPERATION;
        {`ML_TABLE_SYSTEM, 4'd6}:
            if (!value_upper)
                bits = WORD;                                                // incarnation

        {`ML_TABLE_PROGRESS, 4'd0}: bits = ENTRIES;                         // update information sent
        {`ML_TABLE_PROGRESS, 4'd3}: bits = WORD;                            // tag
        {`ML_TABLE_PROGRESS, 4'd4}: {bits, largest} = {SMALL, MAX_JOURNALS[16:0]};  // batch
        {`ML_TABLE_PROGRESS, 4'd5}: bits = BLOCKS;                          // its data
        {`ML_TABLE_PROGRESS, 4'd6}: bits = PAIR_SET;                        // marked
        {`ML_TABLE_PROGRESS, 4'd7}: bits = NUMBER;                          // exit of the last command
        {`ML_TABLE_PROGRESS, 4'd12}: {bits, largest} = {SMALL, 17'd3};      // unanswered
        default: ;
    endcase
end

// of a copy unit both: whole blocks, and at most so many; of the activity not all bits
always @(posedge clk) begin
    {bits_reg, smallest_reg, largest_reg} <= {bits, smallest, largest};
    none_allowed_reg <= none_allowed;
    zero_allowed_reg <= zero_allowed;
    is_unit_reg      <= value_table == `ML_TABLE_SETTINGS && value_field == 4'd13;
    is_activity_reg  <= value_table == `ML_TABLE_SETTINGS && value_field == 4'd14;
end

wire       upper   = value[63:32] != 32'd0;
wire       far     = (value >> W) != 64'd0;
wire [63:0] beyond_pairs = value >> PAIRS;
reg        bits_fit, enough;

always @* begin
    case (bits_reg)
        BLOCKS:    bits_fit = !far && value[8:0] == 9'd0 && !(is_unit_reg && (upper || value[31:17] != 15'd0));
        ENTRIES:   bits_fit = !far && value[5:0] == 6'd0;
        WORD:      bits_fit = !upper;
        NUMBER:    bits_fit = !upper && value[31:16] == 16'd0;
        PAIR_SET:  bits_fit = beyond_pairs == 64'd0;
        OPERATION: bits_fit = !upper && value[15:8] == 8'd0;
        SMALL:     bits_fit = !upper && value[31:17] == 15'd0 && !(is_activity_reg && value[RESERVED]);
        default:   bits_fit = 1'b1;
    endcase
end

always @* begin
    case (smallest_reg)
        ONE:            enough = value != 64'd0;
        LEAST_INTERVAL: enough = value[63:4] != 60'd0;
        LEAST_TIMEOUT:  enough = value[63:6] != 58'd0;
        LEAST_BYTES:    enough = value[63:9] != 55'd0;
        LEAST_SILENCE:  enough = value[63:10] != 54'd0;
        default:        enough = 1'b1;
    endcase
end

wire limited = bits_reg == SMALL || is_unit_reg;

assign value_fits = (none_allowed_reg && value == {48'd0, `ML_NONE}) || (zero_allowed_reg && value == 64'd0)
                    || (bits_fit && enough && (!limited || value[16:0] <= largest_reg));

endmodule

`resetall
