# `make serve` and `make test` need nothing done first: they make .venv from the lock files.
# Choices: PORT, ADDRESS, ORIGIN (serve), ARGS (more arguments for what is run), PYTHON (which makes .venv).

PORT ?= 5006
ADDRESS ?= localhost
export PORT ADDRESS ORIGIN PYTHON

# Always `python -m`, never a script of .venv/bin: those break in a folder with blanks, or one that was moved.
PY := .venv/bin/python
SETUP := @sh tools/with_python.sh tools/setup_env.py
UV := $(PY) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
      --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help serve test check format bench coverage screenshots sample lock clean runtime dev

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1#\2/p' Makefile | while IFS='#' read -r name what; do \
	    printf '%-20s %s\n' "$$name" "$$what"; done

serve: runtime ## serve the dashboard at http://localhost:5006/app (PORT=, ADDRESS=, ORIGIN=host:port)
	@$(PY) -m tools.serve $(ARGS)

test: dev ## run all tests, those in a browser too (ARGS="-k beta")
	@$(PY) -m tools.chromium --get
	@OPENBLAS_NUM_THREADS=1 $(PY) -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

check: dev ## lint, check the format and the types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict

format: dev ## put all files into the format that `make check` wants
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: dev ## run every benchmark
	@set -e; for file in $(filter-out benchmarks/coverage.py,$(wildcard benchmarks/[a-z]*.py)); do \
	    name=$${file#benchmarks/}; $(PY) -m "benchmarks.$${name%.py}" $(ARGS); done

coverage: dev ## how often each interval of a hedge ratio holds the true one (hours; ARGS=--write keeps the table)
	@$(PY) -m benchmarks.coverage $(ARGS)

screenshots: dev ## photograph the pages of the served dashboard into screenshots/
	@$(PY) -m tools.chromium --get
	@$(PY) -m tools.screenshots $(ARGS)

sample: dev ## build the embedded sample prices again
	@$(PY) -m tools.build_sample $(ARGS)

lock: ## resolve pyproject.toml into the lock files again (ARGS=--upgrade for newer versions)
	$(SETUP) lock
	$(UV) $(ARGS) --output-file requirements.lock
	$(UV) $(ARGS) --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean: ## remove .venv and everything that was made
	rm -rf .venv build screenshots htmlcov .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv with what serving needs, and with what development needs. Each does nothing when it is so already.
runtime:
	$(SETUP) runtime

dev:
	$(SETUP) dev
