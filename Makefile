# Everything a person or CI does here. `make help` is the table of contents.

FAMILY   ?= xgboost
# The default algorithm of an image with several, which is then an image of its own; empty: the user chooses.
ALGORITHM ?=
# 1: for NVIDIA GPUs, of a family that has a gpu-requirements.txt, as an image of its own.
GPU      ?=
RUNTIME  ?= process
PYTHON   ?= python3
DOCKER   ?= docker
FAMILIES ?= $(patsubst containers/%/requirements.txt,%,$(wildcard containers/*/requirements.txt))
VERSION  := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
REVISION := $(shell git rev-parse --short HEAD 2>/dev/null)
IMAGE    := open-algorithms/$(FAMILY)$(GPU:%=-gpu)$(ALGORITHM:%=-%)
VENV     ?= .venv
BIN      := $(VENV)/bin
PIP      := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# What the demo installs for a family: nothing where there is none of that name, which the demo then tells.
DEMO_FAMILY := $(patsubst %,$(VENV)/.family-%,$(filter $(FAMILY),$(FAMILIES)))
# Says whether a Docker engine answers; empty where none does.
ENGINE   = $(shell $(DOCKER) info >/dev/null 2>&1 && echo yes)

.DEFAULT_GOAL := help
.PHONY: help setup demo compatibility examples example test contract check lint types image-test image-suite sdk-test build images push train serve launch bench docs lock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  FAMILY=$(FAMILY)  RUNTIME=$(RUNTIME) (process or docker)  FAMILIES=\"$(FAMILIES)\""

setup: $(VENV)/.project $(FAMILIES:%=$(VENV)/.family-%) ## make .venv with the families of FAMILIES, `train` and `serve`

demo: override ALGORITHM :=
demo: $(VENV)/.demo $(if $(filter docker,$(RUNTIME)),build,$(DEMO_FAMILY)) ## train, evaluate, serve and predict on real data (RUNTIME=docker: in the image)
	$(BIN)/python -m local_test demo --family $(FAMILY) --runtime $(RUNTIME) $(if $(DATA),--data "$(DATA)")

examples: setup $(if $(filter docker,$(RUNTIME)),images) ## run every scenario of examples/ (DATA=…: the raw data; RUNTIME=docker: in the images)
	$(BIN)/python -m examples $(NAME) --runtime $(RUNTIME) $(if $(DATA),--data "$(DATA)") $(if $(KEEP),--keep)

example: examples ## … one (NAME=seoul_bike; KEEP=1: keep its outputs in the notebook itself)

test: setup ## run every test that needs no Docker (ARGS=…: more for pytest, such as -k kmeans)
	$(BIN)/python -m pytest -m "not image" -n auto --dist worksteal $(ARGS)

contract: setup ## test FAMILY alone, a package of yours on PYTHONPATH for instance (RUNTIME=docker: its image)
	CONTRACT_FAMILY=$(FAMILY) REQUIRE_IMAGES=1 $(BIN)/python -m pytest tests/contract \
		-m "$(if $(filter docker,$(RUNTIME)),image,not image)" -n auto --dist worksteal $(ARGS)

check: lint types test ## lint, types, tests and, where a Docker engine answers, the image tests
	@if [ -n "$(ENGINE)" ]; then $(MAKE) image-test; else echo "no Docker engine answers: the image tests were left out"; fi

lint: setup ## check style and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## check types
	$(BIN)/mypy

image-test: image-suite sdk-test ## build the images and test them (IMAGE_TESTS=all: the whole suite for each algorithm)

image-suite: setup images ## … the suite over the images
	$(BIN)/python -m pytest -m image -n auto --dist worksteal --ignore tests/sdk

sdk-test: setup images ## … the local mode of SageMaker's SDKs
	$(BIN)/python -m pytest -m image tests/sdk

compatibility: setup ## models of the boosters in older and newer libraries, both ways (FOLDER: where their environments are made)
	$(BIN)/python -W ignore -m tests.compatibility $(or $(FOLDER),build/compatibility)

build: build-$(FAMILY) ## build the image of FAMILY; with ALGORITHM=…, the one whose default that is; with GPU=1, for GPUs

images: $(FAMILIES:%=build-%) ## build the images of all families

build-%: TAG = open-algorithms/$*$(GPU:%=-gpu)$(ALGORITHM:%=-%)
build-%:
	DOCKER_BUILDKIT=1 BUILDX_NO_DEFAULT_ATTESTATIONS=1 $(DOCKER) build --file containers/Dockerfile \
		--build-arg FAMILY=$* --build-arg ALGORITHM=$(ALGORITHM) --build-arg GPU=$(GPU) \
		--build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) --tag $(TAG):latest --tag $(TAG):$(VERSION) .

push: setup build ## put that image into ECR, after a preflight (ARGS=…: options of `python -m launch push`)
	DOCKER=$(DOCKER) $(BIN)/python -m launch push --family $(FAMILY) --image $(IMAGE):$(VERSION) $(ARGS)

train: build ## train local_test/test_dir in the image
	local_test/train_local.sh $(IMAGE)

serve: build ## serve local_test/test_dir/model from the image on port 8080
	local_test/serve_local.sh $(IMAGE)

launch: setup ## take a job description to SageMaker (VERB=train JOB=job.yaml ARGS=--dry-run; see launch/README.md)
	$(BIN)/python -m launch $(VERB) $(JOB) $(ARGS)

bench: setup ## measure the server against its floors, side by side
	$(BIN)/python -m tests.benchmarks.serving

docs: setup ## write the tables of the READMEs, the declarations of the families, the keys of a job description
	$(BIN)/python -m contract.documentation $(FAMILIES)
	$(BIN)/python -m contract.declaration $(FAMILIES)
	$(BIN)/python -m launch.reference

lock: setup ## pin the requirements of the images anew, with hashes
	@for source in containers/*requirements.in containers/*/requirements.in containers/*/gpu-requirements.in; do \
		overrides=$$(ls $${source%requirements.in}overrides.in 2>/dev/null); \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
			--no-emit-index-url --no-annotate --custom-compile-command "make lock" $${overrides:+--override $$overrides} \
			--output-file $${source%.in}.txt $$source || exit; \
	done

clean: ## remove what was made here
	rm -rf $(VENV) .cache build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.family-%: containers/%/requirements.txt | $(BIN)/python
	$(PIP) --no-deps --require-hashes --requirement $<
	@touch $@

# The lock first, so that nothing is installed twice.
$(VENV)/.demo: pyproject.toml | $(BIN)/python $(if $(filter docker,$(RUNTIME)),,$(DEMO_FAMILY))
	$(PIP) --editable '.[demo]'
	@touch $@

# What an overrides.in leaves out is missed by pip only; tests/test_locks.py finds every other conflict.
$(VENV)/.project: pyproject.toml $(FAMILIES:%=$(VENV)/.family-%)
	$(PIP) --no-warn-conflicts --editable '.[dev]'
	@touch $@ $(VENV)/.demo
