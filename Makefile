# make run, make test, make check: each installs what it needs first, and only what has changed.
# WORKERS=2 says how many tests run at a time: one more than there are cores, as many only wait.
# PYTHON=python3.13 chooses a Python, PORT=8001 a port, ARGS="-k pace" goes to pytest.
PYTHON ?= python3
VENV ?= .venv
PORT ?=
ARGS ?=
BIN := $(VENV)/bin
WORKERS = $(shell $(BIN)/python -c 'import os; print(os.cpu_count() + 1)')
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
MESSAGES := --ignore "$(VENV)/*" --ignore "tests/*" --ignore "var/*"

# Every process that the tests start would compile all code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run manage test check static lint types migrations catalogue messages local-arxiv clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.runtime ## start the site, its worker and beat; settings may stand in .env
	@set -a; if [ -f .env ]; then . ./.env; fi; set +a; \
	exec $(MANAGE) up $(if $(PORT),--port $(PORT))

manage: $(VENV)/.runtime ## a command of the house: make manage DO="check_llm"; likewise
	@set -a; if [ -f .env ]; then . ./.env; fi; set +a; \
	$(MANAGE) $(or $(DO),help)

test: $(VENV)/.dev ## run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: static test ## all that CI checks

static: lint types migrations catalogue ## the checks that run nothing

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

migrations: $(VENV)/.dev
	$(MANAGE) makemigrations --check --dry-run

# What msgfmt makes of each .po must be the .mo that is committed, and nothing may be untranslated.
catalogue:
	@command -v msgfmt >/dev/null || { echo "catalogue: not checked, gettext is not installed"; exit 0; }; \
	fresh=$$(mktemp); trap 'rm -f "$$fresh"' EXIT; \
	for po in locale/*/LC_MESSAGES/*.po locale/third_party/*/LC_MESSAGES/*.po; do \
	  [ -e "$$po" ] || continue; \
	  msgfmt --check-format --statistics -o "$$fresh" "$$po" 2>&1 | tee /dev/stderr \
	    | grep -qE 'untranslated|fuzzy' && { echo "$$po is not complete"; exit 1; }; \
	  cmp -s "$$fresh" "$${po%.po}.mo" || { echo "$$po: its .mo is stale; make messages"; exit 1; }; \
	done

messages: $(VENV)/.dev ## collect the strings of the screens and compile the catalogues
	$(MANAGE) makemessages --locale ja --no-location --no-obsolete $(MESSAGES)
	$(MANAGE) compilemessages --ignore "$(VENV)/*"

local-arxiv: $(VENV)/.dev ## an arXiv of our own to try things with, without a network
	$(BIN)/python -m tests.local_arxiv $(ARGS)

clean: ## remove the environment and caches; var/, with its database, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(PIP) install -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
	  echo "Install one, or name it: make PYTHON=python3.13 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "No environment could be made. On Debian: apt install python3-venv"; \
	  exit 1; }
