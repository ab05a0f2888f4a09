"""`make regress`: random runs of many seeds, on all cores or on many machines, and a report of what came of them."""
