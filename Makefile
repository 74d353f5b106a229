# Every command works on a machine with nothing but Python 3.11+, its venv module and make; the rest goes into .venv.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help run audit flask test lint fmt lock openapi clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed-run ## Serve the whole shop on PORT (8000), walk one order through it and audit the books
	@exec $(BIN)/python -m ecosystem.run --stop-with-parent

audit: $(VENV)/installed-run ## Check that orders, money, stock and events of the shop that runs agree
	@$(BIN)/python -m ecosystem.run.flask_of_shop audit

flask: $(VENV)/installed-run ## Run a flask command in that shop: make flask ARGS="jobs list"
	@$(BIN)/python -m ecosystem.run.flask_of_shop $(ARGS)

test: $(VENV)/installed-dev ## Run every test; PYTEST_ARGS="-k orders" picks some
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

lint: $(VENV)/installed-dev ## Check style, types, layers and lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m ecosystem.locks check

fmt: $(VENV)/installed-dev ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/installed-dev ## Bring requirements/*.txt in line with pyproject.toml
	$(BIN)/python -m ecosystem.locks write

openapi: $(VENV)/installed-dev ## Write docs/openapi.json, docs/errors.md and docs/permissions.md anew
	$(BIN)/python -m ecosystem.documents

clean: ## Remove .venv, .data (with the demo shop's database) and caches
	rm -rf $(VENV) .data .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per lock file: it appears only after an install that went well, and is renewed when the lock changes.
$(VENV)/installed-%: requirements/%.txt $(BIN)/pip
	@echo "minimall: installing the packages of $<, each checked by its hash"
	@$(BIN)/python -m ecosystem.run.install $<
	@touch $@

$(BIN)/pip:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "minimall: needs Python 3.11 or newer: install it, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@test -w . || \
		{ echo "minimall: cannot write in $(CURDIR): make it writable for this user" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "minimall: $(PYTHON) has no venv module: apt install python3-venv" >&2; exit 1; }
	@echo "minimall: making $(VENV) with $$($(PYTHON) --version)"
	@"$(PYTHON)" -m venv $(VENV)
