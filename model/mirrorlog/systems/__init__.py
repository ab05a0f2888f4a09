"""Several storage systems and their operator: topologies, disasters, failback, what must always hold."""
