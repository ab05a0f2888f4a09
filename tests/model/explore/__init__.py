"""Tests of fault exploration, and the bugs that it is to find."""
