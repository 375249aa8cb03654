SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock fix clean
# With bytecode on disk the processes of a show start faster.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
FOUND = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BOOTSTRAP = $(or $(wildcard $(BIN)/python),$(FOUND),$(error oncue needs Python 3.11 or newer)) tools/bootstrap.py

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: ## .venv with all packages, the web bundle, Chromium and PostgreSQL for the tests, nftables as root
	@$(BOOTSTRAP)

demo: ## a running show with links to join; ARGS="--bots 20 --autopilot"
	@$(BOOTSTRAP) demo
	@exec $(BIN)/oncue demo $(ARGS)

test: setup ## all tests; ARGS="-k score" passes to pytest, without those of web/
	@$(if $(ARGS),,$(BIN)/python tools/web.py test)
	@$(if $(ARGS),$(BIN)/pytest $(ARGS),$(BIN)/python tools/tests.py)

check: ## format, lint, types, imports, purity, web; ARGS="mypy ruff" runs only those
	@$(BOOTSTRAP) check
	@$(BIN)/python tools/check.py $(ARGS)

bench: setup ## one measurement: NAME=engine; without NAME a list
	@$(BIN)/python tests/bench/__main__.py $(NAME) $(ARGS)

fix: ## formats the code and mends what ruff can
	@$(BOOTSTRAP) check
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format

lock: ## constraints.txt from pyproject.toml; ARGS=--upgrade takes newer versions
	@$(BOOTSTRAP) check
	@$(BIN)/python tools/lock.py $(ARGS)

clean: ## removes what the targets made
	rm -rf .venv .editable build dist web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
