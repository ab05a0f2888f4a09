"""Reference model of asynchronous journal replication between storage systems."""
