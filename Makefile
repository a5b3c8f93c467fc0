# Everything runs in .venv, which make builds from the locked requirements.
# A Python of your own: make reproduce PYTHON=python3.12

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON = $(shell for python in python3.12 python3.13 python3.11 python3 python; do \
	$$python -c '$(SUPPORTED)' 2> /dev/null && echo $$python && break; done)
ENVIRONMENT := .venv/installed
CHECKS := .checks/installed
RUN := .venv/bin/python -m

# The container. Another base or variant: make image BASE_IMAGE=debian@sha256:... VARIANT=gpu
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' reconattack/__init__.py)
IMAGE = reconattack:$(VERSION)
SOURCE = $(shell { git config --get remote.origin.url || \
	sed -n 's/^repository-code: *//p' CITATION.cff; } | tr -d \"\' | sed 's|//[^/@]*@|//|')
IMAGE_ARGUMENTS = $(foreach name,BASE_IMAGE VARIANT VERSION,$(if $($(name)),--build-arg $(name)=$($(name))))
ENGINE = $(shell for engine in podman docker; do \
	$$engine info > /dev/null 2>&1 && echo $$engine && break; done)
BUILD_IMAGE = $(ENGINE) build $(IMAGE_ARGUMENTS) \
	$(if $(SOURCE),--label org.opencontainers.image.source=$(SOURCE)) \
	--tag $(IMAGE) --tag reconattack containers
SIF := containers/reconattack.sif
RECIPES := $(addprefix containers/,Dockerfile reconattack.def install.sh entrypoint.sh requirements.txt)
COMPRESSION := --mksquashfs-args "-comp zstd -Xcompression-level 3"

.PHONY: help reproduce report verify test test-browser test-containers test-cluster test-processors reliability
.PHONY: lint check mutation
.PHONY: validate-simulation defences-full bench bench-check peers scaling lock image sif environment

help:  ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

environment: $(ENVIRONMENT)  ## Install the locked requirements into .venv, and nothing else

reproduce: $(ENVIRONMENT)  ## Run the whole of config.yaml, then show the summary and where the figures are
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all
	@.venv/bin/python tools/show_table.py results/tables/summary.csv
	@echo "Tables: results/tables   Figures: results/figures   Open in a browser: results/explorer.html"

report: $(ENVIRONMENT)  ## Make results/report.html: the answer, figures, tables and run times in one file
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all results/report.html
	@echo "Open results/report.html in a browser"

validate-simulation: $(ENVIRONMENT)  ## Judge further simulated patients by every fold's model
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all results/tables/validation.csv
	@.venv/bin/python tools/show_table.py results/tables/validation.csv

verify: $(ENVIRONMENT)  ## Make a sample of the finished results again and compare: SAMPLE=5, FOLDER=/path
	@.venv/bin/python tools/verify.py $(if $(SAMPLE),--sample $(SAMPLE)) $(FOLDER)

bench: $(ENVIRONMENT)  ## Set pictures, attacks, grid, searches, start-up and a whole run beside other ways to do them
	$(RUN) benchmarks.bmode
	$(RUN) benchmarks.attack_loop --inception
	$(RUN) benchmarks.grid
	$(RUN) benchmarks.search_peers
	$(RUN) benchmarks.growth
	$(RUN) benchmarks.startup
	$(RUN) benchmarks.workflow

bench-check: $(ENVIRONMENT)  ## Fail where a benchmark's ratio is less than half of what was measured
	$(RUN) benchmarks.check

peers: $(ENVIRONMENT)  ## Install what the benchmarks set this project beside, as locked, and change nothing else
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--no-build-isolation --requirement benchmarks/peers.txt

test: $(ENVIRONMENT)  ## Run every test but those of the container, the cluster, the browser and other processors
	$(RUN) pytest --numprocesses 2 --dist loadfile -m "not containers and not cluster and not browser and not processors"

test-browser: $(ENVIRONMENT)  ## Open report and explorer in headless Chromium, which has to be on the PATH
	$(RUN) pytest -m browser tests/browser

test-processors: $(ENVIRONMENT)  ## Run the workflow on emulated processors, which needs qemu-x86_64 on the PATH
	$(RUN) pytest -m processors tests/processors

test-cluster: $(ENVIRONMENT)  ## Run the workflow on a Slurm of two nodes that is started on this host
	timeout --kill-after=30 3000 $(RUN) pytest -m cluster tests/cluster

reliability: $(ENVIRONMENT)  ## Twenty kills of each kind, 100,000 damaged files, a soak of 2,000 frames, mutants: hours
	$(RUN) pytest --thorough tests/damaged tests/scripts/test_soak.py tests/workflow/test_seeded_kills.py
	$(MAKE) mutation

scaling: $(ENVIRONMENT)  ## Time 200 and 2,000 simulated frames: is a frame of many as cheap?
	$(RUN) benchmarks.scaling

test-containers: $(ENVIRONMENT) image sif  ## Build image and SIF, run the workflow in both, compare the bits
	$(RUN) pytest -m containers tests/containers

image:  ## Build the container image with podman or docker, whichever answers
	@test -n "$(ENGINE)" || { \
		echo "make image needs podman or docker, and neither answers (podman info, docker info)." \
			"Install or start one of them; for Apptainer alone: make sif" >&2; \
		exit 1; }
	$(BUILD_IMAGE)
	@echo "The image is $(ENGINE)'s. The whole reproduction in it:"
	@echo '$(ENGINE) run --rm -v "$$PWD":/work reconattack snakemake --cores 4'

sif: $(SIF)  ## Build the SIF: from the image where podman or docker answers, else from reconattack.def

$(SIF): $(RECIPES)
	@command -v apptainer > /dev/null || { \
		echo "make sif needs apptainer, which is not on the PATH. Install Apptainer 1.2 or later." >&2; \
		exit 1; }
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	if [ -n "$(ENGINE)" ]; then \
		$(BUILD_IMAGE); \
		$(ENGINE) save --output "$$folder/image.tar" $(IMAGE); \
		apptainer build --disable-cache $(COMPRESSION) "$$folder/new.sif" "docker-archive:$$folder/image.tar"; \
	else \
		apptainer build --disable-cache $(COMPRESSION) $(IMAGE_ARGUMENTS) \
			$(if $(SOURCE),--build-arg SOURCE=$(SOURCE)) "$$folder/new.sif" containers/reconattack.def; \
	fi; \
	mv "$$folder/new.sif" $@

defences-full: $(ENVIRONMENT)  ## config/defences.yaml on the paper's whole lattice, in defences/
	$(RUN) snakemake --cores all --configfile config/defences.yaml config/defences-full.yaml --directory defences

mutation: $(CHECKS)  ## Plant errors, do the tests see them? SAMPLE=25 of each module, or all: hours
	.checks/bin/python tools/mutation.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

lint: $(ENVIRONMENT)  ## Check the style of Python, Snakefile and rules
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.venv/bin/python .venv/bin/snakefmt --check Snakefile rules
	$(RUN) snakemake --lint

check: $(ENVIRONMENT) $(CHECKS)  ## Search code and locked packages for weaknesses; STRICT=1 fails where it cannot
	.checks/bin/bandit --quiet --recursive --configfile pyproject.toml reconattack scripts tools benchmarks
	.venv/bin/python tools/audit.py $(if $(STRICT),--strict) \
		containers/requirements.txt benchmarks/peers.txt tools/checks.txt

lock: $(ENVIRONMENT)  ## Compile requirements.in, held to its versions peers.in, and checks.in, with hashes
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	.venv/bin/python -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install --quiet uv; \
	compile() { "$$folder/bin/uv" pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" "$$@"; }; \
	compile containers/requirements.in --output-file containers/requirements.txt; \
	compile benchmarks/peers.in --constraint containers/requirements.txt \
		--output-file benchmarks/peers.txt; \
	compile tools/checks.in --output-file tools/checks.txt

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

$(CHECKS): tools/checks.txt $(ENVIRONMENT)
	.venv/bin/python -m venv --clear .checks
	.checks/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement tools/checks.txt
	@touch $@
