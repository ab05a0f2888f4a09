"""`make benchmark`: speed in cycles beside what ports and path allow, and the simulation's own speed."""
