# TagPilot. `make demo` and `make test` are the two commands; `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PORT   ?= 8019
# Of what hypothesis draws in `make prove`; the report says which it was. A run that goes on has that of the run before.
SEED   ?= $(shell cat prove-out/seed 2>/dev/null || date +%Y%m%d)

# What Python compiled is kept, whatever the environment says: every run of tests reads it some hundred times.
unexport PYTHONDONTWRITEBYTECODE
# One more than there are processors on the smallest machine: with two, a fifth of the time nothing was at work, as tests
# wait for servers, databases and disks.
WORKERS ?= 3
# Files in the order of tests/conftest.py, the slow ones first: xdist would begin with those of most tests.
PYTEST  = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test search test-quick check check-code check-schema prove bench bench-service lock vendor shots outdated sbom clean
.DEFAULT_GOAL := help

help:  ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.run: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "TagPilot needs Python 3.11 or newer; this is %d.%d. Give another one: make PYTHON=/path/to/python3.11 ..." % sys.version_info[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

demo: $(VENV)/.run  ## a month of synthetic London: generate, import, match, serve (make demo PORT=8019)
	$(BIN)/tagpilot demo --serve --port $(PORT)

test: $(VENV)/.dev  ## every test, on SQLite and PostgreSQL
	$(PYTEST)

search: $(VENV)/.dev  ## every test with examples drawn anew, where `make test` takes the same each time (SEED=n)
	$(PYTEST) --hypothesis-profile=random --hypothesis-seed=$(SEED)

test-quick: $(VENV)/.dev  ## in a minute: SQLite alone, without what is marked slow
	$(PYTEST) -m 'not slow and not postgres and not prove and not fuzz'

check: $(VENV)/.dev  ## lint, types, import rules, the API's schema fuzzed as each role
	$(MAKE) -j 2 check-code check-schema

check-code: $(VENV)/.dev  ## lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-schema: $(VENV)/.dev  ## the API's schema fuzzed as each role
	$(BIN)/python -m pytest -q -m fuzz -n 2 $$(grep -rl --include='test_*.py' 'mark\.fuzz' tests)

# The results folder as one word: given apart pytest takes it for tests once it exists, and its workers read no conftest.
prove: $(VENV)/.dev  ## what takes long, ends in prove-out/validation.md; goes on where it was interrupted (SEED=n, OF=matcher, KEEP=file)
	mkdir -p prove-out
	echo $(SEED) > prove-out/seed
	$(BIN)/python -m pytest -m prove -n 2 --dist loadfile -rP --results=prove-out/results $(if $(OF),--of=$(OF)) --hypothesis-profile=random --hypothesis-seed=$(SEED) 2>&1 | tee prove-out/prove.txt
	$(BIN)/python -m tests.proofs.report prove-out $(if $(OF),--of $(OF)) $(if $(KEEP),--keep $(KEEP))

bench: $(VENV)/.dev  ## speed against the decode floor, DuckDB and Polars; writes benchmarks/results and benchmarks/README.md
	$(BIN)/python -m benchmarks.matching.pipeline --write

bench-service: $(VENV)/.dev  ## reads of a record that has grown, on SQLite and PostgreSQL, and servers under load; writes benchmarks/README.md
	$(BIN)/python -m benchmarks.service.growth --write
	$(BIN)/python -m benchmarks.service.served --write
	$(BIN)/python -m benchmarks.service.while_matching --write

lock: $(VENV)/.dev  ## resolve the two lock files again
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra postgres --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra postgres --extra cluster --group build pyproject.toml -o requirements-cluster.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra postgres --extra cluster --group dev pyproject.toml -o requirements-dev.lock

vendor: $(VENV)/.run  ## the pages' styles and scripts of other people, from npm, each by its digest
	$(BIN)/python -m api.web.vendor

shots: $(VENV)/.dev  ## the pictures of pages in api/web/README.md, from a small demo of its own
	$(BIN)/python -m pytest -q tests/web/shots.py

outdated: $(VENV)/.dev  ## packages that have newer versions (asks the registry); `make lock` takes them
	$(BIN)/uv pip list --outdated --python $(BIN)/python

sbom: $(VENV)/.run  ## bill of materials of the lock, CycloneDX 1.6, in sbom.cdx.json
	$(BIN)/python .oci/sbom.py

clean:  ## remove the environment and the demo's data
	rm -rf $(VENV) tagpilot-data tagpilot-data.audit-heads prove-out
