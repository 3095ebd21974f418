# make run   serve with labelled demo data        make test  everything, on both databases and in a browser
# make lint  format, lint, types, walls           make bench the speed figures, as ratios

.PHONY: run test lint bench screenshots locks clean
.DEFAULT_GOAL := run
SHELL := /bin/bash
BIN := .venv/bin
PORT ?= 8000
SIPAS_HOME ?= ./var
export PORT SIPAS_HOME
# compiled modules are kept, whatever the machine's habit: otherwise every start compiles them anew
unexport PYTHONDONTWRITEBYTECODE
COMPILE = $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

run: .venv/run.stamp
	@exec $(BIN)/sipas serve --demo

test: lint
	@.ci/browser
	$(BIN)/python -m pytest -n $(or $(WORKERS),auto) --dist loadscope --no-loadscope-reorder $(TESTS)

lint: .venv/dev.stamp
	$(BIN)/ruff format --check app analysis survey_forms migrations tests
	$(BIN)/ruff check app analysis survey_forms migrations tests
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp
	$(BIN)/python -m tests.load.bench

screenshots: .venv/dev.stamp
	@.ci/browser
	PYTHONPATH=tests $(BIN)/python -m tests.browser.screenshots

locks: .venv/dev.stamp
	$(COMPILE) --group installer --upgrade -o requirements-installer.lock
	$(COMPILE) pyproject.toml --group build --upgrade -o requirements.lock
	$(COMPILE) pyproject.toml --group dev --upgrade -o requirements-dev.lock

# uv reads one lock good for every supported Python; pip alone can install it too, ten times slower.
# pip comes with Python itself and takes uv by its hash, so that every byte installed is a known one.
.venv/uv.stamp: requirements-installer.lock
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cần Python 3.11 trở lên / Python 3.11 or newer is needed"; exit 1; }
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/uv.stamp requirements-dev.lock pyproject.toml
	$(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@ .venv/run.stamp

clean:
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis
