"""Tests of set-up, lint and the Makefile's targets."""
