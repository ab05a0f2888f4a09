// The boundary of one storage system for the capture: writes its lines, as docs/capture.md describes them, and its data
// files (+files=PREFIX names them). Simulation only.
// The bench calls inputs, record and outputs in each cycle, so that the lines of several systems are in one order.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module capture_port #(
    parameter SYSTEM         = 1,
    // 1: the system has a connection path
    parameter PATH           = 0,
    parameter DATA_WIDTH     = 512,
    parameter DEVICES        = 2,
    parameter AXI_ADDR_WIDTH = 48
) (
    // The system is reset alone: of its ports only its devices still tell something; the last cycle of that
    input  wire                              system_rst,
    input  wire                              last_reset_cycle,
    input  wire [63:0]                       time_ns,
    // The system's clock cycle, and the file of the capture
    input  wire [47:0]                       cycle,
    input  wire [31:0]                       file,
    // Files for the data of each device's write bursts
    output reg  [32*DEVICES-1:0]             device_files,
    input  wire                              command_valid,
    input  wire                              command_ready,
    input  wire [7:0]                        command_opcode,
    input  wire [15:0]                       command_tag,
    input  wire [15:0]                       command_volume,
    input  wire [63:0]                       command_position,
    input  wire [31:0]                       command_size,
    input  wire [DATA_WIDTH-1:0]             write_tdata,
    input  wire                              write_tvalid,
    input  wire                              write_tready,
    input  wire                              write_tlast,
    input  wire [DATA_WIDTH-1:0]             read_tdata,
    // not told, if it is not connected
    input  wire [15:0]                       read_tid,
    input  wire                              read_tvalid,
    input  wire                              read_tready,
    input  wire                              read_tlast,
    input  wire                              response_valid,
    input  wire                              response_ready,
    input  wire [15:0]                       response_tag,
    input  wire [7:0]                        response_status,
    input  wire [15:0]                       axil_awaddr,
    input  wire                              axil_awvalid,
    input  wire                              axil_awready,
    input  wire [63:0]                       axil_wdata,
    input  wire [7:0]                        axil_wstrb,
    input  wire                              axil_wvalid,
    input  wire                              axil_wready,
    input  wire [1:0]                        axil_bresp,
    input  wire                              axil_bvalid,
    input  wire                              axil_bready,
    input  wire [15:0]                       axil_araddr,
    input  wire                              axil_arvalid,
    input  wire                              axil_arready,
    input  wire [63:0]                       axil_rdata,
    input  wire [1:0]                        axil_rresp,
    input  wire                              axil_rvalid,
    input  wire                              axil_rready,
    input  wire [DEVICES-1:0]                device_write_done,
    input  wire [DEVICES*AXI_ADDR_WIDTH-1:0] device_write_address,
    input  wire [DEVICES*16-1:0]             device_write_bytes,
    input  wire [DEVICES*2-1:0]              device_write_resp,
    // Bytes of each device's data file that belong to no burst that was answered
    input  wire [32*DEVICES-1:0]             device_unanswered_bytes,
    input  wire [DEVICES-1:0]                device_read_done,
    input  wire [DEVICES*AXI_ADDR_WIDTH-1:0] device_read_address,
    input  wire [DEVICES*16-1:0]             device_read_bytes,
    input  wire [DEVICES*2-1:0]              device_read_resp,
    input  wire [DEVICES*32-1:0]             device_read_crc,
    input  wire [DATA_WIDTH-1:0]             path_in_tdata,
    input  wire                              path_in_tvalid,
    input  wire                              path_in_tready,
    input  wire                              path_in_tlast,
    input  wire [DATA_WIDTH-1:0]             path_out_tdata,
    input  wire                              path_out_tvalid,
    input  wire                              path_out_tready,
    input  wire                              path_out_tlast,
    input  wire [1023:0]                     commit_tdata,
    input  wire                              commit_tvalid,
    input  wire                              commit_tready
);

    // Lines so far
    reg [31:0] lines;
    reg [31:0] write_beats, read_beats, path_in_beats, path_out_beats;
    reg [31:0] write_file, read_file, path_in_file, path_out_file;
    // A register write is whole when both its address and its data have been taken
    reg        address_taken, data_taken;
    reg [15:0] register_address;
    reg [63:0] register_data;
    reg [7:0]  register_strobe;
    integer    d;
    reg [8*1024-1:0] files;
    reg [8*1100-1:0] name;

    initial begin
        lines = 0; write_beats = 0; read_beats = 0; path_in_beats = 0; path_out_beats = 0; address_taken = 0;
        data_taken = 0; write_file = 0; read_file = 0; path_in_file = 0; path_out_file = 0; device_files = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.write_data%0d", files, SYSTEM);
            write_file = $fopen(name, "wb");
            $sformat(name, "%0s.read_data%0d", files, SYSTEM);
            read_file = $fopen(name, "wb");
            for (d = 0; d < DEVICES; d = d + 1) begin
                $sformat(name, "%0s.device%0d_%0d", files, SYSTEM, d);
                device_files[32*d +: 32] = $fopen(name, "wb");
            end
            if (PATH) begin
                $sformat(name, "%0s.path%0d_in", files, SYSTEM);
                path_in_file = $fopen(name, "wb");
                $sformat(name, "%0s.path%0d_out", files, SYSTEM);
                path_out_file = $fopen(name, "wb");
            end
        end
    end

    // The fields that every event but "start" and "end" begins with
    task event_line(input [8*20-1:0] event_name);
        begin
            $fwrite(file, "{\"event\": \"%0s\", \"system\": %0d, \"cycle\": %0d", event_name, SYSTEM, cycle);
            lines = lines + 1;
        end
    endtask

    task flush_files;
        begin
            $fflush(write_file); $fflush(read_file); $fflush(path_in_file); $fflush(path_out_file);
            for (d = 0; d < DEVICES; d = d + 1) $fflush(device_files[32*d +: 32]);
        end
    endtask

    task host_inputs;
        begin
            if (command_valid && command_ready) begin
                event_line("host_command");
                $fwrite(file, ", \"time\": %0d, \"opcode\": %0d, \"tag\": %0d, \"volume\": %0d, \"position\": %0d, ",
                        time_ns, command_opcode, command_tag, command_volume, command_position);
                $fwrite(file, "\"size\": %0d}\n", command_size);
            end
            if (write_tvalid && write_tready) begin
                $fwrite(write_file, "%u", write_tdata);
                write_beats = write_beats + 1;
                if (write_tlast) begin
                    event_line("write_data");
                    $fwrite(file, ", \"bytes\": %0d}\n", write_beats * (DATA_WIDTH / 8));
                    write_beats = 0;
                end
            end
        end
    endtask

    task register_inputs;
        begin
            if (axil_awvalid && axil_awready) begin
                address_taken = 1; register_address = axil_awaddr;
            end
            if (axil_wvalid && axil_wready) begin
                data_taken = 1; register_data = axil_wdata;
                register_strobe = axil_wstrb;
            end
            if (address_taken && data_taken) begin
                event_line("register_write");
                $fwrite(file, ", \"address\": %0d, \"data\": %0d, \"strobe\": %0d}\n", register_address, register_data,
                        register_strobe);
                address_taken = 0; data_taken = 0;
            end
            if (axil_arvalid && axil_arready) begin
                event_line("register_read");
                $fwrite(file, ", \"address\": %0d}\n", axil_araddr);
            end
        end
    endtask

    task device_inputs;
        for (d = 0; d < DEVICES; d = d + 1) begin
            if (device_write_done[d]) begin
                event_line("device_write");
                $fwrite(file, ", \"device\": %0d, \"address\": %0d, \"bytes\": %0d, \"resp\": %0d}\n", d,
                    device_write_address[AXI_ADDR_WIDTH*d +: AXI_ADDR_WIDTH], device_write_bytes[16*d +: 16],
                    device_write_resp[2*d +: 2]);
            end
            if (device_read_done[d]) begin
                event_line("device_read");
                $fwrite(file, ", \"device\": %0d, \"address\": %0d, \"bytes\": %0d, \"resp\": %0d, ", d,
                    device_read_address[AXI_ADDR_WIDTH*d +: AXI_ADDR_WIDTH], device_read_bytes[16*d +: 16],
                    device_read_resp[2*d +: 2]);
                $fwrite(file, "\"crc_reversed\": %0d}\n", device_read_crc[32*d +: 32]);
            end
        end
    endtask

    task path_input;
        if (path_in_tvalid && path_in_tready) begin
            $fwrite(path_in_file, "%u", path_in_tdata);
            path_in_beats = path_in_beats + 1;
            if (path_in_tlast) begin
                event_line("packet_in");
                $fwrite(file, ", \"bytes\": %0d}\n", path_in_beats * (DATA_WIDTH / 8));
                path_in_beats = 0;
            end
        end
    endtask

    task path_output;
        if (path_out_tvalid && path_out_tready) begin
            $fwrite(path_out_file, "%u", path_out_tdata);
            if (path_out_beats == 0) begin
                event_line("packet_first");
                $fwrite(file, "}\n");
            end
            path_out_beats = path_out_beats + 1;
            if (path_out_tlast) begin
                event_line("packet_out");
                $fwrite(file, ", \"bytes\": %0d}\n", path_out_beats * (DATA_WIDTH / 8));
                path_out_beats = 0;
            end
        end
    endtask

    // What the data files hold of packets and bursts that were cut off belongs to no other event
    task reset;
        begin
            event_line("reset");
            $fwrite(file, ", \"incarnation\": %0d, \"first_cycle\": %0d", time_ns[61:30], cycle + 48'd1);
            $fwrite(file, ", \"write_data\": %0d, \"read_data\": %0d", write_beats * (DATA_WIDTH / 8),
                    read_beats * (DATA_WIDTH / 8));
            $fwrite(file, ", \"path_in\": %0d, \"path_out\": %0d", path_in_beats * (DATA_WIDTH / 8),
                    path_out_beats * (DATA_WIDTH / 8));
            $fwrite(file, ", \"devices\": [");
            for (d = 0; d < DEVICES; d = d + 1) begin
                if (d != 0) $fwrite(file, ", ");
                $fwrite(file, "%0d", device_unanswered_bytes[32*d +: 32]);
            end
            $fwrite(file, "]}\n");
            write_beats = 0; read_beats = 0; path_in_beats = 0; path_out_beats = 0; address_taken = 0; data_taken = 0;
        end
    endtask

    // What the system is given in this cycle, its record, and what it gives
    // (ports are looked at while something is valid there: most cycles have little)
    task inputs;
        begin
            if (!system_rst) begin
                if (command_valid || write_tvalid) host_inputs;
                if (axil_awvalid || axil_wvalid || axil_arvalid) register_inputs;
            end
            if (device_write_done != 0 || device_read_done != 0) device_inputs;
            if (PATH && path_in_tvalid && !system_rst) path_input;
            if (last_reset_cycle) reset;
        end
    endtask

    task record;
        if (commit_tvalid && commit_tready && !system_rst) begin
            $fwrite(file, "{\"event\": \"record\", \"system\": %0d, \"record\": \"%h\"}\n", SYSTEM, commit_tdata);
            lines = lines + 1;
        end
    endtask

    task outputs;
        if (!system_rst) begin
            if (read_tvalid || response_valid || axil_bvalid || axil_rvalid) answers;
            if (PATH && path_out_tvalid) path_output;
        end
    endtask

    task answers;
        begin
            if (read_tvalid && read_tready) begin
                $fwrite(read_file, "%u", read_tdata);
                read_beats = read_beats + 1;
                if (read_tlast) begin
                    event_line("read_data");
                    if (^read_tid !== 1'bx) $fwrite(file, ", \"tag\": %0d", read_tid);
                    $fwrite(file, ", \"bytes\": %0d}\n", read_beats * (DATA_WIDTH / 8));
                    read_beats = 0;
                end
            end
            if (response_valid && response_ready) begin
                event_line("host_response");
                $fwrite(file, ", \"tag\": %0d, \"status\": %0d}\n", response_tag, response_status);
            end
            if (axil_bvalid && axil_bready) begin
                event_line("register_response");
                $fwrite(file, ", \"data\": 0, \"resp\": %0d}\n", axil_bresp);
            end
            if (axil_rvalid && axil_rready) begin
                event_line("register_response");
                $fwrite(file, ", \"data\": %0d, \"resp\": %0d}\n", axil_rdata, axil_rresp);
            end
        end
    endtask

endmodule

`resetall
