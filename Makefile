# The commands of this project: run, test, check, bench, load, stop, clean, lock, setup. They need Python 3.11+ and make.
# Paths are relative and tools are called as modules, so that a checkout may stand in a folder with spaces.

PYTHON ?= python3
UV_VERSION := 0.13.9
PY := .venv/bin/python
UV := .venv/bin/uv
# Stopping and removing need no installed packages.
ANY_PY = $(if $(wildcard $(PY)),$(PY),$(PYTHON))

.PHONY: help setup tools run test check bench load stop clean lock

help:
	@echo 'make run     start everything on http://127.0.0.1:8000 (HOST=, PORT=); Ctrl-C stops it'
	@echo 'make test    all tests; ARGS= goes to pytest'
	@echo 'make check   style, types, imports, templates, deployment settings, migrations'
	@echo 'make bench   times and queries beside their budgets; ARGS="--only planner", ARGS=--suite'
	@echo 'make load    crowds against a web server as in production; ARGS="--only P02 P09 --users 500"'
	@echo 'make stop    stop the embedded PostgreSQL and Valkey     make clean   remove them with their data (YES=1)'
	@echo 'make lock    lock the requirements again                 make setup   only install'

setup: .venv/.runtime
tools: .venv/.tools

# HOST and PORT reach it through the environment, where make puts what stands on its command line.
run: setup
	@exec $(PY) -m config.services.run

test: tools
	@$(PY) -m config.services up
	HTTPS=false $(PY) -m pytest $(ARGS)

check: tools
	@$(PY) -m config.services up
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	git ls-files -z -- '*.html' | xargs -0 -r .venv/bin/djade --check --target-version 5.2
	$(PY) manage.py check --deploy --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run

bench: tools
	@$(PY) -m config.services up
	$(PY) -m benchmarks $(ARGS)

# The page and the figures of the last run: .local/load.html, .local/load.json.
load: tools
	@$(PY) -m config.services up
	$(PY) -m benchmarks.load $(ARGS)

stop:
	@$(ANY_PY) -m config.services down

clean:
	@$(ANY_PY) -m config.services destroy $(if $(filter 1,$(YES)),--yes)

lock: setup
	$(UV) pip compile --quiet --generate-hashes --python-version 3.11 --no-header requirements.in -o requirements.txt
	$(UV) pip compile --quiet --generate-hashes --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

# Once the tools are there they stay: `sync` with the runtime lock alone would remove them.
.venv/.runtime: requirements.txt $(UV)
	@if [ -x .venv/bin/pytest ]; then $(MAKE) --no-print-directory tools; \
	else $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.txt; fi
	@touch $@

.venv/.tools: requirements.txt requirements-dev.txt $(UV)
	@echo 'Installing the application and its tools.'
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.txt requirements-dev.txt
	@touch .venv/.runtime $@

# A first attempt that was interrupted may have left a .venv without pip.
$(UV): $(PY)
	@$(PY) -c 'import pip' 2>/dev/null || $(PY) -m ensurepip --default-pip >/dev/null
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(PY):
	@command -v "$(PYTHON)" >/dev/null || { echo 'Python 3.11 or newer is needed, and $(PYTHON) was not found; name another with PYTHON=.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$("$(PYTHON)" -V 2>&1); name another with PYTHON=." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo 'This Python lacks the module venv; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making .venv.'
	@"$(PYTHON)" -m venv --clear .venv
