"""Formats that are written down: packets, commit records, update information, numbers that wrap."""
