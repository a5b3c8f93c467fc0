# Everything runs in .venv, which make builds from the locked requirements.
# To choose the Python: make reproduce PYTHON=python3.12

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON = $(shell for python in python3.12 python3.13 python3.11 python3 python; do \
	$$python -c '$(SUPPORTED)' 2> /dev/null && echo $$python && break; done)
ENVIRONMENT := .venv/installed
CHECKS := .checks/installed
RUN := .venv/bin/python -m

# The container. To choose the base or the variant: make image BASE_IMAGE=debian@sha256:... VARIANT=gpu
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' reconattack/__init__.py)
IMAGE = reconattack:$(VERSION)
SOURCE = $(shell { git config --get remote.origin.url || \
	sed -n 's/^repository-code: *//p' CITATION.cff; } | tr -d \"\' | sed 's|//[^/@]*@|//|')
IMAGE_ARGUMENTS = $(foreach name,BASE_IMAGE VARIANT VERSION,$(if $($(name)),--build-arg $(name)=$($(name))))
ENGINE = $(shell for engine in podman docker; do \
	$$engine info > /dev/null 2>&1 && echo $$engine && break; done)
BUILD_IMAGE = $(ENGINE) build $(IMAGE_ARGUMENTS) \
	$(if $(SOURCE),--label org.opencontainers.image.source=$(SOURCE)) \
	--tag $(IMAGE) --tag reconattack --file containers/Dockerfile .
SIF := containers/reconattack.sif
RECIPES := $(addprefix containers/,Dockerfile reconattack.def install.sh compile.sh entrypoint.sh \
	requirements.txt) $(addprefix reconattack/reconstruction/passes,.c .py)
COMPRESSION := --mksquashfs-args "-comp zstd -Xcompression-level 3"

.PHONY: help reproduce report verify test test-quick test-browser test-containers test-cluster test-processors reliability
.PHONY: lint check mutation check-proof
.PHONY: validate-simulation numbers defences-full bench bench-check peers scaling lock image sif environment

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

environment: $(ENVIRONMENT)  ## Install the locked requirements into .venv, and nothing else

reproduce: $(ENVIRONMENT)  ## Run all of config.yaml; it ends with the answer, the place of the summary page and how it compares with the published run
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all
	@.venv/bin/python tools/published_run.py || test $$? = 1

report: $(ENVIRONMENT)  ## Make results/report.html: answer, figures, tables and run times in one file
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all results/report.html
	@echo "Open results/report.html in a browser"

validate-simulation: $(ENVIRONMENT)  ## Evaluate the model of every fold on additional simulated patients
	@.venv/bin/python tools/unlock.py
	$(RUN) snakemake --cores all results/tables/validation.csv
	@.venv/bin/python tools/show_table.py results/tables/validation.csv

verify: $(ENVIRONMENT)  ## Recompute a sample of the finished results and compare: SAMPLE=5, FOLDER=/path
	@.venv/bin/python tools/verify.py $(if $(SAMPLE),--sample $(SAMPLE)) $(FOLDER)

check-proof: $(ENVIRONMENT)  ## Check the proofs that certify stored, by other code: FOLDER=/path
	@.venv/bin/python tools/check_proof.py $(FOLDER)

numbers: $(ENVIRONMENT)  ## Fill the numbers of README and docs from docs/published; FROM=folder publishes a default run first, with OF=suite, OF=proof or OF=knobs another one
	@.venv/bin/python tools/fill_numbers.py $(if $(OF),--run $(OF)) $(FROM)

bench: $(ENVIRONMENT)  ## Benchmark images, attacks, grid, searches, start-up and a whole run against other implementations
	$(RUN) benchmarks.bmode
	$(RUN) benchmarks.attack_loop --inception
	$(RUN) benchmarks.grid
	$(RUN) benchmarks.proof
	$(RUN) benchmarks.pictures
	$(RUN) benchmarks.decisions
	$(RUN) benchmarks.beamforming
	$(RUN) benchmarks.search_peers
	$(RUN) benchmarks.growth
	$(RUN) benchmarks.startup
	$(RUN) benchmarks.workflow

bench-check: $(ENVIRONMENT)  ## Fail if a benchmark's speed ratio is less than half of the recorded one
	$(RUN) benchmarks.check

peers: $(ENVIRONMENT)  ## Install the locked packages that the benchmarks compare with, and nothing else
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--no-build-isolation --requirement benchmarks/peers.txt

# Four workers keep two cores busy: runs of the workflow wait for their jobs to start and end. The
# files keep the order that tests/conftest.py gives them.
test: $(ENVIRONMENT)  ## Run all tests except those that need a container, a cluster, a browser or an emulated processor
	$(RUN) pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder \
		-m "not containers and not cluster and not browser and not processors"

test-quick: $(ENVIRONMENT)  ## Test the library alone, without TensorFlow and without runs of the workflow
	$(RUN) pytest --numprocesses 2 --dist loadfile tests/test_rooms.py \
		$(addprefix tests/,frames readers reconstruction simulation attacks evidence figures pages) \
		--ignore tests/attacks/white_box

test-browser: $(ENVIRONMENT)  ## Test report and explorer in headless Chromium, which must be on the PATH
	$(RUN) pytest -m browser tests/browser

test-processors: $(ENVIRONMENT)  ## Test the workflow on emulated processors; qemu-x86_64 must be on the PATH
	$(RUN) pytest -m processors tests/processors

test-cluster: $(ENVIRONMENT)  ## Test the workflow on a Slurm cluster of two nodes, started on this host
	timeout --kill-after=30 3000 $(RUN) pytest -m cluster tests/cluster

reliability: $(ENVIRONMENT)  ## Test for hours: twenty kills of each kind, 100,000 damaged files, a long run of 2,000 frames, every network, 100,000 settings of proofs, mutants
	$(RUN) pytest --thorough tests/damaged tests/scripts/data/test_soak.py tests/workflow/test_seeded_kills.py \
		tests/classifiers/training/test_every_network.py tests/attacks/proof tests/tools/proof_check
	$(MAKE) mutation

scaling: $(ENVIRONMENT)  ## Time 200 and 2,000 simulated frames: is the cost per frame the same?
	$(RUN) benchmarks.scaling

test-containers: $(ENVIRONMENT) image sif  ## Build image and SIF, run the workflow in both, compare the results bit by bit
	$(RUN) pytest -m containers tests/containers

image:  ## Build the container image with podman or docker, whichever responds
	@test -n "$(ENGINE)" || { \
		echo "make image needs podman or docker, and neither responds (podman info, docker info)." \
			"Install or start one of them. If you need only Apptainer: make sif" >&2; \
		exit 1; }
	$(BUILD_IMAGE)
	@echo "The image is stored in $(ENGINE). To run the whole reproduction in it:"
	@echo '$(ENGINE) run --rm -v "$$PWD":/work reconattack snakemake --cores 4'

sif: $(SIF)  ## Build the SIF, from the image if podman or docker responds, else from reconattack.def

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

defences-full: $(ENVIRONMENT)  ## Run config/defences.yaml on the paper's whole lattice, in the folder defences/
	$(RUN) snakemake --cores all --configfile config/defences.yaml config/defences-full.yaml --directory defences

mutation: $(CHECKS)  ## Plant errors and check that the tests find them: SAMPLE=25 per module, or all (hours)
	.checks/bin/python tools/mutation.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

lint: $(ENVIRONMENT)  ## Check the style of Python, Snakefile and rules
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.venv/bin/python .venv/bin/snakefmt --check Snakefile rules workflow
	$(RUN) snakemake --lint
	$(RUN) snakemake --snakefile workflow/Snakefile --lint

check: $(ENVIRONMENT) $(CHECKS)  ## Check code and locked packages for weaknesses; STRICT=1 fails if a package cannot be checked
	.checks/bin/bandit --quiet --recursive --configfile pyproject.toml reconattack scripts tools benchmarks
	.venv/bin/python tools/audit.py $(if $(STRICT),--strict) \
		containers/requirements.txt benchmarks/peers.txt tools/checks.txt

lock: $(ENVIRONMENT)  ## Lock requirements.in, peers.in (at the same versions) and checks.in, with hashes
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
