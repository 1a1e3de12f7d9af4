# make demo: the lecture's circuit, step by step.  make test: all tests.  make help: the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
EXTRAS ?= test
WORKERS ?= 2

.PHONY: help demo test test-deep coverage gallery bench accuracy clean

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# One stamp a set of extras: a second run installs nothing.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e ".[$*]"
	touch $@

demo: $(VENV)/.installed-draw  ## Walk through the lecture's circuit and draw it into out/
	$(BIN)/python examples/circuit.py

test: $(VENV)/.installed-$(EXTRAS)  ## Run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-deep: $(VENV)/.installed-$(EXTRAS)  ## The same with a thousand random examples a test, as long as it takes
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest

# The tests of kernels run twice, the first time as plain Python: coverage does not see machine code. There a product and a
# sum are two roundings, so that a bound may be missed; the second run judges. What programs run is machine code always, and is
# left out (pyproject.toml); an empty cache makes their compiler work where it is seen.
coverage: $(VENV)/.installed-develop,torch  ## Lines and branches that no test reaches
	$(BIN)/python -m coverage erase
	-NUMBA_DISABLE_JIT=1 $(BIN)/python -m coverage run -m pytest tests/test_kernels.py tests/test_kernels_pairwise.py tests/test_accuracy.py
	NUMBA_CACHE_DIR=$$(mktemp -d) $(BIN)/python -m coverage run -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

gallery: $(VENV)/.installed-test  ## Run all examples; pictures and tables go into out/
	for example in $$(grep -l __main__ examples/*.py); do echo "== $$example"; $(BIN)/python $$example || exit 1; done

# The peers stay out of the project's own environment. QUESTIONS="digits tiny", or "--quick", or nothing for all.
.venv-bench/.installed: pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet -e ".[draw,bench]"
	touch $@

bench: .venv-bench/.installed  ## Measure speed and memory against PyTorch, JAX, MyGrad and micrograd
	.venv-bench/bin/python -m benchmarks $(QUESTIONS)

site: $(VENV)/.installed-test  ## Players and explorers for every figure of the lectures, as static pages in out/site/
	$(BIN)/python examples/site.py

accuracy: .venv-bench/.installed  ## Errors of functions and derivatives in units in the last place, beside PyTorch's and NumPy's
	.venv-bench/bin/python -m benchmarks accuracy

clean:  ## Remove what was made
	rm -rf out build *.egg-info
