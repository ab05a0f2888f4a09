"""Random faults, and every order of steps of small systems, against the protocol's promises."""
