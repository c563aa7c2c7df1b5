# Every target installs what it needs first; nothing is installed outside this folder but the test packages of Debian.
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup run test check demo bench bench-scale bench-app gallery spec migration format clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup:
	@scripts/setup.sh

run: setup ## Install, migrate and serve on this machine
	@$(PY) -m app migrate
	@$(PY) -m app serve

test: setup ## Run every check and every test
	@scripts/apt-test-deps.sh
	@$(MAKE) --no-print-directory check
	@scripts/test.sh

check: setup ## Lint, types, layers, generated files
	@scripts/check.sh

demo: setup ## Play a whole story against a fresh server; FILE=… plays it with your file
	@$(PY) -m tests.journeys.demo $(if $(FILE),--file "$(FILE)")

bench: setup ## Measure against the ceilings, server on one core, load on the other
	@scripts/apt-test-deps.sh --bench
	@$(PY) -m benchmarks.run

bench-scale: setup ## Measure redeem on PostgreSQL as wallets and log grow
	@scripts/apt-test-deps.sh --bench
	@$(PY) -m benchmarks.scale

bench-app: setup ## Measure the holder's app: a slowed browser, a slow network, a bad camera
	@scripts/apt-test-deps.sh
	@$(PY) -m benchmarks.app
	@scripts/apt-test-deps.sh --bench
	@$(PY) -m benchmarks.qr_robustness --report

gallery: setup ## A picture of every screen of the app, in four languages, phone and desktop
	@scripts/apt-test-deps.sh
	@$(PY) -m scripts.gallery

spec: setup ## Write the generated part of the specification
	@$(PY) -m app spec

migration: setup ## Write the initial migration anew from the tables (before the first release only)
	@$(PY) -m scripts.initial_migration

format: setup ## Format the Python code
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

clean: ## Remove everything that was installed, built or stored here
	rm -rf .venv .venv-bootstrap .node data .bench .test build clients/web/node_modules clients/web/dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
