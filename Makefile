# `make run` and `make test` need Python >= 3.11 and nothing else. PYTHON chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

NPM := tests/npm

.PHONY: run demo test prove check format words bench clients clean

run: $(STAMP)  ## start everything in the foreground; Ctrl-C stops it
	@exec $(BIN)/muster up

demo: $(STAMP)  ## the same, with an example organisation and one incident under way
	@exec $(BIN)/muster up --demo

test: $(VENV)/.installed-dev $(NPM)/node_modules/.installed  ## run all tests that this machine can run
	@# One more than there are cores: half of what a worker does is to wait for others.
	@$(BIN)/python -m pytest --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

prove: $(VENV)/.installed-dev $(NPM)/node_modules/.installed  ## the slow suites in full and every figure: docs/reliability.md
	@$(BIN)/python -m bench.prove

check: $(VENV)/.installed-dev  ## format, lint, types, imports, drift
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_drift.py

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

words: $(VENV)/.installed-dev  ## collect what the public page says, and bring its catalogues up to date
	@$(BIN)/python -m statuspage.catalogue

bench: $(VENV)/.installed-dev  ## speed, as ratios against a reference measured in the same run
	@$(BIN)/python -m bench

clients: $(NPM)/node_modules/.installed  ## what the tests take from npm; `make test` fetches it by itself

clean:  ## remove what make made; the data folder .muster is kept
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Muster needs Python 3.11 or newer; set PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Can't make $(VENV): install the package python3-venv" >&2; exit 1; }
	@echo "Installing Muster into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Clients and checkers that others wrote. Tests that need them say so and are left out where npm can't bring them.
$(NPM)/node_modules/.installed: $(NPM)/package.json
	@mkdir -p $(@D)
	@if ! command -v npm >/dev/null; then echo "no npm: the tests of its clients and checkers are left out"; \
	elif npm install --prefix $(NPM) --no-package-lock --no-audit --no-fund --silent; then touch $@; \
	else echo "npm could not install: the tests of its clients and checkers are left out"; fi
