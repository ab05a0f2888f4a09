// A storage device in block RAM: an AXI4 slave that takes and gives one beat a cycle (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Bursts of each direction are carried out in their order; they are of whole beats, one address after the other, within
 * 4 KiB. One outside of the memory is answered with an error: nothing of it is written, and what it reads is no matter.
 * What is written can be read from the cycle on in which its answer is offered. A reset forgets bursts, but no data.
 *
 * Beside this, single beats are accessed whenever the memory's port is free: what is read is on `s_axi_rdata` in the
 * cycle behind `access_ready`.
 */
module memory_device #(
    // Bits of a beat
    parameter DATA_WIDTH = 64,
    // Bits of a device address
    parameter AXI_ADDR_WIDTH = 48,
    // From address 0 on, a power of two, 4 KiB to 1 MiB
    parameter MEMORY_BYTES = 65536,
    // Bursts of each direction that wait, a power of two
    parameter BURSTS = 2,
    // Bits of a beat's place, not to be set
    parameter PLACE_WIDTH = $clog2(8 * MEMORY_BYTES / DATA_WIDTH)
) (
    input  wire                      clk,
    input  wire                      rst,

    input  wire [AXI_ADDR_WIDTH-1:0] s_axi_awaddr,
    input  wire [7:0]                s_axi_awlen,
    input  wire                      s_axi_awvalid,
    output wire                      s_axi_awready,
    input  wire [DATA_WIDTH-1:0]     s_axi_wdata,
    input  wire                      s_axi_wvalid,
    output wire                      s_axi_wready,
    output wire [1:0]                s_axi_bresp,
    output wire                      s_axi_bvalid,
    input  wire                      s_axi_bready,
    input  wire [AXI_ADDR_WIDTH-1:0] s_axi_araddr,
    input  wire [7:0]                s_axi_arlen,
    input  wire                      s_axi_arvalid,
    output wire                      s_axi_arready,
    output wire [DATA_WIDTH-1:0]     s_axi_rdata,
    output wire [1:0]                s_axi_rresp,
    output wire                      s_axi_rlast,
    output wire                      s_axi_rvalid,
    input  wire                      s_axi_rready,

    input  wire                      access_valid,
    input  wire                      access_write,
    input  wire [PLACE_WIDTH-1:0]    access_place,
    input  wire [DATA_WIDTH-1:0]     access_data,
    output wire                      access_ready
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE(`ML_POWER_OF_TWO(MEMORY_BYTES, 4096, 1048576),
            parameter_error_MEMORY_BYTES_must_be_a_power_of_two_from_4096_to_1048576)
`ML_REQUIRE(`ML_POWER_OF_TWO(BURSTS, 2, 16), parameter_error_BURSTS_must_be_a_power_of_two_from_2_to_16)
`ML_REQUIRE(PLACE_WIDTH == $clog2(8 * MEMORY_BYTES / DATA_WIDTH), parameter_error_PLACE_WIDTH_is_not_to_be_set)

localparam P = PLACE_WIDTH;
localparam LOW = $clog2(DATA_WIDTH / 8);
localparam HIGH = $clog2(MEMORY_BYTES);
// place and length, and whether it lies outside
localparam BURST = 1 + 8 + P;

// what is read in the cycle in which it is written belongs to a burst that did not wait for the answer
(* no_rw_check *)
reg  [DATA_WIDTH-1:0] beats [0:8*MEMORY_BYTES/DATA_WIDTH-1];

/*
 * Writes. Of the first burst, beats that were taken, and the place of the next one behind the first
 */
reg  [7:0]   write_count_reg;
reg  [P-1:0] write_next_reg;
wire         write_there, write_outside, answer_free;
wire [7:0]   write_length;
wire [P-1:0] write_first;
wire [P-1:0] write_place = (write_count_reg == 8'd0) ? write_first : write_next_reg;
wire         write_takes = s_axi_wvalid && s_axi_wready;
wire         write_ends  = write_takes && write_count_reg == write_length;

assign s_axi_wready   = write_there && answer_free;
assign s_axi_bresp[0] = 1'b0;

fifo #(.WIDTH(BURST), .DEPTH(BURSTS)) writes (
    .clk(clk), .rst(rst), .in_data({s_axi_awaddr[AXI_ADDR_WIDTH-1:HIGH] != 0, s_axi_awlen, s_axi_awaddr[HIGH-1:LOW]}),
    .in_valid(s_axi_awvalid), .in_ready(s_axi_awready), .out_data({write_outside, write_length, write_first}),
    .out_valid(write_there), .out_ready(write_ends), .count()
);

fifo #(.WIDTH(1), .DEPTH(BURSTS)) answers (
    .clk(clk), .rst(rst), .in_data(write_outside), .in_valid(write_ends), .in_ready(answer_free),
    .out_data(s_axi_bresp[1]), .out_valid(s_axi_bvalid), .out_ready(s_axi_bready), .count()
);

/*
 * Reads, in the same way; a beat that was read is offered
 */
reg  [7:0]            read_count_reg;
reg  [P-1:0]          read_next_reg;
reg  [DATA_WIDTH-1:0] data_reg;
reg                   offered_reg, last_reg, outside_reg;
wire                  read_there, read_outside;
wire [7:0]            read_length;
wire [P-1:0]          read_first;
wire [P-1:0]          read_place = (read_count_reg == 8'd0) ? read_first : read_next_reg;
wire                  reads     = read_there && (!offered_reg || s_axi_rready);
wire                  read_ends = reads && read_count_reg == read_length;

assign s_axi_rdata  = data_reg;
assign s_axi_rresp  = {outside_reg, 1'b0};
assign s_axi_rlast  = last_reg;
assign s_axi_rvalid = offered_reg;

fifo #(.WIDTH(BURST), .DEPTH(BURSTS)) read_bursts (
    .clk(clk), .rst(rst), .in_data({s_axi_araddr[AXI_ADDR_WIDTH-1:HIGH] != 0, s_axi_arlen, s_axi_araddr[HIGH-1:LOW]}),
    .in_valid(s_axi_arvalid), .in_ready(s_axi_arready), .out_data({read_outside, read_length, read_first}),
    .out_valid(read_there), .out_ready(read_ends), .count()
);

// verilator lint_off UNUSEDSIGNAL
wire unused = &{1'b0, s_axi_awaddr[LOW-1:0], s_axi_araddr[LOW-1:0]};
// verilator lint_on UNUSEDSIGNAL

/*
 * The memory: a port that writes, a port that reads
 */
wire         access_writes = access_valid && access_write && !write_takes;
wire         access_reads  = access_valid && !access_write && !read_there && !offered_reg;
wire         changes       = access_writes || (write_takes && !write_outside);
wire [P-1:0] changed_place = write_takes ? write_place : access_place;

assign access_ready = access_writes || access_reads;

always @(posedge clk) begin
    if (changes)
        beats[changed_place] <= write_takes ? s_axi_wdata : access_data;
    if (reads || access_reads)
        data_reg <= beats[reads ? read_place : access_place];
end

always @(posedge clk) begin
    if (write_takes) begin
        write_count_reg <= write_ends ? 8'd0 : write_count_reg + 8'd1;
        write_next_reg  <= write_place + 1'b1;
    end
    if (reads) begin
        read_count_reg <= read_ends ? 8'd0 : read_count_reg + 8'd1;
        read_next_reg  <= read_place + 1'b1;
        offered_reg    <= 1'b1;
        last_reg       <= read_ends;
        outside_reg    <= read_outside;
    end else if (s_axi_rready)
        offered_reg <= 1'b0;
    if (rst) begin
        write_count_reg <= 8'd0;
        read_count_reg  <= 8'd0;
        offered_reg     <= 1'b0;
    end
end

endmodule

`resetall
