# Two commands do everything on a fresh Debian machine with Python 3.11: make run, make test.
PYTHON ?= python3
PACKAGES = mariadb-server redis-server chromium wrk fonts-noto-cjk
PROGRAMS = mariadbd redis-server chromium wrk

.PHONY: help setup system run test check bench lock migrations assets clean
help: ## what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

setup: .venv/.done ## Python environment, from the lock with hashes

.venv/.done: requirements-dev.lock
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

system: ## what the tests need beside Python: MariaDB, Redis, Chromium, wrk, a Chinese font (apt)
	@PACKAGES="$(PACKAGES)" PROGRAMS="$(PROGRAMS)" sh deploy/system-packages.sh

run: setup ## the whole product with demonstration data and stand-ins: http://127.0.0.1:8000 and :8100
	@.venv/bin/python -m tests.sandbox.demo

test: setup system check ## lint, types, layers, then all tests with real MariaDB, Redis and Chromium
	.venv/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not alone"
	.venv/bin/python -m pytest -q -m alone

check: setup ## lint, format, strict types, layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup system ## speed and size, as ratios in one run
	.venv/bin/python -m bench

lock: ## renew the lock files (needs uv)
	uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --extra bench --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock

migrations: setup ## write migrations for what changed in the models
	@sh deploy/write-migrations.sh

assets: ## build admin/static/vendor/echarts.min.js again (needs node; the built file is in the repository)
	cd deploy/assets && npm ci --no-audit --no-fund && npm run build

clean: ## forget the local database, keys and environment
	rm -rf .venv var
