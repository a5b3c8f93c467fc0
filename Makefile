# Everything runs in .venv, which make builds from the locked requirements.
# A Python of your own: make reproduce PYTHON=python3.12

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON = $(shell for python in python3.12 python3.13 python3.11 python3 python; do \
	$$python -c '$(SUPPORTED)' 2> /dev/null && echo $$python && break; done)
ENVIRONMENT := .venv/installed
RUN := .venv/bin/python -m

.PHONY: help reproduce test test-cluster lint validate-simulation defences-full bench scaling lock

help:  ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

reproduce: $(ENVIRONMENT)  ## Run the whole of config.yaml, then show the summary and where the figures are
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all
	@.venv/bin/python tools/show_table.py results/tables/summary.csv
	@echo "Tables: results/tables   Figures: results/figures"

validate-simulation: $(ENVIRONMENT)  ## Judge further simulated patients by every fold's model
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all results/tables/validation.csv
	@.venv/bin/python tools/show_table.py results/tables/validation.csv

bench: $(ENVIRONMENT)  ## Time the attack loop and the grid on the finished run
	$(RUN) benchmarks.attack_loop --inception
	$(RUN) benchmarks.grid

test: $(ENVIRONMENT)  ## Run every test but those of the cluster
	$(RUN) pytest -m "not cluster"

test-cluster: $(ENVIRONMENT)  ## Run the workflow on a Slurm of two nodes that is started on this host
	timeout --kill-after=30 2400 $(RUN) pytest -m cluster tests/cluster

scaling: $(ENVIRONMENT)  ## Time 200 and 2,000 simulated frames: is a frame of many as cheap?
	$(RUN) benchmarks.scaling

defences-full: $(ENVIRONMENT)  ## config/defences.yaml on the paper's whole lattice, in defences/
	$(RUN) snakemake --cores all --configfile config/defences.yaml config/defences-full.yaml --directory defences

lint: $(ENVIRONMENT)  ## Check the style of Python, Snakefile and rules
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.venv/bin/python .venv/bin/snakefmt --check Snakefile rules
	$(RUN) snakemake --lint

lock: $(ENVIRONMENT)  ## Compile containers/requirements.in into requirements.txt, with hashes
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	.venv/bin/python -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install --quiet uv; \
	"$$folder/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" \
		containers/requirements.in --output-file containers/requirements.txt

$(ENVIRONMENT): containers/requirements.txt
	@$(or $(PYTHON),false) -c '$(SUPPORTED)' 2> /dev/null || { \
		echo "Reconattack needs Python 3.11, 3.12 or 3.13;" \
			"$(if $(PYTHON),$(PYTHON) is $$($(PYTHON) --version 2>&1 || true),none was found)." \
			"Install one of them, or name it: make $(or $(MAKECMDGOALS),reproduce)" \
			"PYTHON=python3.12" >&2; \
		exit 1; }
	@echo "Installing the locked requirements into .venv; this takes a minute or two"
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement containers/requirements.txt
	@touch $@
