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

# Bodies of kernels run as machine code, which coverage does not see; tests compare them with NumPy and mpmath.
coverage: $(VENV)/.installed-develop  ## Lines and branches that no test reaches
	$(BIN)/python -m coverage run --branch --source=autograd,nn,viz -m pytest
	$(BIN)/python -m coverage report --show-missing --skip-covered --omit='autograd/kernels/bodies.py,autograd/kernels/single.py,autograd/kernels/double.py'

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
