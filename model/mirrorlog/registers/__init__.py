"""The maintenance terminal: register map, accesses, the mailbox of operations."""
