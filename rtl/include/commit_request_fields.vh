// In a module's body: the fields of a request that each requester gives. All others are 0, and not looked at.
localparam [9:0]
    OF_GROUP = 10'h001, OF_TAG = 10'h002, OF_VOLUME = 10'h004, OF_POSITION = 10'h008, OF_SIZE = 10'h010,
    OF_RECEIVED = 10'h020, OF_REFERENCE = 10'h040, OF_SLOT = 10'h080, OF_FAILURE = 10'h100, OF_OPCODE = 10'h200;

function [`CR_WIDTH-1:0] fields(input [9:0] given);
    begin
        fields = 0;
        fields[`CR_KIND]      = 5'h1F;
        fields[`CR_GROUP]     = {16{(given & OF_GROUP) != 0}};
        fields[`CR_TAG]       = {16{(given & OF_TAG) != 0}};
        fields[`CR_VOLUME]    = {16{(given & OF_VOLUME) != 0}};
        fields[`CR_POSITION]  = {64{(given & OF_POSITION) != 0}};
        fields[`CR_SIZE]      = {32{(given & OF_SIZE) != 0}};
        fields[`CR_RECEIVED]  = {32{(given & OF_RECEIVED) != 0}};
        fields[`CR_REFERENCE] = {64{(given & OF_REFERENCE) != 0}};
        fields[`CR_SLOT]      = {16{(given & OF_SLOT) != 0}};
        fields[`CR_FAILED]    = (given & OF_FAILURE) != 0;
        fields[`CR_DAMAGED]   = (given & OF_FAILURE) != 0;
        fields[`CR_OPCODE]    = {8{(given & OF_OPCODE) != 0}};
    end
endfunction

// announcements, heartbeat, journal read commands, journal store
localparam [4*`CR_WIDTH-1:0] OWN_FIELDS = {
    fields(OF_GROUP), fields(OF_GROUP), fields(OF_GROUP),
    fields(OF_GROUP | OF_VOLUME | OF_POSITION | OF_SIZE | OF_RECEIVED | OF_REFERENCE)};
// operations; restore: scans, journals freed, journals written; received packets; sending: data lost, its reads,
// commands; initial copy
localparam [9*`CR_WIDTH-1:0] REPLICATION_FIELDS = {
    fields(OF_GROUP | OF_TAG | OF_RECEIVED | OF_FAILURE | OF_OPCODE),
    fields(OF_GROUP | OF_REFERENCE),
    fields(OF_GROUP | OF_OPCODE | OF_VOLUME | OF_SIZE | OF_REFERENCE),
    fields(OF_GROUP | OF_OPCODE | OF_VOLUME | OF_POSITION | OF_SIZE | OF_REFERENCE | OF_SLOT | OF_FAILURE),
    fields(OF_GROUP | OF_TAG | OF_VOLUME | OF_POSITION | OF_SIZE | OF_RECEIVED | OF_REFERENCE | OF_SLOT | OF_FAILURE),
    fields(OF_GROUP | OF_TAG | OF_VOLUME | OF_REFERENCE | OF_FAILURE),
    fields(OF_GROUP | OF_VOLUME | OF_POSITION | OF_SIZE),
    fields(OF_GROUP | OF_TAG | OF_SIZE | OF_RECEIVED | OF_REFERENCE | OF_FAILURE),
    fields(OF_GROUP | OF_SLOT)};
localparam [`CR_WIDTH-1:0] DEVICE_FIELDS = fields(OF_SLOT | OF_FAILURE);
// flushes, commands
localparam [2*`CR_WIDTH-1:0] HOST_FIELDS = {fields(OF_TAG | OF_VOLUME | OF_REFERENCE | OF_FAILURE), {`CR_WIDTH{1'b1}}};
localparam [`CR_WIDTH-1:0] REGISTER_FIELDS = fields(OF_OPCODE | OF_POSITION | OF_SIZE | OF_REFERENCE);
