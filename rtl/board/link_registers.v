// Register accesses from the machine: an AXI4-Lite manager.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One access at a time. It begins when all its bytes are there and `room` says that it can be told; its response is
 * held until it has been told.
 */
module link_registers (
    input  wire        clk,
    input  wire        rst,

    input  wire [7:0]  in_data,
    input  wire        in_valid,
    output wire        in_ready,

    input  wire        room,
    output wire [15:0] m_axil_awaddr,
    output wire        m_axil_awvalid,
    input  wire        m_axil_awready,
    output wire [63:0] m_axil_wdata,
    output wire [7:0]  m_axil_wstrb,
    output wire        m_axil_wvalid,
    input  wire        m_axil_wready,
    input  wire [1:0]  m_axil_bresp,
    input  wire        m_axil_bvalid,
    output wire        m_axil_bready,
    output wire [15:0] m_axil_araddr,
    output wire        m_axil_arvalid,
    input  wire        m_axil_arready,
    input  wire [63:0] m_axil_rdata,
    input  wire [1:0]  m_axil_rresp,
    input  wire        m_axil_rvalid,
    output wire        m_axil_rready,

    // address and data of a write are taken, the address of a read; responses
    output wire        written,
    output wire        read,
    output wire        write_response,
    output wire        read_response,
    output wire [71:0] response,
    input  wire        told,

    // an access that is neither a read nor a write
    output wire        bad
);

localparam BYTES = 11;
localparam [3:0] READ_BYTES = 4'd2, WRITE_BYTES = 4'd11;

reg  [8*BYTES-1:0] fields_reg;
reg  [3:0]         left_reg;
reg                begun_reg, is_write_reg, whole_reg, busy_reg, bad_reg;
reg                awvalid_reg, wvalid_reg, arvalid_reg, untold_reg;
reg  [71:0]        response_reg;
wire               starts   = whole_reg && !busy_reg && room;
wire               aw_done  = !awvalid_reg || m_axil_awready;
wire               w_done   = !wvalid_reg || m_axil_wready;

assign in_ready       = !whole_reg;
assign m_axil_awaddr  = fields_reg[15:0];
assign m_axil_wstrb   = fields_reg[23:16];
assign m_axil_wdata   = fields_reg[87:24];
assign m_axil_araddr  = fields_reg[87:72];
assign m_axil_awvalid = awvalid_reg;
assign m_axil_wvalid  = wvalid_reg;
assign m_axil_arvalid = arvalid_reg;
assign m_axil_bready  = !untold_reg && room;
assign m_axil_rready  = !untold_reg && room;
assign written        = (awvalid_reg || wvalid_reg) && aw_done && w_done;
assign read           = arvalid_reg && m_axil_arready;
assign write_response = m_axil_bvalid && m_axil_bready;
assign read_response  = m_axil_rvalid && m_axil_rready && !write_response;
assign response       = response_reg;
assign bad            = bad_reg;

always @(posedge clk) begin
    bad_reg <= 1'b0;
    if (in_valid && in_ready) begin
        if (!begun_reg) begin
            is_write_reg <= in_data[0];
            left_reg     <= in_data[0] ? WRITE_BYTES : READ_BYTES;
            begun_reg    <= in_data[7:1] == 7'd0;
            bad_reg      <= in_data[7:1] != 7'd0;
        end else begin
            fields_reg <= {in_data, fields_reg[8*BYTES-1:8]};
            left_reg   <= left_reg - 4'd1;
            whole_reg  <= left_reg == 4'd1;
        end
    end
    if (starts) begin
        busy_reg    <= 1'b1;
        awvalid_reg <= is_write_reg;
        wvalid_reg  <= is_write_reg;
        arvalid_reg <= !is_write_reg;
    end
    if (awvalid_reg && m_axil_awready)
        awvalid_reg <= 1'b0;
    if (wvalid_reg && m_axil_wready)
        wvalid_reg <= 1'b0;
    if (arvalid_reg && m_axil_arready)
        arvalid_reg <= 1'b0;
    if (write_response || read_response) begin
        response_reg <= write_response ? {70'd0, m_axil_bresp} : {m_axil_rdata, 6'd0, m_axil_rresp};
        untold_reg   <= 1'b1;
        busy_reg     <= 1'b0;
        whole_reg    <= 1'b0;
        begun_reg    <= 1'b0;
    end
    if (told)
        untold_reg <= 1'b0;
    if (rst) begin
        begun_reg   <= 1'b0;
        whole_reg   <= 1'b0;
        busy_reg    <= 1'b0;
        bad_reg     <= 1'b0;
        awvalid_reg <= 1'b0;
        wvalid_reg  <= 1'b0;
        arvalid_reg <= 1'b0;
        untold_reg  <= 1'b0;
    end
end

endmodule

`resetall
