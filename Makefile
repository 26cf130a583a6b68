# `make demo` and `make test` need only Python 3.11 or newer, git and make; everything else is set up in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKS := requirements/runtime.txt requirements/dev.txt
# What the AWS deployment needs besides, with a Node.js of its own; the demo does not wait for it.
INFRA := $(VENV)/.infra
INFRA_LOCKS := requirements/infra.txt requirements/emulator.txt infra/package-lock.json
# Two workers more than there are processors: much of the suite waits, for processes and for time to pass.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2)

# What Python compiles is kept, whatever the environment says: a run of the tests starts the worker some thousand times,
# and each process that loads the test files would have to rewrite all of them.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup infra demo show-aws test fuzz test-agents bench check format format-check lint types imports docs docs-write coverage watch build lock clean types-infra

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY)  ## make .venv with everything that working on this needs

$(READY): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q -j 0 src
	@touch $@

infra: $(INFRA)  ## what deploying to AWS needs: the CDK, its command line, the emulator of the tests

# Two things are fetched beside each other. Of the CDK little is ever loaded, and that is compiled when it is: to
# compile all of it takes three times as long as to install it.
$(INFRA): $(READY) $(INFRA_LOCKS)
	@test -x $(VENV)/emulator/bin/python || $(PYTHON) -m venv $(VENV)/emulator
	$(VENV)/emulator/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/emulator.txt & emulator=$$!; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r requirements/infra.txt && wait $$emulator
	cd infra && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-fund --no-audit
	@touch $@

demo: $(READY)  ## the main job, end to end, on a bundled sample
	@$(BIN)/kiro-worker demo

show-aws: $(READY) $(INFRA)  ## a work item's way through a deployment on an emulator of AWS, with its identifiers
	@$(BIN)/python tools/show_aws.py

test: $(READY) $(INFRA)  ## all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

fuzz: $(READY)  ## every property with many more examples, every variant of a contract and every step whole; takes as long as it takes
	PROPERTIES=fuzz $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $$(grep -rlE '@(given|narrowed_to)|steps_without' tests --include='test_*.py')

test-agents: $(READY)  ## the tests that install and run real coding agents (needs the package registries)
	$(BIN)/python -m pytest -m real_agent --override-ini addopts= --import-mode=importlib tests/real_agents -v

bench: $(READY) $(INFRA)  ## every figure, beside its baseline
	@for bench in benchmarks/bench_*.py; do echo; echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

check: format-check lint types types-infra imports test docs  ## everything that has to hold before a change lands

format: $(READY)  ## rewrite the sources in the one format
	$(BIN)/ruff format .

format-check: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)  ## ruff, every rule that is not switched off with a reason
	$(BIN)/ruff check .

types: $(READY)  ## mypy, strict, all of src
	$(BIN)/mypy

types-infra: $(INFRA)  ## mypy, strict, all of infra; a minute the first time
	$(BIN)/mypy infra/app.py infra/kiro_worker_infra

imports: $(READY)  ## the arrows between the parts point one way
	$(BIN)/lint-imports

docs: $(READY)  ## generated pages are up to date, links lead somewhere
	$(BIN)/python -m pytest -q tests/docs

docs-write: $(READY) $(INFRA)  ## write the pages that are made from the code
	$(BIN)/python tools/write_reference.py
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/write_permissions.py

coverage: $(READY) $(INFRA)  ## tests with branch coverage of src; at least 90 %
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n $(JOBS) --dist worksteal
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

watch: $(READY)  ## run what failed last, again, when a file changes
	@$(BIN)/python tools/watch.py $(BIN)/python -m pytest -q --failed-first --exitfirst

build: $(READY)  ## wheel and source distribution in dist/
	$(BIN)/python -m hatchling build

lock:  ## make the locked requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --upgrade --extra github-app --extra postgres --extra receipt --extra aws pyproject.toml -o requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --upgrade requirements/dev.in -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --upgrade requirements/infra.in -o requirements/infra.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-header --upgrade requirements/emulator.in -o requirements/emulator.txt

clean:
	rm -rf $(VENV) infra/node_modules infra/cdk.out build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
