# Two targets do everything that a stranger needs: `make demo` and `make test`. Both set up what is missing first.
SHELL := /bin/bash
VENV ?= .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.ready

.PHONY: demo test lint bench crash sweep wheel pictures setup odbc clean

demo: setup
	$(VENV)/bin/rollback-bot demo

test: setup
	$(PYTHON) -m pytest -n 2 --dist loadfile -q -m "not sweep"

crash: setup
	$(PYTHON) -m pytest -n 2 -q tests/crash

# Whole rollbacks in real processes: each system off, all on watch, the bot killed at seeded moments. Minutes each.
sweep: setup
	$(PYTHON) -m pytest -q -m sweep

# The wheel in an empty environment plays a rollback from another folder.
wheel: setup
	scripts/try-wheel

# The pictures of the tutorial and the README, taken while a whole rollback is played by clicks.
pictures: setup
	ROLLBACK_BOT_PICTURES=docs/pictures $(PYTHON) -m pytest -q -m sweep tests/browser/test_browser_whole.py

lint: setup
	$(VENV)/bin/ruff check --no-cache .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: setup
	$(PYTHON) benchmarks/run.py
	$(PYTHON) benchmarks/devices.py

setup: odbc $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	python3 -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(PYTHON) || python3 -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# unixODBC and a driver: installed where that is allowed, named in one line where it isn't.
odbc:
	@scripts/install-odbc

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
