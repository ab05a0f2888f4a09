"""Where bytes are: storage devices, cache memory, journal cache."""
