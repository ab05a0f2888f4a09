// The step's register, as each of the tables would have it
wire [63:0] row_data, pointer_data, settings_data, progress_data;
