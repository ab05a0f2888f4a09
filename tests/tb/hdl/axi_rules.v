// axi_monitor.v with its ports on the outside and a file to report into. Only for tests of the bench itself.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module axi_rules (
    input  wire        clk,
    input  wire        rst,
    input  wire        manager_rst,
    input  wire [3:0]  awid,
    input  wire [47:0] awaddr,
    input  wire [7:0]  awlen,
    input  wire [2:0]  awsize,
    input  wire [1:0]  awburst,
    input  wire        awvalid,
    input  wire        awready,
    input  wire [63:0] wdata,
    input  wire [7:0]  wstrb,
    input  wire        wlast,
    input  wire        wvalid,
    input  wire        wready,
    input  wire [3:0]  bid,
    input  wire [1:0]  bresp,
    input  wire        bvalid,
    input  wire        bready,
    input  wire [3:0]  arid,
    input  wire [47:0] araddr,
    input  wire [7:0]  arlen,
    input  wire        arvalid,
    input  wire        arready,
    input  wire [3:0]  rid,
    input  wire [63:0] rdata,
    input  wire        rlast,
    input  wire        rvalid,
    input  wire        rready,
    output wire [31:0] read_crc,
    output reg  [31:0] file
);

    reg [8*1024-1:0] files;
    reg [8*1100-1:0] name;

    initial begin
        file = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.jsonl", files);
            file = $fopen(name, "wb");
        end
    end

    always @(negedge clk) $fflush(file);

    // Few bursts in flight, so that a test can have too many
    axi_monitor #(.DEVICE(1), .SYSTEM(3), .DATA_WIDTH(64), .BURSTS(8)) monitor (
        .clk(clk), .rst(rst), .manager_rst(manager_rst), .drain(1'b0), .cycle(48'd17), .file(file), .data_file(32'd0),
        .awid(awid), .awaddr(awaddr), .awlen(awlen), .awsize(awsize), .awburst(awburst), .awvalid(awvalid),
        .awready(awready), .wdata(wdata), .wstrb(wstrb), .wlast(wlast), .wvalid(wvalid), .wready(wready),
        .bid(bid), .bresp(bresp), .bvalid(bvalid), .bready(bready),
        .arid(arid), .araddr(araddr), .arlen(arlen), .arsize(3'd3), .arburst(2'd1), .arvalid(arvalid),
        .arready(arready), .rid(rid), .rdata(rdata), .rresp(2'd0), .rlast(rlast), .rvalid(rvalid), .rready(rready),
        .write_done(), .write_address(), .write_bytes(), .write_resp(), .unanswered_bytes(), .read_done(),
        .read_address(), .read_bytes(), .read_resp(), .read_crc(read_crc)
    );

endmodule

`resetall
