VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test lint bench install clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt examples/tasks/pyproject.toml plugins/hawk-aws/pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv -c constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[all]' --group dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e examples/tasks -e plugins/hawk-aws
	touch $@

demo: install
	UV_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/hawk eval-set examples/simple.eval-set.yaml
	$(BIN)/hawk list samples
	@echo
	@echo "Look around:  $(BIN)/hawk transcripts      one sample after another, as the model saw it"
	@echo "              $(BIN)/hawk status           how the job went"
	@echo "              $(BIN)/hawk --help           everything else"
	@echo "And go on:    $(BIN)/hawk eval-set examples/grid.eval-set.yaml"

# What failed beside others is run once more, alone. That it passes then is told, and is a bug to mend.
define tests
	$(BIN)/python -m pytest -n 3 --dist worksteal $(1) || { test $$? = 1 && echo && \
		echo "Once more, alone, what failed beside others. What passes now is still to be mended:" && \
		$(BIN)/python -m pytest -v --last-failed --last-failed-no-failures none $(1); }
endef

test: install $(VENV)/.postgresql $(VENV)/.oidc
	$(call tests,tests --ignore tests/e2e)
	$(call tests,tests/e2e)

# The tests run a PostgreSQL of their own; only its programs are needed.
$(VENV)/.postgresql: | $(VENV)/.installed
	@$(BIN)/python -c 'from tests.servers.postgres import binaries; raise SystemExit(binaries() is None)' \
		|| { test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends postgresql; } \
		|| { echo "The tests need PostgreSQL's programs (initdb, postgres): install your system's package of it."; exit 1; }
	touch $@

# And an OIDC provider of their own, which is a program of Node's.
$(VENV)/.oidc: tests/servers/oidc/package-lock.json | $(VENV)/.installed
	@{ command -v node && command -v npm; } >/dev/null \
		|| { test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends nodejs npm; } \
		|| { echo "The tests need Node.js (node, npm), 18 or newer: install your system's package of it."; exit 1; }
	cd tests/servers/oidc && npm ci --silent
	touch $@

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

bench: install
	@$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) tests/servers/oidc/node_modules .pytest_cache .ruff_cache .hypothesis
