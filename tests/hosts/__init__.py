"""Real hosts at the systems: fio, QEMU, a kernel, SQLite; each test is skipped where its tools are missing."""
