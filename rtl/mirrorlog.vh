// Codes shared by all modules: host port, states, commit records. docs/commit_trace.md explains each.
`ifndef MIRRORLOG_VH
`define MIRRORLOG_VH

// host commands ([0084])
`define ML_OPCODE_READ         8'd1
`define ML_OPCODE_WRITE        8'd2
`define ML_OPCODE_FLUSH        8'd3
`define ML_OPCODE_JOURNAL_READ 8'd4

// answers to the host
`define ML_STATUS_OK                   8'd0
`define ML_STATUS_INVALID_OPCODE       8'd1
`define ML_STATUS_UNKNOWN_VOLUME       8'd2
`define ML_STATUS_VOLUME_BLANK         8'd3
`define ML_STATUS_VOLUME_ABNORMAL      8'd4
`define ML_STATUS_VOLUME_SECONDARY     8'd5
`define ML_STATUS_ZERO_SIZE            8'd6
`define ML_STATUS_UNALIGNED            8'd7
`define ML_STATUS_OUT_OF_RANGE         8'd8
`define ML_STATUS_TOO_LARGE            8'd9
`define ML_STATUS_DATA_LENGTH          8'd10
`define ML_STATUS_NEVER_FITS           8'd11
`define ML_STATUS_JOURNAL_FULL         8'd12
`define ML_STATUS_DEVICE_ERROR         8'd13
`define ML_STATUS_JOURNAL_READ_REFUSED 8'd14
`define ML_STATUS_JOURNAL_VOLUME       8'd15

// answers to the maintenance terminal (AXI response codes)
`define ML_RESPONSE_OKAY   2'd0
`define ML_RESPONSE_SLVERR 2'd2

// volume state ([0050])
`define ML_VOLUME_BLANK     3'd0
`define ML_VOLUME_NORMAL    3'd1
`define ML_VOLUME_ORIGINAL  3'd2
`define ML_VOLUME_SECONDARY 3'd3
`define ML_VOLUME_ABNORMAL  3'd4

// pair state ([0051])
`define ML_PAIR_BLANK       3'd0
`define ML_PAIR_NOT_COPYING 3'd1
`define ML_PAIR_COPYING     3'd2
`define ML_PAIR_NORMAL      3'd3
`define ML_PAIR_ABNORMAL    3'd4

// group state ([0052])
`define ML_GROUP_BLANK    2'd0
`define ML_GROUP_NORMAL   2'd1
`define ML_GROUP_ABNORMAL 2'd2

// what a write does when its journal has no room (step 1390)
`define ML_POLICY_STALL   2'd0
`define ML_POLICY_SUSPEND 2'd1
`define ML_POLICY_ERROR   2'd2

// processes that retire commit records
`define ML_PROCESS_MAINTENANCE       8'd1
`define ML_PROCESS_COMMAND_RECEPTION 8'd2
`define ML_PROCESS_READ_WRITE        8'd3

// outcomes of maintenance
`define ML_REGISTER_READ      16'd1
`define ML_REGISTER_WRITTEN   16'd2
`define ML_REGISTER_BUSY      16'd3
`define ML_REGISTER_READ_ONLY 16'd4
`define ML_REGISTER_HOLE      16'd5
`define ML_REGISTER_BAD_VALUE 16'd6

// outcomes of command reception: flow-chart steps, and what the chart has no number for
`define ML_COMMAND_WRITTEN        16'd1280
`define ML_COMMAND_READ           16'd1230
`define ML_COMMAND_REFUSED        16'd1245
`define ML_COMMAND_JOURNAL_READ   16'd1220
`define ML_COMMAND_FLUSH_TAKEN    16'd1
`define ML_COMMAND_FLUSH_ANSWERED 16'd2
`define ML_COMMAND_STALLED        16'd3

// exits of journal creation (FIG 13)
`define ML_CREATION_NOT_RUN         16'd0
`define ML_CREATION_SUSPENDED       16'd1
`define ML_CREATION_VOLUME_ABNORMAL 16'd1315
`define ML_CREATION_NOT_YET_COPIED  16'd1335
`define ML_CREATION_CREATED         16'd1360
`define ML_CREATION_NO_ROOM         16'd1390

// outcomes of the read-write process ([0106])
`define ML_READ_WRITE_WRITTEN        16'd1
`define ML_READ_WRITE_WRITE_FAILED   16'd2
`define ML_READ_WRITE_DURABLE        16'd3
`define ML_READ_WRITE_JOURNAL_FAILED 16'd4
`define ML_READ_WRITE_READ_FAILED    16'd5
`define ML_READ_WRITE_HELD           16'd6

// requesters of the commit stage
`define ML_REQUEST_MAINTENANCE   3'd0
`define ML_REQUEST_COMMAND       3'd1
`define ML_REQUEST_FLUSH         3'd2
`define ML_REQUEST_VOLUME_WRITE  3'd3
`define ML_REQUEST_JOURNAL_WRITE 3'd4
`define ML_REQUEST_READ_FAILURE  3'd5

// register tables
`define ML_TABLE_SYSTEM  3'd0
`define ML_TABLE_VOLUME  3'd1
`define ML_TABLE_PAIR    3'd2
`define ML_TABLE_GROUP   3'd3
`define ML_TABLE_POINTER 3'd4
`define ML_TABLE_NONE    3'd7

// "no pair", "no journal volume"
`define ML_NONE 16'hFFFF

`endif
