// Packets of the connection path 200: bit ranges of the 64-byte header, types (docs/connection_path.md).
`ifndef CONNECTION_PATH_VH
`define CONNECTION_PATH_VH

`define CP_UNIT_BYTES 64
`define CP_UNIT_BITS  512

`define CP_MAGIC         31:0
`define CP_VERSION       47:32
`define CP_TYPE          63:48
`define CP_SOURCE        79:64
`define CP_DESTINATION   95:80
`define CP_GROUP         111:96
`define CP_SOURCE_GROUP  127:112
`define CP_GENERATION    159:128
`define CP_TAG           191:160
`define CP_STATUS        207:192
`define CP_COUNT         223:208
`define CP_PAYLOAD_BYTES 255:224
`define CP_PAYLOAD_CRC   287:256
`define CP_INCARNATION   447:416
`define CP_REASON        455:448
`define CP_FLAGS         463:456
`define CP_HEADER_CRC    511:480
`define CP_COVERED_BITS  480

`define CP_MAGIC_VALUE   32'h504C524D
`define CP_VERSION_VALUE 16'd2

`define CP_JOURNAL_READ_COMMAND 16'd1
`define CP_JOURNALS             16'd2
`define CP_NO_JOURNAL           16'd3
`define CP_GROUP_STATE          16'd4
`define CP_GONE                 16'd5
`define CP_MAINTENANCE_COMMAND  16'd6
`define CP_MAINTENANCE_ANSWER   16'd7

// payload of a journal read command
`define CP_COMMAND_BY_NUMBER  7:0
`define CP_COMMAND_RETRY      15:8
`define CP_COMMAND_JOURNALS   63:32
`define CP_COMMAND_BYTES      95:64
`define CP_COMMAND_FIRST      159:96
`define CP_COMMAND_FREE       223:160
`define CP_COMMAND_FREE_BYTES 287:224

// a packet to be sent, as its source presents it
`define PK_TYPE         15:0
`define PK_DESTINATION  31:16
`define PK_GROUP        47:32
`define PK_SOURCE_GROUP 63:48
`define PK_GENERATION   95:64
`define PK_TAG          127:96
`define PK_STATUS       143:128
`define PK_COUNT        159:144
`define PK_DATA_BYTES   191:160
`define PK_HAS_PAYLOAD  192
`define PK_PAYLOAD      704:193
`define PK_REASON       712:705
`define PK_FLAGS        720:713
`define PK_WIDTH        721

// bits of the flags
`define CP_FLAG_WANTS_ANSWER 0

// why a received packet is dropped
`define CP_FAULT_NONE         4'd0
`define CP_FAULT_HEADER_CRC   4'd1
`define CP_FAULT_MAGIC        4'd2
`define CP_FAULT_VERSION      4'd3
`define CP_FAULT_TYPE         4'd4
`define CP_FAULT_LENGTH       4'd5
`define CP_FAULT_PAYLOAD_CRC  4'd6
`define CP_FAULT_INFO_CRC     4'd7
`define CP_FAULT_DATA_CRC     4'd8

`endif
