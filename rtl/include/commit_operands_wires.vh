// What the processes of replication and operations hold while they ask for a step
// a journal read command
wire [15:0] command_source;
wire [31:0] command_generation, command_tag, read_area_bytes;
wire [`CP_UNIT_BITS-1:0] command_payload;

// a received journal, and where its write data begins in the buffers; the packet that is being taken in
wire [`UPDATE_INFORMATION_BITS-1:0] store_information;
wire [31:0] store_data_crc, answer_generation, answer_tag;
wire [START_WIDTH-1:0] store_start;
wire [15:0] answer_group, answer_source, answer_type, answer_status;
wire [63:0] answer_first_number;

// what a scan goes on from was dropped since it was asked for: it does nothing
wire        scan_cancelled;

// operations: arguments of the step, their registers; a packet about one
wire [7*64-1:0] operation_arguments;
// bit 16: another system specified it; which one
wire [16:0] operation_source;
wire [63:0] operation_register, operation_status, message_value, message_generation;
wire        operating, message_asked, message_started, message_busy;
wire [7:0]  message_code, message_answer;
wire [31:0] packet_faults;

// the system's incarnation, and whose operations it takes
wire [31:0] incarnation;
wire [63:0] allowed_systems;
