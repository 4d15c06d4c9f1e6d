# Two commands to know: make run, make test. Both set up what they need.
PYTHON_BIN := .venv/bin/python
# One thread per process: the tests run side by side, and numbers do not depend on the machine's cores.
THREADS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: run test demo setup lint benchmark screenshots

run: ## set up and open the window (without a display: do what demo does)
	@sh resources/setup.sh run
	@$(PYTHON_BIN) main.py

demo: ## the main job on the bundled sample, no display needed
	@sh resources/setup.sh run
	@$(PYTHON_BIN) main.py demo

test: ## set up and pass the tests
	@sh resources/setup.sh test
	@$(THREADS) QT_QPA_PLATFORM=offscreen $(PYTHON_BIN) -m pytest -n 2 --dist loadfile --ignore tests/journeys
	@$(THREADS) QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1920x1200x24" $(PYTHON_BIN) -m pytest tests/journeys

lint: ## ruff on everything, mypy strict on core
	@sh resources/setup.sh test
	@$(PYTHON_BIN) -m ruff check .
	@$(PYTHON_BIN) -m mypy

setup: ## set up only
	@sh resources/setup.sh test

benchmark: ## speed and memory: make benchmark ARGS="--data DIR"
	@sh resources/setup.sh test
	@$(PYTHON_BIN) -m tests.benchmarks $(ARGS)

screenshots: ## pictures of every page, light and dark, in build/screenshots; those of the README are renewed
	@sh resources/setup.sh run
	@$(PYTHON_BIN) -m gui.shots build/screenshots
	@cp build/screenshots/detect-light.png resources/help/detect.png
	@cp build/screenshots/model-light.png resources/help/model.png
