// Properties of send_read (docs/proofs.md), included in it: reads of volumes, and writes of hosts, in the order of
// their steps.
`include "properties.vh"

`ifdef ML_PROPERTIES
// writes that a read has to wait for; where it reads
reg [CACHE_SLOTS-1:0] before_it [0:SEND_SLOTS-1];
reg [63:0]            first_byte [0:SEND_SLOTS-1];
reg [63:0]            behind_last [0:SEND_SLOTS-1];
// a read that failed, or waited for a write that did, was not reported
reg [SEND_SLOTS-1:0]  unreported_reg;
integer s;

always @(posedge clk) begin
    for (s = 0; s < SEND_SLOTS; s = s + 1)
        before_it[s] <= (taking[s] ? overlapping_writes : before_it[s])
                        & ~((volume_done && !taking[s]) ? done_mask : {CACHE_SLOTS{1'b0}});
    if (take) begin
        first_byte[take_slot]  <= position;
        behind_last[take_slot] <= position + size;
    end
    unreported_reg <= ((unreported_reg & ~taking)
                       | ((read_done && (read_failed || failed_reg[beat_slot])) ? done : NONE))
                      & ~(reported ? ONE << reporting_slot_reg : NONE);
end

always @(`ML_CYCLE) if (!rst) begin
    for (s = 0; s < SEND_SLOTS; s = s + 1) begin
        // 1: a read is asked for when all writes before it are done
        `ML_HOLDS(READS_1, !chosen[s] || before_it[s] == 0);
        // 2: whoever touches what it reads is told so
        `ML_HOLDS(READS_2, !busy_reg[s] || volume != volumes[s] || size > MAX_TRANSFER_BYTES
                           || position >= behind_last[s] || position + size <= first_byte[s] || overlapping_reads[s]);
    end
    // 3: one that failed ends when that has been reported
    `ML_HOLDS(READS_3, !ended_reg || !unreported_reg[ended_slot_reg]);
end
`endif
