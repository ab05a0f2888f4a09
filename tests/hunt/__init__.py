"""Do random runs find bugs? Those that are planted (`make bite`), and faults of one token drawn at random
(`make mutate`); no directed test takes part."""
