# EnergyLens: everything a person types. Details are in CMakePresets.json.
#   make run      what it does, on the fits that the repository carries
#   make test     every test, as CI runs them
.POSIX:
.PHONY: run test build bench bench-sr bench-active bench-noise kill-campaign validate lint asan tsan web-test pictures fuzz cov install man fits priors clean

BUILD = build/release
EL = $(BUILD)/energylens
FIT = data/fits/a100-sxm4-40gb.fit.json
DATA = ../shared/data/measurements
prefix = /usr/local

build:
	@tools/setup.sh
	@mkdir -p build
	@cmake --preset release >build/.configure.log 2>&1 || { cat build/.configure.log; exit 1; }
	@cmake --build --preset release >build/.build.log 2>&1 || { cat build/.build.log; exit 1; }

run: build
	@tools/run-demo.sh $(EL) $(FIT) $(DATA)

test: build
	@ctest --preset release -j 2

bench: build
	@tools/bench.sh $(BUILD) $(DATA)

# Symbolic regression: speed of formulas, 100 published ones, energy laws.
# Hours: SEEDS=1 for a first look.
SEEDS = 10
bench-sr: build
	$(BUILD)/bench_tape
	$(BUILD)/bench_sr --seeds $(SEEDS)
	$(BUILD)/bench_sr --seeds $(SEEDS) --noise 0.01
	$(BUILD)/bench_sr --seeds $(SEEDS) --noise 0.03
	$(BUILD)/bench_energy_laws --noise 0
	$(BUILD)/bench_energy_laws
	$(BUILD)/bench_energy_laws --grid
	$(BUILD)/bench_energy_laws --rows 60
	$(BUILD)/bench_energy_laws --rows 2000
	$(BUILD)/bench_energy_laws --noise 0.1 --outliers

# Runs chosen for the winner against a Latin hypercube: docs/plan.md.
bench-active: build
	$(BUILD)/bench_active

# kill -9 at 60 random instants of a campaign of 50 runs: docs/measuring.md.
kill-campaign: build
	EL_KILLS=60 EL_RUNS=50 bash tests/cli/profile_kill.sh $(EL) .

# How much of closed12's error is the noise of rows: docs/accuracy.md.
bench-noise: build
	$(BUILD)/bench_noise_error

# The analytic model against measurements: V1 to V9 of docs/accuracy.md.
validate: build
	@tools/validate.sh $(BUILD)

# Formatting, static analysis, layers, man page, shell scripts.
lint:
	@tools/setup.sh lint
	@tools/lint.sh

asan tsan:
	@tools/setup.sh lint
	cmake --workflow --preset $@

# The page in Chromium: what it shows is what the command line says.
web-test: build
	@tools/setup.sh web
	@cd tests/web && npm ci --silent
	@ctest --preset release -R cli.page

# docs/pictures/page.png and report.png.
pictures: build
	@tools/setup.sh web
	@cd tests/web && npm ci --silent
	@tools/pictures.sh $(BUILD)

# A minute for each parser.
fuzz:
	@tools/setup.sh lint
	@tools/fuzz.sh 60

cov:
	@tools/setup.sh lint
	@tools/coverage.sh

install: build
	cmake --install $(BUILD) --prefix $(DESTDIR)$(prefix)

# Debian packages and a tarball in build/packages.
package: build
	cpack --config $(BUILD)/CPackConfig.cmake -B build/packages

# Made files that the repository carries.
man: build
	$(EL) man > docs/man/energylens.1
fits: build
	tools/make-fits.sh $(EL) $(DATA)
priors: build
	tools/make-priors.sh $(EL)

clean:
	rm -rf build
