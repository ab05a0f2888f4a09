"""Tests of cache memory and storage devices."""
