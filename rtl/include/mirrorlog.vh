// Codes shared by all modules: host port, states, commit records. docs/commit_trace.md explains each.
`ifndef MIRRORLOG_VH
`define MIRRORLOG_VH

// host commands ([0084])
`define ML_OPCODE_READ         8'd1
`define ML_OPCODE_WRITE        8'd2
`define ML_OPCODE_FLUSH        8'd3
`define ML_OPCODE_JOURNAL_READ 8'd4
`define ML_OPCODE_DISCARD      8'd5
// bit of a write's or a discard's: it is answered after its device's response
`define ML_OPCODE_FUA          7

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
`define ML_PROCESS_INITIAL_COPY      8'd4
`define ML_PROCESS_READ_RECEPTION    8'd5
`define ML_PROCESS_READ_COMMAND      8'd6
`define ML_PROCESS_JOURNAL_STORE     8'd7
`define ML_PROCESS_RESTORE           8'd8
`define ML_PROCESS_OPERATION         8'd9
`define ML_PROCESS_ANNOUNCEMENT      8'd10

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
`define ML_CREATION_INITIAL_COPY    16'd1385
`define ML_CREATION_NO_ROOM         16'd1390

// outcomes of the read-write process ([0106])
`define ML_READ_WRITE_WRITTEN        16'd1
`define ML_READ_WRITE_WRITE_FAILED   16'd2
`define ML_READ_WRITE_DURABLE        16'd3
`define ML_READ_WRITE_JOURNAL_FAILED 16'd4
`define ML_READ_WRITE_READ_FAILED    16'd5
`define ML_READ_WRITE_NOT_COMMITTED  16'd6

// outcomes of initial copy (FIG 10)
`define ML_COPY_VOLUME_FAILED    16'd1
`define ML_COPY_END_MARKED       16'd940
`define ML_COPY_NO_VOLUME        16'd1030
`define ML_COPY_UNIT_CREATED     16'd1050
`define ML_COPY_VOLUME_COPIED    16'd1070
`define ML_COPY_JOURNAL_ABNORMAL 16'd1315
`define ML_COPY_NO_ROOM          16'd1390

// outcomes of journal read reception (FIG 15)
`define ML_RECEPTION_DROPPED          16'd0
`define ML_RECEPTION_GONE             16'd1
`define ML_RECEPTION_HEARTBEAT_TIMEOUT 16'd2
`define ML_RECEPTION_DATA_FAILED      16'd3
`define ML_RECEPTION_OVERTAKEN        16'd4
`define ML_RECEPTION_GROUP_STATE      16'd1515
`define ML_RECEPTION_JOURNAL_ABNORMAL 16'd1525
`define ML_RECEPTION_READS_AGAIN      16'd1540
`define ML_RECEPTION_SENT_AGAIN       16'd1545
`define ML_RECEPTION_NO_JOURNAL       16'd1560
`define ML_RECEPTION_READS            16'd1570
`define ML_RECEPTION_SENT             16'd1580

// outcomes of the journal read command process (FIG 17)
`define ML_READ_COMMAND_DROPPED          16'd0
`define ML_READ_COMMAND_SENT             16'd1700
`define ML_READ_COMMAND_WAITS            16'd1725
`define ML_READ_COMMAND_GROUP_STATE      16'd1735
`define ML_READ_COMMAND_JOURNAL_ABNORMAL 16'd1745
`define ML_READ_COMMAND_NO_ROOM          16'd1755
`define ML_READ_COMMAND_STORED_ALL       16'd1760

// outcomes of journal store (FIG 18)
`define ML_STORE_KNOWN     16'd1
`define ML_STORE_NO_PAIR   16'd2
`define ML_STORE_NEVER_FITS 16'd3
`define ML_STORE_NO_ROOM   16'd1820
`define ML_STORE_STORED    16'd1850
`define ML_STORE_COMMITTED 16'd1860

// outcomes of announcing a group's state
`define ML_ANNOUNCEMENT_DROPPED   16'd0
`define ML_ANNOUNCEMENT_ANNOUNCED 16'd1
`define ML_ANNOUNCEMENT_ANSWERED  16'd2
`define ML_ANNOUNCEMENT_RECEIVED  16'd3
`define ML_ANNOUNCEMENT_HEARD     16'd4

// outcomes of restore (FIG 20)
`define ML_RESTORE_GROUP_NOT_NORMAL 16'd2015
`define ML_RESTORE_JOURNAL_ABNORMAL 16'd2025
`define ML_RESTORE_NO_JOURNAL       16'd2030
`define ML_RESTORE_READS            16'd2040
`define ML_RESTORE_READ_FAILED      16'd2041
`define ML_RESTORE_WRITES           16'd2050
`define ML_RESTORE_FREED            16'd2060

// why a group is "abnormal"
`define ML_REASON_NONE             8'd0
`define ML_REASON_SUSPENDED        8'd1
`define ML_REASON_JOURNAL_DEVICE   8'd2
`define ML_REASON_VOLUME_DEVICE    8'd3
`define ML_REASON_JOURNAL_DAMAGED  8'd4
`define ML_REASON_NO_ROOM          8'd5
`define ML_REASON_NEVER_FITS       8'd6
`define ML_REASON_HEARTBEAT        8'd7
`define ML_REASON_TAKEN_OVER       8'd8
`define ML_REASON_GONE             8'd9
`define ML_REASON_TOLD_BY_PARTNER  8'd10
`define ML_REASON_START_REFUSED    8'd11
`define ML_REASON_START_UNANSWERED 8'd12

// operations of the maintenance terminal (FIG 9), and their answers
`define ML_OPERATION_CREATE_GROUP          8'd1
`define ML_OPERATION_RECORD_PAIR           8'd2
`define ML_OPERATION_RECORD_JOURNAL_VOLUME 8'd3
`define ML_OPERATION_START                 8'd4
`define ML_OPERATION_INITIATE              8'd16
`define ML_OPERATION_SUSPEND               8'd17
`define ML_OPERATION_TAKEOVER              8'd18
`define ML_OPERATION_FINISH_TAKEOVER       8'd19
`define ML_OPERATION_GIVE_UP               8'd20

`define ML_ANSWER_OK                 8'd0
`define ML_ANSWER_UNKNOWN_OPERATION  8'd1
`define ML_ANSWER_UNKNOWN_NUMBER     8'd2
`define ML_ANSWER_WRONG_GROUP_STATE  8'd3
`define ML_ANSWER_WRONG_VOLUME_STATE 8'd4
`define ML_ANSWER_NO_BLANK_PAIR      8'd5
`define ML_ANSWER_NO_JOURNAL_VOLUME  8'd6
`define ML_ANSWER_NO_PAIR            8'd7
`define ML_ANSWER_BUSY               8'd8
`define ML_ANSWER_NEVER_FITS         8'd9
`define ML_ANSWER_RUNNING            8'd10
`define ML_ANSWER_TAKEN_OVER         8'd11
`define ML_ANSWER_NO_ANSWER          8'd16
`define ML_ANSWER_TOO_SMALL          8'd17
`define ML_ANSWER_NOT_ALLOWED        8'd18

// kinds of steps of the commit stage
`define ML_REQUEST_MAINTENANCE   5'd0
`define ML_REQUEST_COMMAND       5'd1
`define ML_REQUEST_FLUSH         5'd2
`define ML_REQUEST_VOLUME_WRITE  5'd3
`define ML_REQUEST_JOURNAL_WRITE 5'd4
`define ML_REQUEST_READ_FAILURE  5'd5
`define ML_REQUEST_INITIAL_COPY  5'd6
`define ML_REQUEST_READ_COMMAND  5'd7
`define ML_REQUEST_JOURNALS_READ 5'd8
`define ML_REQUEST_SEND_READ     5'd9
`define ML_REQUEST_SEND_FAILED   5'd10
`define ML_REQUEST_COMMAND_SEND  5'd11
`define ML_REQUEST_ANSWER        5'd12
`define ML_REQUEST_STORE         5'd13
`define ML_REQUEST_COMMIT_NEXT   5'd14
`define ML_REQUEST_RESTORE_SCAN  5'd15
`define ML_REQUEST_RESTORE_WRITE 5'd16
`define ML_REQUEST_RESTORE_FREE  5'd17
`define ML_REQUEST_OPERATION     5'd18
`define ML_REQUEST_HEARTBEAT     5'd19
`define ML_REQUEST_STATE_TAKEN   5'd20
`define ML_REQUEST_STATE_ANSWER  5'd21
`define ML_REQUEST_ANNOUNCE      5'd22

// whose device write or read it is; every client has slots of its own
`define ML_WRITE_HOST     2'd0
`define ML_WRITE_COPY     2'd1
`define ML_WRITE_RECEIVED 2'd2
`define ML_WRITE_RESTORE  2'd3
`define ML_READ_HOST            3'd0
`define ML_READ_SEND            3'd1
`define ML_READ_SEND_ENTRIES    3'd2
`define ML_READ_RESTORE         3'd3
`define ML_READ_RESTORE_ENTRIES 3'd4

// register tables
`define ML_TABLE_SYSTEM  3'd0
`define ML_TABLE_VOLUME  3'd1
`define ML_TABLE_PAIR    3'd2
`define ML_TABLE_GROUP   3'd3
`define ML_TABLE_POINTER  3'd4
`define ML_TABLE_SETTINGS 3'd5
`define ML_TABLE_PROGRESS 3'd6
`define ML_TABLE_NONE     3'd7

// "no pair", "no journal volume"
`define ML_NONE 16'hFFFF

`endif
