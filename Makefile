# Two commands do all: `make run` answers the reference programme, `make test` proves the project.
# `make setup` puts the project and everything it needs into .venv, and does nothing when that is current.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done
PROGRAMME ?= examples/gen5
OUT ?= study/gen5

.PHONY: setup run test lint types contracts tests clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[test]'
	touch $(STAMP)

run: setup
	$(BIN)/halfshaft study $(PROGRAMME) --out $(OUT)

test: setup lint types contracts tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

tests: setup
	$(BIN)/pytest -n 2

clean:
	rm -rf $(VENV) study
