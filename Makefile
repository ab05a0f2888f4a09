# mirrorlog: every target sets up what it needs by itself (tb/setup.sh) and starts at once when that is done.

PYTHON := .venv/bin/python
SIM ?= icarus
# Settings of a run; each is also an option of tb/sim.py, where its default stands
SETTINGS := TRACE SIM SEED DATA_WIDTH WAVES JOURNAL_BYTES MAX_TRANSFER_BYTES POLICY WATCH_TIME \
            SYSTEMS CRASH_AT COPY MODE DELAY BANDWIDTH DROP CORRUPT DUPLICATE REORDER
OPTIONS := $(foreach s,$(SETTINGS),$(if $($(s)),$(s)=$($(s))))
SIM_NEEDS := python $(if $(filter verilator,$(SIM)),verilator,icarus)
# Two simulations fit into two cores; more processes are of no use
JOBS ?= 2
# make explore: seeds, steps of each, steps of the exhaustive mode
SEEDS ?= 2000
STEPS ?= 500
DEPTH ?= 8

.DEFAULT_GOAL := help
.PHONY: help sim test bench explore lint registers clean

help:
	@echo "make sim    replay a recorded workload through the RTL in lock-step with the model, and compare every byte"
	@echo "            options (NAME=VALUE): TRACE prefix of the trace [tests/data/bank], SIM icarus|verilator, SEED,"
	@echo "            DATA_WIDTH 64|128|256|512, WAVES=1, JOURNAL_BYTES, MAX_TRANSFER_BYTES, POLICY stall|suspend|error, WATCH_TIME cycles,"
	@echo "            SYSTEMS 1|2 [2]: one system, or its copy at a second one; with two:"
	@echo "            CRASH_AT N: the path is cut after the Nth write, the second system is taken over; COPY before|during initial copy,"
	@echo "            MODE by_number|plain, DELAY cycles one way, BANDWIDTH percent, DROP CORRUPT DUPLICATE REORDER percent of the packets"
	@echo "make test   run all tests (JOBS processes at a time)"
	@echo "make bench  measure speed in cycles and write build/bench/bench.json"
	@echo "make explore  the model under random faults, every interleaving of tiny rings, a disaster after every write of the trace"
	@echo "make lint   verilator -Wall on every data width, ruff, mypy"
	@echo "make registers  documentation and C header of the registers, in build/registers"
	@echo "make clean  remove build/ (the virtual environment stays)"

sim:
	@tb/setup.sh $(SIM_NEEDS)
	@$(PYTHON) -m tb.sim $(OPTIONS)

test:
	@tb/setup.sh python icarus verilator checker
	@$(PYTHON) -m pytest -n $(JOBS) --dist worksteal $(PYTEST)

bench:
	@tb/setup.sh python icarus verilator
	@$(PYTHON) -m tb.bench $(OPTIONS)
	@$(PYTHON) -m model speed --out build/bench/model.json

explore:
	@tb/setup.sh python checker
	@$(PYTHON) -m model explore --seeds $(SEEDS) --steps $(STEPS)
	@$(PYTHON) -m model explore --operations --seeds $(SEEDS) --steps $(STEPS)
	@$(PYTHON) -m model explore --exhaustive $(DEPTH)
	@$(PYTHON) -m tests.model.every_disaster

lint:
	@tb/setup.sh python verilator
	@$(PYTHON) -m tb.lint

registers:
	@tb/setup.sh python
	@mkdir -p build/registers
	@$(PYTHON) -m peakrdl markdown rtl/registers.rdl -o build/registers/registers.md
	@$(PYTHON) -m peakrdl c-header rtl/registers.rdl -o build/registers/storage_system.h
	@echo "build/registers/registers.md and storage_system.h"

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
