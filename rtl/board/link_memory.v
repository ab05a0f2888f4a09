// A storage device in block RAM: the machine is told of its bursts, loads and reads it (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The ports are those of link_device.v. Of a write, the address and then all its beats are told as they are taken, of a
 * read its address; then each one's answer, a read's with the CRC of its data. Answers, and all that is read, are
 * offered when `room` says that their taking can be told. Write data whose address was taken must not wait for a read.
 * The machine's accesses wait for the system's bursts; bursts that read wait for what the machine has begun to check.
 */
module link_memory #(
    // Bits of a beat
    parameter DATA_WIDTH = 64,
    // Bits of a device address
    parameter AXI_ADDR_WIDTH = 48,
    // Of the memory, a power of two, 4 KiB to 1 MiB
    parameter MEMORY_BYTES = 65536
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

    output wire [7:0]                out_data,
    output wire                      out_valid,
    input  wire                      out_ready,

    input  wire [7:0]                in_data,
    input  wire                      in_valid,
    output wire                      in_ready,

    input  wire                      room,
    // an answer to a write is taken, the last beat of a read
    output wire                      written,
    output wire                      read,

    // an access that cannot be
    output wire                      bad
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE(`ML_POWER_OF_TWO(MEMORY_BYTES, 4096, 1048576),
            parameter_error_MEMORY_BYTES_must_be_a_power_of_two_from_4096_to_1048576)

localparam W = DATA_WIDTH;
localparam BYTES = DATA_WIDTH / 8;
localparam P = $clog2(MEMORY_BYTES / BYTES);
localparam B = $clog2(BYTES);
localparam HIGH = $clog2(MEMORY_BYTES);
// what a message begins with: a burst, its answer, a beat that the machine reads, the CRC of what it checks
localparam [7:0] WRITE = 8'h00, READ = 8'h01, WRITTEN = 8'h10, HAS_READ = 8'h11, BEAT = 8'h20, CHECKED = 8'h21;
// bytes of these
localparam [B+1:0] HEAD_BYTES = 8, WRITTEN_BYTES = 1, HAS_READ_BYTES = 5;
localparam [B+1:0] DATA_BYTES = {2'b01, {B{1'b0}}}, BEAT_BYTES = DATA_BYTES + 1'b1;

wire         memory_awready, memory_wready, memory_bvalid, memory_arready, memory_rlast, memory_rvalid, access_ready;
wire [1:0]   memory_bresp, memory_rresp;
wire [W-1:0] memory_rdata;
// the machine's accesses: a beat is to be written, to be read, or to be read for a CRC
reg          stores_reg, loads_reg, checks_reg;

/*
 * What is told: the text that leaves, first byte lowest, and what is left of it
 */
reg  [W+7:0] text_reg;
reg  [B+1:0] left_reg;
// beats of a write that are still to come
reg  [8:0]   beats_reg;
// a read comes next, if there is one; the machine's beat has been read; of a read burst, or of what the machine checks,
// all is read
reg          read_next_reg, fetched_reg, answer_reg, checked_reg;
reg  [31:0]  crc_reg;
// the next beat is the first one; one that the machine checks has been read, and is the last one
reg          crc_first_reg, crc_due_reg, crc_last_reg;
reg          bvalid_reg, bresp_reg, rvalid_reg, rresp_reg, rlast_reg;
reg  [W-1:0] rdata_reg;
wire         leaves       = out_valid && out_ready;
wire         free         = left_reg == 0 || (left_reg == 1 && out_ready);
wire         between      = free && beats_reg == 9'd0 && !fetched_reg;
wire         tells_read   = between && answer_reg;
wire         may_answer   = memory_bvalid && !bvalid_reg && room;
wire         tells_write  = between && !answer_reg && may_answer;
wire         begins       = between && !answer_reg && !may_answer;
// one write after the other: the answer of the one before it could not be told among its beats
wire         is_write     = s_axi_awvalid && memory_awready && !memory_bvalid;
wire         is_read      = s_axi_arvalid && memory_arready && (read_next_reg || !is_write) && !checks_reg;
wire         begins_read  = begins && is_read;
wire         begins_write = begins && is_write && !is_read;
wire         takes_beat   = free && beats_reg != 9'd0 && s_axi_wvalid && memory_wready;
wire         may_fetch    = begins && !is_read && !is_write;
wire         fetches      = may_fetch && loads_reg && access_ready;
wire         may_check    = checks_reg && !answer_reg;
wire         crc_takes    = takes_read || crc_due_reg;
wire         crc_ends     = takes_read ? memory_rlast : crc_last_reg;
wire         takes_read   = memory_rvalid && room && !answer_reg && (!rvalid_reg || s_axi_rready);
wire [47:0]  awaddr       = {{48-AXI_ADDR_WIDTH{1'b0}}, s_axi_awaddr};
wire [47:0]  araddr       = {{48-AXI_ADDR_WIDTH{1'b0}}, s_axi_araddr};
wire [63:0]  head         = begins_read ? {araddr, s_axi_arlen, READ} : {awaddr, s_axi_awlen, WRITE};
wire [39:0]  has_read     = {~crc_reg, checked_reg ? CHECKED : HAS_READ | {5'd0, rresp_reg, 2'b00}};
wire [31:0]  crc_next;

assign out_data      = text_reg[7:0];
assign out_valid     = left_reg != 0;
assign s_axi_awready = begins_write;
assign s_axi_arready = begins_read;
assign s_axi_wready  = takes_beat;
assign s_axi_bvalid  = bvalid_reg;
assign s_axi_bresp   = {bresp_reg, 1'b0};
assign s_axi_rvalid  = rvalid_reg;
assign s_axi_rresp   = {rresp_reg, 1'b0};
assign s_axi_rlast   = rlast_reg;
assign s_axi_rdata   = rdata_reg;
assign written       = bvalid_reg && s_axi_bready;
assign read          = rvalid_reg && s_axi_rready && rlast_reg;

crc32 #(.DATA_WIDTH(W)) crc (
    .data(memory_rdata), .state(crc_first_reg ? {32{1'b1}} : crc_reg), .state_next(crc_next)
);

always @(posedge clk) begin
    if (leaves) begin
        text_reg <= {8'd0, text_reg[W+7:8]};
        left_reg <= left_reg - 1'b1;
    end
    fetched_reg <= fetches;
    if (takes_beat) begin
        text_reg  <= {8'd0, s_axi_wdata};
        left_reg  <= DATA_BYTES;
        beats_reg <= beats_reg - 9'd1;
    end
    if (fetched_reg) begin
        text_reg <= {memory_rdata, BEAT};
        left_reg <= BEAT_BYTES;
    end
    if (tells_read) begin
        text_reg[39:0] <= has_read;
        left_reg       <= HAS_READ_BYTES;
        answer_reg     <= 1'b0;
    end
    if (tells_write) begin
        text_reg[7:0] <= WRITTEN | {5'd0, memory_bresp, 1'b0};
        left_reg      <= WRITTEN_BYTES;
        bresp_reg     <= memory_bresp[1];
        bvalid_reg    <= 1'b1;
    end else if (s_axi_bready)
        bvalid_reg <= 1'b0;
    if (begins_read || begins_write) begin
        text_reg[63:0] <= head;
        left_reg       <= HEAD_BYTES;
        read_next_reg  <= begins_write;
        beats_reg      <= begins_read ? 9'd0 : {1'b0, s_axi_awlen} + 9'd1;
    end
    if (takes_read) begin
        rvalid_reg    <= 1'b1;
        rdata_reg     <= memory_rdata;
        rresp_reg     <= memory_rresp[1];
        rlast_reg     <= memory_rlast;
    end else if (s_axi_rready)
        rvalid_reg <= 1'b0;
    crc_due_reg  <= may_check && access_ready;
    crc_last_reg <= more_reg == 8'd0;
    if (crc_takes) begin
        crc_reg       <= crc_next;
        crc_first_reg <= crc_ends;
        answer_reg    <= crc_ends;
        checked_reg   <= crc_due_reg;
    end
    if (rst) begin
        left_reg      <= 0;
        beats_reg     <= 9'd0;
        read_next_reg <= 1'b0;
        fetched_reg   <= 1'b0;
        answer_reg    <= 1'b0;
        bvalid_reg    <= 1'b0;
        rvalid_reg    <= 1'b0;
        crc_due_reg   <= 1'b0;
        crc_first_reg <= 1'b1;
    end
end

/*
 * Accesses of the machine: a head of 8 bytes, and a beat's data, each in the upper end of a register
 */
localparam [1:0] STORE = 2'd0, LOAD = 2'd1, FILL = 2'd2, CHECK = 2'd3;
localparam [B-1:0] LAST_OF_HEAD = 7;

reg  [W-1:0] data_reg;
reg  [B-1:0] filled_reg;
reg  [P-1:0] place_reg;
// beats behind the next one
reg  [7:0]   more_reg;
reg          fill_reg, head_reg, data_due_reg, bad_reg;
wire         takes  = in_valid && in_ready;
wire         access = stores_reg || (loads_reg && may_fetch) || may_check;
wire         done   = access && access_ready;
wire [63:0]  asked  = data_reg[W-1:W-64];
wire         is_bad = asked[7:2] != 6'd0 || asked[63:16+HIGH] != 0;

// verilator lint_off UNUSEDSIGNAL
wire unused = &{1'b0, asked[15+B:16], memory_bresp[0], memory_rresp[0]};
// verilator lint_on UNUSEDSIGNAL

assign in_ready = !head_reg && !stores_reg && !loads_reg && !checks_reg;
assign bad      = bad_reg;

always @(posedge clk) begin
    bad_reg <= head_reg && is_bad;
    if (takes) begin
        data_reg   <= {in_data, data_reg[W-1:8]};
        filled_reg <= (!data_due_reg && filled_reg == LAST_OF_HEAD) ? {B{1'b0}} : filled_reg + 1'b1;
        head_reg   <= !data_due_reg && filled_reg == LAST_OF_HEAD;
        stores_reg <= data_due_reg && (&filled_reg);
    end
    if (head_reg) begin
        head_reg     <= 1'b0;
        place_reg    <= asked[16+B +: P];
        more_reg     <= asked[15:8];
        fill_reg     <= asked[1:0] == FILL;
        data_due_reg <= !is_bad && (asked[1:0] == STORE || asked[1:0] == FILL);
        loads_reg    <= !is_bad && asked[1:0] == LOAD;
        checks_reg   <= !is_bad && asked[1:0] == CHECK;
    end
    if (done) begin
        place_reg <= place_reg + 1'b1;
        more_reg  <= more_reg - 8'd1;
        if (more_reg == 8'd0) begin
            data_due_reg <= 1'b0;
            loads_reg    <= 1'b0;
            checks_reg   <= 1'b0;
        end
        stores_reg <= stores_reg && fill_reg && more_reg != 8'd0;
    end
    if (rst) begin
        filled_reg   <= 0;
        head_reg     <= 1'b0;
        data_due_reg <= 1'b0;
        stores_reg   <= 1'b0;
        loads_reg    <= 1'b0;
        checks_reg   <= 1'b0;
        bad_reg      <= 1'b0;
    end
end

memory_device #(.DATA_WIDTH(W), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .MEMORY_BYTES(MEMORY_BYTES)) memory (
    .clk(clk), .rst(rst), .s_axi_awaddr(s_axi_awaddr), .s_axi_awlen(s_axi_awlen), .s_axi_awvalid(begins_write),
    .s_axi_awready(memory_awready), .s_axi_wdata(s_axi_wdata), .s_axi_wvalid(takes_beat),
    .s_axi_wready(memory_wready), .s_axi_bresp(memory_bresp), .s_axi_bvalid(memory_bvalid), .s_axi_bready(tells_write),
    .s_axi_araddr(s_axi_araddr), .s_axi_arlen(s_axi_arlen), .s_axi_arvalid(begins_read),
    .s_axi_arready(memory_arready), .s_axi_rdata(memory_rdata), .s_axi_rresp(memory_rresp), .s_axi_rlast(memory_rlast),
    .s_axi_rvalid(memory_rvalid), .s_axi_rready(takes_read), .access_valid(access), .access_write(stores_reg),
    .access_place(place_reg), .access_data(data_reg), .access_ready(access_ready)
);

endmodule

`resetall
