// What one process alone changes in the tables
wire [POSITION_WIDTH-1:0] new_copy_complete;

// operations (FIG 9)
wire        create_group, record_pair, record_is_original, record_journal_volume, start_original, start_secondary,
            open_secondaries;
// a takeover is given up; START is answered, or not waited for any more; the partner knows the group's state
wire        give_up, start_answered, state_answered;
wire [31:0] new_generation;
wire [15:0] new_partner_system, new_partner_group;

// rings; how far a pointer of either area moves, if it does, or what it is set to
wire        ring_sends, ring_loads, ring_loads_sent;
wire [POSITION_WIDTH-1:0] ring_send_entries, ring_information_step, ring_data_step;

// progress of replication
wire        restores_next, set_batch, set_answer, sent_again;
wire [6:0]  new_batch;
wire [POSITION_WIDTH-1:0] new_batch_data;
wire [15:0] new_answer;

// register write
wire        loads;
