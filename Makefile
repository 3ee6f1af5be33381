# The commands of this repository. `make` without a target lists them.
#
# REQUEST reaches the program through the environment, as typed: `value` keeps make from reading a $ in it, and no
# recipe writes it into shell text.
ifneq ($(origin REQUEST),undefined)
override REQUEST := $(value REQUEST)
export REQUEST
endif
export KILL LOCAL_BROKER LOCAL_POSTGRES SEEDS

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo check test test-all system simulate stack pictures docs up down lint contracts dist lock bench
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n 3 --dist loadscope --no-loadscope-reorder
MEMBERS := contracts services/sdk services/orchestrator services/specialists

help:
	@echo 'make demo       set up, start the broker and every service, submit a request, show it run, stop what was started'
	@echo '                  REQUEST="..." any text; KILL=1 kills the orchestrator and an agent in the middle'
	@echo 'make check      lint, types, import rules; unit, contract and property tests (no server; 2 minutes)'
	@echo 'make test       make check, and the tests that need a broker or a database (8 minutes)'
	@echo 'make test-all   make test, and make system and make stack (45 minutes)'
	@echo 'make system     the part of make test-all without containers: killed processes, 20,000 simulated systems,'
	@echo '                  ten times as many examples of each property'
	@echo 'make simulate   thousands of simulated systems with injected failures; SEEDS=100000 for more'
	@echo 'make stack      every container of compose.yaml: built, used, paused, killed, restarted under load (three minutes)'
	@echo 'make up         run the whole system on this machine without containers; run again, it restarts what has ended'
	@echo 'make down       stop the services and the broker of make up; only logs and results are kept'
	@echo 'make setup      make .venv from the locks'
	@echo 'make lint       ruff, mypy, import rules, unused and undeclared dependencies, Dockerfile, compose.yaml'
	@echo 'make bench      compare the speed with hand-written code, and measure the reading; one JSON line (three minutes)'
	@echo 'make contracts  write the schemas and the AsyncAPI document from the models, and the synchronous client'
	@echo 'make dist       build sdists and wheels of the four distributions in dist/, and check their metadata'
	@echo 'make docs       draw the pictures and tables of docs/*.md from the code'
	@echo 'make pictures   record the pictures of docs/pictures from the real system (half a minute)'
	@echo 'make lock       write the locks from the pyproject files'
	@echo 'CREATORFLOW_TEST_PATIENCE=4 lets tests wait four times as long, for a busy machine'
	@echo 'CREATORFLOW_TEST_EXAMPLES=400 tries that many examples of each property, in place of 40'
	@echo 'LOCAL_BROKER=url|docker|server and LOCAL_POSTGRES=url|docker|server allow only that way to get a server'

setup:
	@ops/local/setup

lint: setup
	@$(PYTHON) -m ops.local.lint

# Each tier begins with the one before it, and every test file is in one of them; the properties are tried again with
# ten times as many examples (tests/unit/ops/test_tiers.py).
# ops.stack ends with exit code 78 and a message where it cannot be run.
check: lint
	@$(PYTEST) tests/unit tests/contracts tests/properties ops/examples/own-agent

test: check
	@$(PYTEST) tests/bus tests/integration tests/specialists tests/simulation tests/compatibility tests/costs

test-all: test system
	@$(PYTHON) -m ops.stack || [ $$? = 78 ]

system: setup
	@$(PYTHON) -m tests.benchmarks --smoke
	@$(PYTHON) -m tests.simulation --seeds 20000
	@CREATORFLOW_TEST_EXAMPLES=400 $(PYTEST) tests/properties
	@$(PYTEST) tests/system

simulate: setup
	@$(PYTHON) -m tests.simulation --seeds "$${SEEDS:-10000}"

stack:
	@ops/local/setup python
	@$(PYTHON) -m ops.stack

pictures:
	@ops/local/setup python
	@$(PYTHON) -m ops.pictures

docs: setup
	@$(PYTHON) -m ops.docs

contracts: setup
	@$(PYTHON) -m creatorflow_contracts.generate
	@$(PYTHON) -m ops.generate_sync_client

dist: setup
	@ops/local/dist

bench: setup
	@$(PYTHON) -m tests.benchmarks

lock: setup
	@ops/local/lock

up:
	@ops/local/setup python
	@$(PYTHON) -m ops.local up

down:
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m ops.local down; fi

demo:
	@ops/local/setup python
	@$(PYTHON) -m ops.local demo
