"""Tests of the formats: packets, update information, serial numbers."""
