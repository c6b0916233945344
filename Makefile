# The day's work. The README's ./run and ./test are the same programs.
T ?= tests
PY = .venv/bin/python
UV = $(shell command -v uv || echo .tools/uv/bin/uv)
LOCK = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

.PHONY: help run all fast test lint format lock diagram pages bench audit

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set up and run the office with its demo accounts
	./run

all: ## everything CI checks
	./test

fast: ## the engine and the definitions: seconds
	$(PY) -m pytest -q tests/engine tests/definitions

test: ## some tests: make test T=tests/service_catalog
	$(PY) -m pytest -q $(T)

lint: ## style, types, import rules, definitions
	.venv/bin/ruff check --no-cache .
	.venv/bin/mypy --cache-dir=.venv/.mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/banjian catalog lint

format: ## put the code in its shape
	.venv/bin/ruff check --no-cache --fix .
	.venv/bin/ruff format --no-cache .

lock: ## write requirements/*.txt anew from pyproject.toml; make lock UPGRADE=--upgrade for newer versions
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements/run.txt
	$(LOCK) $(UPGRADE) --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

diagram: ## a state machine as Mermaid: make diagram P=on-site
	.venv/bin/banjian diagram $(P)

pages: ## write docs/processes and docs/manuals anew from definitions and manuals
	.venv/bin/banjian diagram --docs docs/processes
	.venv/bin/banjian catalog docs

bench: ## clock readings a second
	$(PY) -m bench.clock

audit: ## known holes of the locked libraries; says `could not run` where no advisory database answers
	@$(PY) .ci/audit.py
