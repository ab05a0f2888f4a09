// Update information read for sending: one batch of journals.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "update_information.vh"
`include "parameters.vh"

/*
 * Update information comes beat by beat, in its order, and is cut into a batch as it comes: journals belong to it as long as their data
 * does not exceed the limit, and the first does in any case. Kept for the packet are the beats, and of each journal what says
 * where its write data lies.
 */
module entry_buffer #(
    parameter DATA_WIDTH = 512,
    // Journals in a batch, at most; a power of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48,
    parameter INDEX_WIDTH = $clog2(MAX_JOURNALS),
    parameter PLACE_WIDTH = $clog2(MAX_JOURNALS * `UPDATE_INFORMATION_BITS / DATA_WIDTH)
) (
    input  wire                      clk,

    // a batch begins, from journal `first` of a group on, with at most so many bytes of data
    input  wire                      start,
    input  wire [63:0]               first,
    input  wire [15:0]               group,
    input  wire [31:0]               limit_bytes,
    input  wire                      beat,
    input  wire [DATA_WIDTH-1:0]     beat_data,

    // the batch: journals, bytes of their data, and those of them in the write data area
    output wire [6:0]                journals,
    output wire [31:0]               bytes,
    output wire [31:0]               area_bytes,
    // two cycles after its last beat: some of the update information is not what was written
    output reg                       damaged,

    // a beat of it, one cycle later
    input  wire                      read_enable,
    input  wire [PLACE_WIDTH-1:0]    read_place,
    output wire [DATA_WIDTH-1:0]     read_data,

    // journal `index`: its data lies in the write data area, not in place
    input  wire [INDEX_WIDTH-1:0]    index,
    output wire                      in_area,
    output wire [15:0]               volume,
    output wire [POSITION_WIDTH-1:0] position,
    output wire [31:0]               size
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;

reg [PLACE_WIDTH-1:0] place_reg;
reg [31:0]            limit_reg;
reg [6:0]             journals_reg;
reg [31:0]            bytes_reg;
reg [31:0]            area_bytes_reg;
reg                   full_reg;
reg [W+48:0]          descriptions [0:MAX_JOURNALS-1];

/*
 * The update information that this beat completes
 */
wire [`UPDATE_INFORMATION_BITS-1:0] information;
wire information_end;

generate
    if (PARTS == 1) begin : whole
        assign information     = beat_data;
        assign information_end = beat;
    end else begin : assemble
        reg [`UPDATE_INFORMATION_BITS-DATA_WIDTH-1:0] parts_reg;

        always @(posedge clk)
            if (beat)
                parts_reg <= information[`UPDATE_INFORMATION_BITS-1:DATA_WIDTH];

        assign information     = {beat_data, parts_reg};
        assign information_end = beat && place_reg[$clog2(PARTS)-1:0] == {$clog2(PARTS){1'b1}};
    end
endgenerate

/*
 * Is it what was written?
 */
reg  [63:0] number_reg;
reg  [15:0] group_reg;
reg         check_reg;
wire        entry_damaged;

entry_check #(.MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES)) entry_check_inst (
    .clk(clk), .check(information_end), .information(information), .number(number_reg), .group(group_reg),
    .damaged(entry_damaged)
);

always @(posedge clk) begin
    check_reg <= information_end && !start;
    if (check_reg && entry_damaged)
        damaged <= 1'b1;
    if (information_end)
        number_reg <= number_reg + 64'd1;
    if (start) begin
        damaged    <= 1'b0;
        number_reg <= first;
        group_reg  <= group;
    end
end

wire        host_write = information[`UI_KIND] == `UI_KIND_HOST_WRITE;
wire [31:0] added      = information[`UI_SIZE];
wire [31:0] bytes_next = bytes_reg + added;
wire        fits       = journals_reg == 7'd0 || (!full_reg && bytes_next <= limit_reg);
wire        accepted   = information_end && fits;

always @(posedge clk) begin
    if (start) begin
        place_reg      <= 0;
        limit_reg      <= limit_bytes;
        journals_reg   <= 7'd0;
        bytes_reg      <= 32'd0;
        area_bytes_reg <= 32'd0;
        full_reg       <= 1'b0;
    end else begin
        if (beat)
            place_reg <= place_reg + 1'b1;
        if (information_end)
            full_reg <= !fits;
        if (accepted) begin
            journals_reg <= journals_reg + 7'd1;
            bytes_reg    <= bytes_next;
            if (host_write)
                area_bytes_reg <= area_bytes_reg + added;
        end
    end
    if (accepted)
        descriptions[journals_reg[INDEX_WIDTH-1:0]] <= {
            host_write, information[`UI_VOLUME], information[128+64 +: W], added
        };
end

assign journals   = journals_reg;
assign bytes      = bytes_reg;
assign area_bytes = area_bytes_reg;
assign {in_area, volume, position, size} = descriptions[index];

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(1 << PLACE_WIDTH), .READ_PORTS(1)) memory (
    .clk(clk), .write_enable(beat), .write_address(place_reg), .write_data(beat_data),
    .read_enable(read_enable), .read_address(read_place), .read_data(read_data)
);

endmodule

`resetall
