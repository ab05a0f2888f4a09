// Legal values of parameters, one line each: a module that has the parameter names its line below its ports. An illegal
// value makes elaboration fail everywhere, for a module is missing whose name says what is wrong.
`ifndef PARAMETERS_VH
`define PARAMETERS_VH

`define ML_REQUIRE(LEGAL, ERROR) \
    generate \
        if (!(LEGAL)) begin : ERROR \
            ERROR illegal (); \
        end \
    endgenerate

`define ML_IN_RANGE(VALUE, LEAST, MOST) ((VALUE) >= (LEAST) && (VALUE) <= (MOST))
`define ML_POWER_OF_TWO(VALUE, LEAST, MOST) (`ML_IN_RANGE(VALUE, LEAST, MOST) && ((VALUE) & ((VALUE) - 1)) == 0)

// of a storage system
`define ML_REQUIRE_DATA_WIDTH \
    `ML_REQUIRE(`ML_POWER_OF_TWO(DATA_WIDTH, 64, 512), parameter_error_DATA_WIDTH_must_be_64_128_256_or_512)
`define ML_REQUIRE_VOLUMES \
    `ML_REQUIRE(`ML_IN_RANGE(VOLUMES, 1, 64), parameter_error_VOLUMES_must_be_1_to_64)
`define ML_REQUIRE_PAIRS \
    `ML_REQUIRE(`ML_IN_RANGE(PAIRS, 1, 64), parameter_error_PAIRS_must_be_1_to_64)
`define ML_REQUIRE_GROUPS \
    `ML_REQUIRE(`ML_IN_RANGE(GROUPS, 1, 8), parameter_error_GROUPS_must_be_1_to_8)
`define ML_REQUIRE_DEVICES \
    `ML_REQUIRE(`ML_IN_RANGE(DEVICES, 1, 8), parameter_error_DEVICES_must_be_1_to_8)
`define ML_REQUIRE_MAX_TRANSFER_BYTES \
    `ML_REQUIRE(`ML_POWER_OF_TWO(MAX_TRANSFER_BYTES, 512, 65536), \
                parameter_error_MAX_TRANSFER_BYTES_must_be_a_power_of_two_from_512_to_65536)
`define ML_REQUIRE_CACHE_SLOTS \
    `ML_REQUIRE(`ML_POWER_OF_TWO(CACHE_SLOTS, 2, 32), parameter_error_CACHE_SLOTS_must_be_a_power_of_two_from_2_to_32)
`define ML_REQUIRE_READ_SLOTS \
    `ML_REQUIRE(`ML_POWER_OF_TWO(READ_SLOTS, 2, 32), parameter_error_READ_SLOTS_must_be_a_power_of_two_from_2_to_32)
`define ML_REQUIRE_FLUSHES \
    `ML_REQUIRE(`ML_IN_RANGE(FLUSHES, 1, 16), parameter_error_FLUSHES_must_be_1_to_16)
`define ML_REQUIRE_OUTSTANDING \
    `ML_REQUIRE(`ML_POWER_OF_TWO(OUTSTANDING, 2, 64), parameter_error_OUTSTANDING_must_be_a_power_of_two_from_2_to_64)
`define ML_REQUIRE_COMMANDS \
    `ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 4, 64), parameter_error_COMMANDS_must_be_a_power_of_two_from_4_to_64)
`define ML_REQUIRE_SYSTEM_NUMBER \
    `ML_REQUIRE(`ML_IN_RANGE(SYSTEM_NUMBER, 1, 255), parameter_error_SYSTEM_NUMBER_must_be_1_to_255)
`define ML_REQUIRE_AXI_ADDR_WIDTH \
    `ML_REQUIRE(`ML_IN_RANGE(AXI_ADDR_WIDTH, 33, 48), parameter_error_AXI_ADDR_WIDTH_must_be_33_to_48)
`define ML_REQUIRE_AXI_ID_WIDTH \
    `ML_REQUIRE(`ML_IN_RANGE(AXI_ID_WIDTH, 1, 32), parameter_error_AXI_ID_WIDTH_must_be_1_to_32)
`define ML_REQUIRE_COMMIT_TRACE \
    `ML_REQUIRE(`ML_IN_RANGE(COMMIT_TRACE, 0, 1), parameter_error_COMMIT_TRACE_must_be_0_or_1)

// of the modules in it; storage_system has a WINDOW of at least two packets
`define ML_REQUIRE_WINDOW \
    `ML_REQUIRE(`ML_POWER_OF_TWO(WINDOW, 16, 4096), parameter_error_WINDOW_must_be_a_power_of_two_from_16_to_4096)
`define ML_REQUIRE_MAX_JOURNALS \
    `ML_REQUIRE(`ML_POWER_OF_TWO(MAX_JOURNALS, 16, 64), \
                parameter_error_MAX_JOURNALS_must_be_a_power_of_two_from_16_to_64)
`define ML_REQUIRE_MAX_DATA_BYTES \
    `ML_REQUIRE(`ML_POWER_OF_TWO(MAX_DATA_BYTES, 4096, 65536), \
                parameter_error_MAX_DATA_BYTES_must_be_a_power_of_two_from_4096_to_65536)
// a journal fits into a packet
`define ML_REQUIRE_TRANSFER_FITS_BATCH \
    `ML_REQUIRE(MAX_TRANSFER_BYTES <= MAX_DATA_BYTES, parameter_error_MAX_TRANSFER_BYTES_must_be_at_most_MAX_DATA_BYTES)
`define ML_REQUIRE_SEND_BUFFERS \
    `ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 31), parameter_error_BUFFERS_must_be_at_least_GROUPS_plus_1)
`define ML_REQUIRE_ADDRESS_WIDTH \
    `ML_REQUIRE(`ML_IN_RANGE(ADDRESS_WIDTH, 33, 48), parameter_error_ADDRESS_WIDTH_must_be_33_to_48)
`define ML_REQUIRE_POSITION_WIDTH \
    `ML_REQUIRE(`ML_IN_RANGE(POSITION_WIDTH, 33, 48), parameter_error_POSITION_WIDTH_must_be_33_to_48)
`define ML_REQUIRE_SEND_SLOTS \
    `ML_REQUIRE(`ML_POWER_OF_TWO(SEND_SLOTS, 2, 32), parameter_error_SEND_SLOTS_must_be_a_power_of_two_from_2_to_32)
// a reader's slot is given with as many bits as the reader with the most slots needs
`define ML_REQUIRE_READ_SLOT_WIDTH(SLOTS) \
    `ML_REQUIRE(SLOTS <= (1 << READ_SLOT_WIDTH), parameter_error_READ_SLOT_WIDTH_must_hold_the_number_of_a_slot)

`endif
