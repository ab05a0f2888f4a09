// What one process alone sends out
// the journal came in
wire        stores;
wire        is_register;
