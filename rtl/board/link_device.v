// A storage device that the machine plays: bursts go out as requests, answers come back (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of a write, the address and then all its beats go out before the next burst. Answers are offered when `room` says
 * that their taking can be told. All IDs are 0; bursts are of whole beats, one address after the other.
 */
module link_device #(
    // Bits of a beat
    parameter DATA_WIDTH = 64,
    // Bits of a device address
    parameter AXI_ADDR_WIDTH = 48
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

    // an answer that cannot be
    output wire                      bad
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_AXI_ADDR_WIDTH

localparam BYTES = DATA_WIDTH / 8;
localparam W = $clog2(BYTES);
localparam [W-1:0] LAST_OF_HEAD = 7;

/*
 * Requests: an address and each beat is read where it stands, and taken with its last byte
 */
reg  [W-1:0] place_reg;
// beats of a write that are still to come
reg  [8:0]   beats_reg;
// the request that leaves is a read; the next one is, if there is one
reg          head_reg, is_read_reg, read_next_reg;
wire         between = !head_reg && beats_reg == 9'd0;
wire         leaves  = out_valid && out_ready;
wire         is_last = place_reg == ((beats_reg != 9'd0) ? {W{1'b1}} : LAST_OF_HEAD);
wire [47:0]  awaddr  = {{48-AXI_ADDR_WIDTH{1'b0}}, s_axi_awaddr};
wire [47:0]  araddr  = {{48-AXI_ADDR_WIDTH{1'b0}}, s_axi_araddr};
wire [63:0]  head    = is_read_reg ? {araddr, s_axi_arlen, 8'd1} : {awaddr, s_axi_awlen, 8'd0};

assign s_axi_arready = head_reg && is_read_reg && leaves && is_last;
assign s_axi_awready = head_reg && !is_read_reg && leaves && is_last;
assign s_axi_wready  = beats_reg != 9'd0 && leaves && is_last;
assign out_data      = head_reg ? head[8*place_reg[2:0] +: 8] : s_axi_wdata[8*place_reg +: 8];
assign out_valid     = head_reg || (beats_reg != 9'd0 && s_axi_wvalid);

always @(posedge clk) begin
    if (leaves)
        place_reg <= is_last ? {W{1'b0}} : place_reg + 1'b1;
    if (between) begin
        head_reg    <= s_axi_arvalid || s_axi_awvalid;
        is_read_reg <= s_axi_arvalid && (read_next_reg || !s_axi_awvalid);
    end
    if (head_reg && leaves && is_last) begin
        head_reg      <= 1'b0;
        read_next_reg <= !is_read_reg;
        beats_reg     <= is_read_reg ? 9'd0 : {1'b0, s_axi_awlen} + 9'd1;
    end
    if (s_axi_wready)
        beats_reg <= beats_reg - 9'd1;
    if (rst) begin
        place_reg     <= 0;
        beats_reg     <= 9'd0;
        head_reg      <= 1'b0;
        read_next_reg <= 1'b0;
    end
end

/*
 * Answers
 */
reg  [DATA_WIDTH-1:0] rdata_reg;
reg  [W-1:0]          filled_reg;
reg  [7:0]            more_reg;
reg  [1:0]            resp_reg;
reg                   ends_reg, bad_reg;
// the number of beats comes next, data comes; an answer or a beat is whole, and offered
reg                   count_reg, data_reg, answer_reg, whole_reg, bvalid_reg, rvalid_reg;
wire                  takes = in_valid && in_ready;

assign in_ready    = !answer_reg && !whole_reg;
assign s_axi_bresp  = resp_reg;
assign s_axi_bvalid = bvalid_reg;
assign s_axi_rdata  = rdata_reg;
assign s_axi_rresp  = resp_reg;
assign s_axi_rlast  = ends_reg && more_reg == 8'd0;
assign s_axi_rvalid = rvalid_reg;
assign written      = bvalid_reg && s_axi_bready;
assign read         = rvalid_reg && s_axi_rready && s_axi_rlast;
assign bad          = bad_reg;

always @(posedge clk) begin
    bad_reg <= 1'b0;
    if (takes) begin
        if (count_reg) begin
            more_reg  <= in_data;
            count_reg <= 1'b0;
            data_reg  <= 1'b1;
            filled_reg <= 0;
        end else if (data_reg) begin
            rdata_reg <= {in_data, rdata_reg[DATA_WIDTH-1:8]};
            filled_reg <= filled_reg + 1'b1;
            whole_reg <= &filled_reg;
        end else begin
            resp_reg   <= in_data[2:1];
            ends_reg   <= in_data[3];
            answer_reg <= in_data[7:4] == 4'd0 && !in_data[0];
            count_reg  <= in_data[7:4] == 4'd0 && in_data[0];
            bad_reg    <= in_data[7:4] != 4'd0;
        end
    end
    if (answer_reg && !bvalid_reg && room)
        bvalid_reg <= 1'b1;
    if (whole_reg && !rvalid_reg && room)
        rvalid_reg <= 1'b1;
    if (written) begin
        bvalid_reg <= 1'b0;
        answer_reg <= 1'b0;
    end
    if (rvalid_reg && s_axi_rready) begin
        rvalid_reg <= 1'b0;
        whole_reg  <= 1'b0;
        more_reg   <= more_reg - 8'd1;
        data_reg   <= more_reg != 8'd0;
    end
    if (rst) begin
        count_reg  <= 1'b0;
        data_reg   <= 1'b0;
        answer_reg <= 1'b0;
        whole_reg  <= 1'b0;
        bvalid_reg <= 1'b0;
        rvalid_reg <= 1'b0;
        bad_reg    <= 1'b0;
    end
end

endmodule

`resetall
