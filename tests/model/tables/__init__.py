"""Tests of the tables and rings."""
