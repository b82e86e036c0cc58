# `make` alone lists what there is.

ifeq ($(OS),Windows_NT)
$(error Canhdong needs Linux: run "wsl --install -d Debian" and call make there)
endif

MAKEFLAGS += --no-print-directory
BIN := .venv/bin
DEV := .venv/.dev
# A tree that has the developers' environment needs no second, smaller one.
DEMO := $(firstword $(wildcard $(DEV)) .venv/.demo)
PYTHON = $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
stop = $(if $(1),$(error $(strip $(1))))

.NOTPARALLEL:
.PHONY: help venv demo field picture test test-quick faults faults-vm sabotage lint debian docs
.PHONY: bench bench-bus bench-drain bench-daemon bench-models bench-rules bench-storage
.PHONY: kills quality-report replay rules-budget search chaos

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' Makefile

venv: $(DEV) ## make .venv with all that a developer needs

demo: $(DEMO) ## eight field days in 80 s; ARGS="--keys", "--scenario quiet"
	@$(BIN)/canhdong demo $(ARGS)

field: $(DEMO) ## a simulated field that keeps running for other commands; Ctrl-C ends it
	@$(BIN)/canhdong demo --field $(ARGS)

picture: $(DEMO) ## docs/demo.svg, the screen of the demo, drawn anew
	@$(BIN)/canhdong demo --picture docs/demo.svg

test: $(DEV) debian lint ## everything, against real servers (up to 15 min)
	@$(BIN)/pytest --hypothesis-profile whole -m "not real and not bench and not fault" \
	--junitxml=.pytest_cache/plain.xml; plain=$$?; \
	$(BIN)/pytest -n 0 --hypothesis-profile whole -m "real and not bench and not fault" \
	--junitxml=.pytest_cache/real.xml; real=$$?; \
	$(BIN)/python tests/left_out.py .pytest_cache/plain.xml .pytest_cache/real.xml; \
	exit $$((plain + real))

faults: $(DEV) debian ## every fault of the list, 50 kills (15 min); as root all of it; ARGS=--full: 500 kills
	@CANHDONG_FAULTS=$(if $(findstring --full,$(ARGS)),full,quick) \
	$(BIN)/pytest -n 0 -m fault --ignore=tests/faults/vm tests/faults \
	-o junit_family=xunit1 --junitxml=.pytest_cache/faults.xml; status=$$?; \
	$(BIN)/python tests/left_out.py .pytest_cache/faults.xml; exit $$status

faults-vm: $(DEV) ## power cuts of a whole virtual machine (25 min, as root); ARGS=--full: 100 cuts
	@$(call stop,$(shell tests/faults/vm/debian.sh))
	@CANHDONG_FAULTS=$(if $(findstring --full,$(ARGS)),full,quick) \
	$(BIN)/pytest -n 0 -m fault tests/faults/vm

sabotage: $(DEV) ## nine wrong builds, each of which must turn a named test red
	@$(BIN)/python -m tests.sabotage $(ARGS)

search: $(DEV) ## runs drawn at random, for long; ARGS="--runs 100000 --seed 1"
	@$(BIN)/python tests/search.py $(ARGS)

chaos: $(DEV) debian ## twenty gateways and every fault from outside; ARGS="--minutes 3"
	@$(BIN)/python tests/chaos.py $(ARGS)

test-quick: $(DEV) ## tests that need no server (under a minute)
	@$(BIN)/pytest

lint: $(DEV) ## form, habits and types
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

debian: ## install the Debian packages that `make test` needs
	@$(call stop,$(shell tests/debian.sh))

docs: $(DEV) ## write the generated tables of README.md again
	@$(BIN)/python tests/test_docs.py

bench: bench-bus bench-storage bench-drain bench-daemon bench-models bench-rules ## all the numbers

bench-bus: $(DEV) ## bus cycle against the wire's minimum
	@$(BIN)/python tests/bench_bus.py $(ARGS)

bench-storage: $(DEV) ## bytes written for a reading, and a month on disk
	@$(BIN)/python tests/bench_storage.py $(ARGS)

bench-drain: $(DEV) ## drain of a backlog into InfluxDB; the peer beside; ARGS=--no-peer
	@$(BIN)/python tests/bench_drain.py $(ARGS)

bench-daemon: $(DEV) ## memory, processor and disk of the gateway
	@$(BIN)/python tests/bench_daemon.py $(ARGS)

bench-models: $(DEV) ## checks on the live path, and a season through every model
	@$(BIN)/python tests/bench_models.py $(ARGS)

bench-rules: $(DEV) ## all packs live and over a season, a million expressions (5 min); ARGS="--cases 10000"
	@$(BIN)/python tests/bench_rules.py $(ARGS)

kills: $(DEV) ## kill gateway, ingest and broker at drawn places; nothing may be lost
	@$(BIN)/python tests/kills.py $(ARGS)

replay: $(DEV) ## recorded measurements through the whole chain; ARGS="--set pasoh"
	@$(BIN)/python tests/replay.py $(ARGS)

rules-budget: $(DEV) ## how often each rule speaks over the recorded sets (5 min); ARGS="--site pasoh --charts FOLDER"
	@$(BIN)/canhdong rules budget $(ARGS)

quality-report: $(DEV) ## what checks find in recorded data; ARGS="--data FILE --form FORM"
	@$(BIN)/python tests/quality_report.py $(ARGS)

.venv/.%: pyproject.toml
	$(call stop,$(shell test "$$(uname -s)" = Linux || echo \
	Canhdong needs Linux: use a virtual machine with Debian 12 or newer))
	$(call stop,$(if $(PYTHON),,Canhdong needs Python 3.11 or newer: \
	use Debian 12 or newer, or install it from python.org))
	$(call stop,$(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo \
	Python has no venv here: run \"sudo apt-get install python3-venv\"))
	@echo "making .venv with all of .[$*]: a minute the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@
