PYTHON ?= python3
BIN := .venv/bin
# as the command itself has it: several threads spin where cores are shared
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench .venv

help: ## what can be made
	@grep -E '^[a-z.]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: .venv ## faults injected into a live stream, found and shown (embedded broker)
	$(BIN)/detector demo

test: .venv ## every test that this machine can run
	$(BIN)/pytest

lint: .venv ## format, ruff and mypy strict
	$(BIN)/ruff format --check detector tests benchmarks
	$(BIN)/ruff check detector tests benchmarks
	$(BIN)/mypy

check: lint test ## what CI runs once the real parts are there

bench: .venv ## speed and detection beside the alternatives, into build/bench (FORM=--full: the long run)
	$(BIN)/python benchmarks/detection.py --output build/bench $(FORM)

.venv: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[parquet,dev]'
	touch $@
