"""What a run of the testbench is to be: legal parameters and their combinations, settings, the files for them."""
