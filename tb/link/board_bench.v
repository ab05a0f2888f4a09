// A board in a simulation, with its link as bytes that Python moves: bytes to the board stand in `in_bytes` until they are taken, those from
// it collect in `out_bytes`. With BAUD they pass a UART on their way, as through an adapter of the machine's. Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module board_bench #(
    parameter DATA_WIDTH         = 64,
    parameter VOLUMES            = 8,
    parameter PAIRS              = 8,
    parameter GROUPS             = 4,
    parameter DEVICES            = 2,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter MAX_DATA_BYTES     = 4096,
    parameter CACHE_SLOTS        = 8,
    parameter READ_SLOTS         = 4,
    parameter FLUSHES            = 4,
    parameter OUTSTANDING        = 16,
    parameter COMMANDS           = 8,
    parameter WINDOW             = 256,
    parameter SYSTEM_NUMBER      = 1,
    parameter SYSTEMS            = 1,
    parameter MEMORY_BYTES       = 0,
    parameter MEMORY_DEVICES     = 1,
    parameter AXI_ADDR_WIDTH     = 48,
    parameter CLOCK_KHZ          = 10000,
    parameter PERIOD_NS          = 100,
    parameter BAUD               = 0,
    parameter [31:0] BUILD       = 0,
    // Bytes that Python gives or takes at once, at most
    parameter BYTES              = 512
) ();

    reg clk, rst;
    // Set by Python, too: its reset button is pressed for some cycles
    reg [3:0] reset_left;

    initial begin
        clk = 1'b0; rst = 1'b1; reset_left = 4'd8;
    end

    always #(PERIOD_NS / 2) clk = ~clk;

    always @(posedge clk) begin
        if (reset_left != 0) reset_left <= reset_left - 4'd1;
        rst <= reset_left > 1;
    end

    // Set by Python: bytes to the board, how many of them there are, and, as a change, that they are others, that those from the board have been
    // read. `stopped`: the line takes no byte from the board
    reg [8*BYTES-1:0] in_bytes;
    reg [15:0]        in_count;
    reg               in_given, out_read, stopped;
    // Read by Python: how many bytes have been taken; those from the board
    reg [15:0]        in_place, out_count;
    reg [8*BYTES-1:0] out_bytes;
    reg               in_seen, out_seen;
    // A byte without a stop bit came from the board
    reg               broken;

    initial begin
        in_bytes = 0; in_count = 0; in_given = 0; out_read = 0; stopped = 0; in_place = 0; out_count = 0; out_bytes = 0;
        in_seen = 0; out_seen = 0; broken = 0;
    end

    wire [7:0] rx_data = in_bytes[8*in_place +: 8];
    wire       rx_valid = in_given == in_seen && in_place != in_count;
    wire       rx_ready;
    wire [7:0] tx_data;
    wire       tx_valid, tx_error;
    wire       tx_ready = out_count != BYTES && !stopped;
    wire       uart_rxd, uart_txd;
    wire [7:0] board_tx_data;
    wire       board_tx_valid, led_life, led_up;

    always @(posedge clk) begin
        if (in_given != in_seen) begin
            in_place <= 0;
            in_seen <= in_given;
        end else if (rx_valid && rx_ready) in_place <= in_place + 1;
        if (out_read != out_seen) begin
            out_seen <= out_read;
            out_count <= 0;
        end
        if (tx_valid && tx_ready) begin
            out_bytes[8*(out_read != out_seen ? 0 : out_count) +: 8] <= tx_data;
            out_count <= (out_read != out_seen ? 0 : out_count) + 1;
        end
        if (tx_error) broken <= 1'b1;
    end

    generate
        if (BAUD != 0) begin : uart
            // a UART has no ready: Python reads in time
            uart_tx #(.CLOCK(1000 * CLOCK_KHZ), .BAUD(BAUD)) transmit (
                .clk(clk), .rst(rst), .data(rx_data), .valid(rx_valid), .ready(rx_ready), .txd(uart_rxd)
            );
            uart_rx #(.CLOCK(1000 * CLOCK_KHZ), .BAUD(BAUD)) receive (
                .clk(clk), .rst(rst), .rxd(uart_txd), .data(tx_data), .valid(tx_valid), .error(tx_error)
            );
        end else begin : stream
            assign rx_ready = 1'b1;
            assign tx_data = board_tx_data;
            assign tx_valid = board_tx_valid;
            assign tx_error = 1'b0;
            assign uart_rxd = 1'b1;
        end
    endgenerate

    board #(
        .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
        .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .FLUSHES(FLUSHES), .OUTSTANDING(OUTSTANDING),
        .COMMANDS(COMMANDS), .WINDOW(WINDOW), .SYSTEM_NUMBER(SYSTEM_NUMBER), .SYSTEMS(SYSTEMS), .MEMORY_BYTES(MEMORY_BYTES),
        .MEMORY_DEVICES(MEMORY_DEVICES), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .CLOCK_KHZ(CLOCK_KHZ),
        .PERIOD_NS(PERIOD_NS), .BAUD(BAUD), .BUILD(BUILD)
    ) board (
        .clk(clk), .rst(rst), .rx_data(rx_data), .rx_valid(rx_valid), .tx_data(board_tx_data), .tx_valid(board_tx_valid), .tx_ready(tx_ready),
        .uart_rxd(uart_rxd), .uart_txd(uart_txd), .led_life(led_life), .led_up(led_up)
    );

endmodule

`resetall
