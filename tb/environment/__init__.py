"""The pyuvm environment: agents, sequences, the live scoreboard, the look at the secondary's consistency."""
