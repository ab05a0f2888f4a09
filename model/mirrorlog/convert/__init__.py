"""Other people's traces as workloads, and logs of writes in the format of dm-log-writes."""
