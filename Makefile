# mirrorlog: every target sets up what it needs by itself (tools/setup.sh) and starts at once when that is done.

PYTHON := .venv/bin/python
# Variables count that stand on make's command line; those of the environment do not reach any run
# (tb/running/processes.py cleans it).
SIM := icarus
# Settings of a run; each is also an option of tb/sim.py, where its default stands
SETTINGS := TRACE OUT SIM SEED DATA_WIDTH WAVES SNAPSHOT JOURNAL_BYTES MAX_TRANSFER_BYTES POLICY WATCH_TIME \
            SYSTEMS PARTNER SIDE TARGET CRASH_AT COPY MODE DELAY BANDWIDTH DROP CORRUPT DUPLICATE REORDER
GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(v)))),$(v)))
CALLERS := $(foreach v,$(.VARIABLES),$(if $(filter environment,$(firstword $(origin $(v)))),$(v)))
unexport $(filter PYTHON% COCOTB_% PYGPI_% GPI_% VERILATOR% PYTEST_% MYPY% RUFF_%,$(CALLERS)) $(GIVEN) WAVES GUI
# Quoted for the shell, spaces included
quoted = '$(subst ','\'',$(1))'
# The value of a variable that was given; it as an option of a program
given = $(if $(filter $(1),$(GIVEN)),$($(1)))
option = $(if $(filter $(1),$(GIVEN)),--$(2)=$(call quoted,$($(1))))
OPTIONS := $(foreach v,$(GIVEN),$(call quoted,$(v)=$($(v))))
# A target's first line: says which variables given are none of its own, before anything is set up
only = $(if $(filter-out $(1),$(GIVEN)),@echo "error: unknown variable $(firstword $(filter-out $(1),$(GIVEN))): \
make $@ takes $(or $(strip $(1)),none)" >&2; exit 2)
# Each is also an option of synth/options.py, where its default stands
SYNTH_SETTINGS := PART DATA_WIDTH DEVICE ROUTE VOLUMES PAIRS GROUPS CACHE_SLOTS
# Each is also an option of synth/bitstream.py, where its default stands
BITSTREAM_SETTINGS := BOARD SYSTEM SYSTEMS DATA_WIDTH VOLUMES PAIRS GROUPS CACHE_SLOTS OUTSTANDING COMMANDS WINDOW \
                      AXI_ADDR_WIDTH MEMORY_BYTES MEMORY_DEVICES
# Each is also an option of tb/regress/options.py, where its default stands
REGRESS_SETTINGS := SEEDS FIRST JOBS SCHEDULER SIM PARTNER TARGET RESUME KEEP COVERAGE LIMIT OUT
# Each is also an option of tb/link/board.py, where its default stands
BOARD_SETTINGS := PORT LINK SIM STALL SEED SYSTEM SYSTEMS DATA_WIDTH MAX_TRANSFER_BYTES VOLUMES PAIRS GROUPS \
                  MEMORY_BYTES MEMORY_DEVICES RESET_AT
SIM_NEEDS := python $(if $(filter verilator,$(SIM)),verilator,icarus) $(if $(filter TARGET,$(GIVEN)),link)
# Each is also an option of mirrorlog serve or of tb/serve, where its default stands; the first line has those of the RTL or a board, and the model's
TARGET := model
SERVE_SETTINGS := SIM DATA_WIDTH SEED PARTNER SIDE SECONDARY_READS \
                  SYSTEMS OUT PORT SOCKET VOLUMES VOLUME_BYTES JOURNAL_BYTES MAX_TRANSFER_BYTES POLICY WATCH_TIME DELAY ANSWER_SECONDS
# Two simulations fit into two cores; more processes are of no use
JOBS := 2
# make hosts: disasters at random moments
MOMENTS := 20
# make nightly: seeds, other ones every night
NIGHTLY_SEEDS := 200
# make test: more arguments for pytest; 1: the long tests, too
PYTEST :=
LONG := 0
# make check: tests of the model and of modules, and two systems in lock-step, without Verilator; of the model not those that take longest
UNCHECKED := compare/test_compare_mutations compare/test_compare_replication \
             explore/test_exhaustive explore/test_explore_three explore/test_explore_variations explore/test_explored_operations
CHECKS := tests/model $(UNCHECKED:%=--ignore=tests/model/%.py) tests/test_documents.py tests/test_testplan.py tests/test_planted.py tests/rtl/library tests/rtl/host tests/rtl/tables/test_journal_ring.py \
          'tests/sim/test_replication.py::test_initial_copy_beside_writes_ends_with_both_sides_equal[icarus-by-number]'
# make explore: seeds, steps of each, steps of the exhaustive mode
SEEDS := 2000
STEPS := 500
DEPTH := 8

define explorations
@$(PYTHON) -m mirrorlog explore --seeds $(SEEDS) --steps $(STEPS)
@$(PYTHON) -m mirrorlog explore --operations --seeds $(SEEDS) --steps $(STEPS)
@$(PYTHON) -m mirrorlog explore --exhaustive $(DEPTH)
@$(PYTHON) -m tests.model.simulate.every_disaster
endef

.DEFAULT_GOAL := help
.PHONY: help sim board serve hosts replay shrink regress bite mutate check test nightly benchmark bench explore lint parameters registers synth bitstream flash prove clean

help:
	$(call only,)
	@echo "make sim    replay a recorded workload through the RTL in lock-step with the model, and compare every byte"
	@echo "            options (NAME=VALUE): TRACE prefix of the trace [tests/data/bank], OUT folder for its files [build/sim], SIM icarus|verilator, SEED,"
	@echo "            DATA_WIDTH 64|128|256|512, WAVES=1, SNAPSHOT cycles between snapshots for waves of a difference [2000] or 0, JOURNAL_BYTES, MAX_TRANSFER_BYTES, POLICY stall|suspend|error, WATCH_TIME cycles,"
	@echo "            SYSTEMS 1|2 [2]: one system, or its copy at a second one; with two:"
	@echo "            CRASH_AT N: the path is cut after the Nth write, the second system is taken over; COPY before|during initial copy,"
	@echo "            MODE by-number|plain, DELAY cycles one way, BANDWIDTH percent, DROP CORRUPT DUPLICATE REORDER percent of the packets,"
	@echo "            PARTNER rtl|model [rtl]: the model plays the other system, SIDE original|secondary [original] being the one in Verilog"
	@echo "            TARGET socket://HOST:PORT or /dev/ttyUSB0: that one is on a board, or its stand-in (docs/hardware.md)"
	@echo "make serve  the volumes of two systems as block devices (NBD) for real hosts: a/volume1 ... of the original, b/volume1 ... of the secondary"
	@echo "            after a takeover; console: cut, heal, lose, takeover, fail EXPORT, status, stop. Options: TARGET model|rtl|socket://HOST:PORT [model],"
	@echo "            SYSTEMS 1|2 [2], of rtl SIM, DATA_WIDTH, SEED, PARTNER rtl|model, SIDE; of model SECONDARY_READS=1; OUT folder [build/serve], PORT [10809] or"
	@echo "            SOCKET file, VOLUMES 1|2 [2], VOLUME_BYTES, JOURNAL_BYTES, MAX_TRANSFER_BYTES, POLICY, WATCH_TIME, DELAY, ANSWER_SECONDS [60]"
	@echo "make hosts  fio, QEMU, and a kernel with ext4 and SQLite at these volumes; as many disasters as MOMENTS [20], each judged by the hosts' own tools"
	@echo "make board PORT=n|pty  a board in a simulation, its link at a TCP port or a pseudo-terminal, until Ctrl-C (docs/hardware.md); options: LINK byte|uart, SIM,"
	@echo "            STALL percent of the time in which the line stands still [0], SEED, SYSTEM 1|2 its number, SYSTEMS 1|2 on it [1], DATA_WIDTH [64], MAX_TRANSFER_BYTES [4096], VOLUMES [8], PAIRS [8], GROUPS [4],"
	@echo "            MEMORY_BYTES of a storage device in block RAM [0: none], MEMORY_DEVICES so many [1], RESET_AT cycles until its reset button is pressed"
	@echo "make replay SEED=n  the random run of a seed, which draws everything, in build/random/n;"
	@echo "            options: SIM, WAVES=1, SNAPSHOT, KIND what happens instead of what the seed draws (docs/testing.md), PARTNER=model the model plays one of two systems,"
	@echo "            TARGET a board on which one is, the model plays the other, OUT its folder"
	@echo "make shrink SEED=n  a shorter run that fails as that one does, written as a directed test into build/shrink/n;"
	@echo "            options: SIM, KIND, OUT, ATTEMPTS simulations at most [200], BUG a planted bug of the Verilog to try it with (tests/planted/)"
	@echo "make regress  the random runs of many seeds on all cores or many machines, with a report in build/regress; options: SEEDS [200],"
	@echo "            FIRST seed [1], JOBS at a time [cores], SIM [verilator], SCHEDULER tcp://host:port of a Dask scheduler that runs, RESUME=1 what is missing,"
	@echo "            KEEP=1 all files of seeds that pass, COVERAGE lines|all: code coverage, LIMIT seconds of a seed [1800], PARTNER=model the model plays one of two systems,"
	@echo "            TARGET a board on which one is, what it cannot do is skipped by name, OUT its folder"
	@echo "make bite   plants each bug of tests/planted into the RTL and says within how many random runs it is found; options: SEED, RUNS at most [50],"
	@echo "            JOBS runs at a time [2], ONLY bugs whose file or id contains this, RESUME=1 what is missing of the hunt before (same SEED and Verilog)"
	@echo "make mutate  the same with faults of one token drawn at random, and those that are left; options: COUNT [100], SEED, RUNS [20], JOBS [2], RESUME=1"
	@echo "make check  what is worth running before every commit: ruff, mypy, tests of the model and of modules, one run in lock-step; two minutes"
	@echo "make test   run the tests (JOBS processes at a time); LONG=1: also those that only go deeper"
	@echo "make nightly  all tests, 200 seeds that no night had before, exploration, and systems of every combination of parameters on Verilator"
	@echo "make benchmark  measure speed in cycles and write build/benchmark/figures.json"
	@echo "make explore  the model under random faults, every interleaving of tiny rings, a disaster after every write of the trace"
	@echo "make lint   verilator -Wall and slang on the RTL, ruff, mypy"
	@echo "make parameters  systems of every combination of parameters of a table in which every two values meet, in lock-step (SIM; hours on Icarus)"
	@echo "make synth  yosys for an ECP5: sites, flip-flops, block RAM by module beside rtl/budget.toml (the whole system takes tens of minutes)"
	@echo "            options: PART a module of rtl/ [storage_system], DATA_WIDTH VOLUMES PAIRS GROUPS CACHE_SLOTS [rtl/budget.toml], DEVICE 85k|45k|25k,"
	@echo "            ROUTE=1: nextpnr places and routes (WebAssembly: slow, its first run compiles for minutes); files in build/synth"
	@echo "make bitstream BOARD=ulx3s|ecp5_evn  yosys, nextpnr and ecppack: a storage system and its link for a board (docs/hardware.md); half an hour and more"
	@echo "            options: SYSTEM 1|2 its number, SYSTEMS 1|2 on it [1], DATA_WIDTH VOLUMES PAIRS GROUPS CACHE_SLOTS OUTSTANDING COMMANDS WINDOW AXI_ADDR_WIDTH [what fits the board: docs/hardware.md], MEMORY_BYTES MEMORY_DEVICES as of make board; files in build/bitstream"
	@echo "make flash BOARD=ulx3s|ecp5_evn  openFPGALoader loads that bitstream into the board"
	@echo "make prove  the properties beside the RTL, by induction; option: PART a module that has some [all]"
	@echo "make registers  documentation and C header of the registers, in build/registers"
	@echo "make clean  remove build/ (the virtual environment stays)"

sim:
	$(call only,$(SETTINGS))
	@tools/setup.sh $(SIM_NEEDS)
	@$(PYTHON) -m tb.sim $(OPTIONS)

board:
	$(call only,$(BOARD_SETTINGS))
	@tools/setup.sh $(SIM_NEEDS)
	@$(PYTHON) -m tb.link.board $(OPTIONS)

test:
	$(call only,JOBS PYTEST LONG)
	$(if $(filter-out 0 1,$(LONG)),@echo "error: LONG=$(LONG): must be 0 or 1" >&2; exit 2)
	@tools/setup.sh python synth regress link icarus verilator checker
	@$(PYTHON) -m pytest -n $(JOBS) --dist worksteal --junitxml=build/tests.xml $(if $(filter 1,$(LONG)),--long) $(PYTEST)

serve:
	$(call only,TARGET $(SERVE_SETTINGS))
	$(if $(filter-out model rtl /% socket://%,$(TARGET)),@echo "error: TARGET=$(TARGET): must be model or rtl or socket://HOST:PORT" >&2; exit 2)
	$(if $(filter-out 0 1,$(call given,SECONDARY_READS)),@echo "error: SECONDARY_READS=$(SECONDARY_READS): must be 0 or 1" >&2; exit 2)
	@tools/setup.sh $(if $(filter model,$(TARGET)),python,$(if $(filter rtl,$(TARGET)),$(filter-out link,$(SIM_NEEDS)),$(SIM_NEEDS))) nbd
	@$(PYTHON) -m $(if $(filter model,$(TARGET)),mirrorlog serve,tb.serve) $(if $(filter-out model rtl,$(TARGET)),$(call option,TARGET,target)) \
	    $(call option,SIM,sim) $(call option,DATA_WIDTH,data-width) $(call option,SEED,seed) $(call option,PARTNER,partner) \
	    $(call option,SIDE,side) $(if $(filter 1,$(call given,SECONDARY_READS)),--secondary-reads) $(call option,SYSTEMS,systems) \
	    $(call option,OUT,out) $(call option,PORT,port) $(call option,SOCKET,socket) \
	    $(call option,VOLUMES,volumes) $(call option,VOLUME_BYTES,volume-bytes) \
	    $(call option,JOURNAL_BYTES,journal-bytes) $(call option,MAX_TRANSFER_BYTES,max-transfer-bytes) \
	    $(call option,POLICY,policy) $(call option,WATCH_TIME,watch-time) $(call option,DELAY,delay) \
	    $(call option,ANSWER_SECONDS,answer-seconds)

hosts:
	$(call only,MOMENTS)
	@tools/setup.sh python link icarus verilator hosts
	@$(PYTHON) -m pytest -n $(JOBS) --dist worksteal --runs=$(MOMENTS) --long tests/hosts

replay:
	$(call only,SEED SIM WAVES SNAPSHOT KIND PARTNER TARGET OUT)
	@tools/setup.sh $(SIM_NEEDS)
	@$(PYTHON) -m tb.random $(call quoted,$(call given,SEED)) $(call option,SIM,sim) $(call option,WAVES,waves) \
	    $(call option,SNAPSHOT,snapshot) $(call option,KIND,kind) $(call option,PARTNER,partner) \
	    $(call option,TARGET,target) $(call option,OUT,out)

shrink:
	$(call only,SEED SIM KIND BUG ATTEMPTS OUT)
	@tools/setup.sh $(SIM_NEEDS)
	@$(if $(call given,BUG),rtl=$$($(PYTHON) -m tests.planted $(call quoted,$(call given,BUG)) build/shrink/planted) &&) \
	    $(PYTHON) -m tb.random.shrink $(call quoted,$(call given,SEED)) $(if $(call given,BUG),--rtl "$$rtl") $(call option,SIM,sim) \
	    $(call option,KIND,kind) $(call option,ATTEMPTS,attempts) $(call option,OUT,out)

regress:
	$(call only,$(REGRESS_SETTINGS))
	@tools/setup.sh python regress $(if $(filter TARGET,$(GIVEN)),icarus link,$(filter icarus verilator,$(or $(call given,SIM),verilator)))
	@$(PYTHON) -m tb.regress $(OPTIONS)

bite:
	$(call only,SEED RUNS JOBS ONLY RESUME)
	@tools/setup.sh python verilator
	@$(PYTHON) -m tests.hunt.bite $(call option,SEED,seed) $(call option,RUNS,runs) $(call option,JOBS,jobs) $(call option,ONLY,only) \
	    $(call option,RESUME,resume)

mutate:
	$(call only,COUNT SEED RUNS JOBS RESUME)
	@tools/setup.sh python verilator
	@$(PYTHON) -m tests.hunt.mutate $(call option,COUNT,count) $(call option,SEED,seed) $(call option,RUNS,runs) $(call option,JOBS,jobs) \
	    $(call option,RESUME,resume)

check:
	$(call only,JOBS)
	@tools/setup.sh python icarus
	@$(PYTHON) -m tools.lint python
	@$(PYTHON) -m pytest -q -n $(JOBS) --dist worksteal $(CHECKS)

nightly:
	$(call only,JOBS)
	@tools/setup.sh python synth regress link icarus verilator checker
	@$(PYTHON) -m pytest -n $(JOBS) --dist worksteal --junitxml=build/tests.xml --long
	@$(PYTHON) -m tb.regress SEEDS=$(NIGHTLY_SEEDS) FIRST=$$(($$(date +%s) / 86400 * $(NIGHTLY_SEEDS))) JOBS=$(JOBS) COVERAGE=lines
	$(explorations)
	@$(PYTHON) -m tests.sim.parameter_systems verilator

# bench: its name until version 2
benchmark bench:
	$(call only,SIM SEED)
	@tools/setup.sh python icarus verilator
	@$(PYTHON) -m tb.benchmark $(OPTIONS)
	@$(PYTHON) -m mirrorlog speed --out build/benchmark/model.json

explore:
	$(call only,SEEDS STEPS DEPTH)
	@tools/setup.sh python checker
	$(explorations)

lint:
	$(call only,)
	@tools/setup.sh python verilator
	@$(PYTHON) -m tools.lint

parameters:
	$(call only,SIM)
	@tools/setup.sh $(SIM_NEEDS)
	@$(PYTHON) -m tests.sim.parameter_systems $(SIM)

registers:
	$(call only,)
	@tools/setup.sh python
	@mkdir -p build/registers
	@$(PYTHON) -m peakrdl markdown rtl/registers.rdl -o build/registers/registers.md
	@$(PYTHON) -m peakrdl c-header rtl/registers.rdl -o build/registers/storage_system.h
	@echo "build/registers/registers.md and storage_system.h"

synth:
	$(call only,$(SYNTH_SETTINGS))
	@tools/setup.sh python synth $(if $(filter 1,$(ROUTE)),route)
	@$(PYTHON) -m synth $(OPTIONS)

bitstream:
	$(call only,$(BITSTREAM_SETTINGS))
	@tools/setup.sh python synth route
	@$(PYTHON) -m synth.bitstream $(OPTIONS)

flash:
	$(call only,BOARD)
	@tools/setup.sh python flash
	@$(PYTHON) -m synth.flash $(OPTIONS)

prove:
	$(call only,PART)
	@tools/setup.sh python synth
	@$(PYTHON) -m synth.prove $(OPTIONS)

clean:
	$(call only,)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
