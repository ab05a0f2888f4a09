// The maintenance terminal at the AXI4-Lite port: carries out, one after the other, the register accesses that the
// testbench appends to a file. An access begins before the one before it is answered, if both are writes or both are
// reads, as then their answers come in the same order. Simulation only.
//
// <files>.register_commands<SYSTEM> holds 12 bytes an access, highest byte first: write 8 (1 or 0), strobe 8, address
// 16, data 64. The testbench raises `available` when an access is in the file. The answers are in the capture.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module register_port #(
    parameter SYSTEM = 1
) (
    input  wire        clk,
    input  wire        rst,
    // The storage system alone is reset: accesses that are not answered are lost
    input  wire        system_rst,
    output reg  [15:0] awaddr,
    output reg         awvalid,
    input  wire        awready,
    output reg  [63:0] wdata,
    output reg  [7:0]  wstrb,
    output reg         wvalid,
    input  wire        wready,
    input  wire        bvalid,
    output wire        bready,
    output reg  [15:0] araddr,
    output reg         arvalid,
    input  wire        arready,
    input  wire        rvalid,
    output wire        rready
);

    // Set by the testbench: accesses in the file so far
    reg [31:0] available;
    // Read by the testbench: accesses answered
    reg [31:0] answered;

    // channels: address of a write, data of a write, address of a read, answers
    wire [3:0] pause;
    pauses #(.CHANNELS(4)) pauses (.clk(clk), .pause(pause));

    // Begun and not answered, all of them writes or all reads; the next access was read from the file
    reg [1:0]        open;
    reg              writing, next;
    reg [95:0]       access;
    // Address and data of a write still to be put on the port, or address of a read
    reg              address_due, data_due, read_due;
    reg [31:0]       file;
    reg [8*1024-1:0] files;
    reg [8*1100-1:0] name;
    integer          got;

    assign bready = !rst && !pause[3];
    assign rready = !rst && !pause[3];

    initial begin
        available = 0; answered = 0; file = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.register_commands%0d", files, SYSTEM);
            file = $fopen(name, "rb");
        end
    end

    task expect_bytes(input integer wanted);
        if (got != wanted) begin
            $display("Error: the register file is shorter than announced (instance %m)");
            $finish;
        end
    endtask

    always @(posedge clk) if (rst || system_rst) begin
        awvalid <= 1'b0; wvalid <= 1'b0; arvalid <= 1'b0; awaddr <= 0; wdata <= 0; wstrb <= 0; araddr <= 0;
        open = 0; next = 1'b0; address_due = 1'b0; data_due = 1'b0; read_due = 1'b0;
        if (rst) answered = 0;
        else begin
            answered = available;
            got = $fseek(file, 0, 2);
            expect_bytes(0);
        end
    end else begin
        if ((bvalid && bready) || (rvalid && rready)) begin
            open = open - 1;
            answered = answered + 1;
        end
        if (!next && !address_due && !data_due && !read_due && answered + open != available) begin
            got = $fread(access, file);
            expect_bytes(12);
            next = 1'b1;
        end
        if (next && (open == 0 || (open == 1 && access[88] == writing))) begin
            next = 1'b0;
            open = open + 1;
            writing = access[88];
            address_due = writing;
            data_due = writing;
            read_due = !writing;
        end
        if (awready) awvalid <= 1'b0;
        if (wready) wvalid <= 1'b0;
        if (arready) arvalid <= 1'b0;
        if (address_due && !pause[0] && (awready || !awvalid)) begin
            awvalid <= 1'b1;
            awaddr <= access[79:64];
            address_due = 1'b0;
        end
        if (data_due && !pause[1] && (wready || !wvalid)) begin
            wvalid <= 1'b1;
            wdata <= access[63:0];
            wstrb <= access[87:80];
            data_due = 1'b0;
        end
        if (read_due && !pause[2] && (arready || !arvalid)) begin
            arvalid <= 1'b1;
            araddr <= access[79:64];
            read_due = 1'b0;
        end
    end

endmodule

`resetall
