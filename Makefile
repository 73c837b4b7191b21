# Thin on purpose: setup is tools/setup, the build is CMake (CMakePresets.json), tests are ctest.

PRESET ?= release
BUILD = build/$(PRESET)
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
PREFIX ?= /usr/local

.PHONY: help setup setup-tests build install-library demo test torture asan tsan bench fuzz lint analyze format clean

help:
	@echo 'make demo    set up, build, and see the main job on a simulated VPC'
	@echo 'make test    set up, build, run every test there is'
	@echo 'make torture the long runs: 200 kills and their like'
	@echo 'make build   set up, build; leaves build/release/weir'
	@echo 'make install-library PREFIX=$(PREFIX): libweir.a, its headers, weir.pc'
	@echo 'make bench   measure, beside DuckDB on the same files'
	@echo 'make fuzz    fuzz each decoder for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make asan    unit and data-driven tests under AddressSanitizer and UBSan'
	@echo 'make lint    format, include direction, warnings, clang-tidy'
	@echo 'make analyze clang'"'"'s static analyzer, file by file'

setup:
	@tools/setup

$(BUILD)/build.ninja: CMakePresets.json
	@cmake --preset $(PRESET) >/dev/null

build: setup $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS) --target weir weir_plugins

install-library: build
	@cmake --build $(BUILD) -j $(JOBS) --target weir_library
	@cmake --install $(BUILD) --component library --prefix $(PREFIX) >/dev/null
	@echo "libweir is in $(PREFIX); pkg-config --cflags --libs weir"

demo: build
	@$(BUILD)/weir demo

setup-tests:
	@tools/setup --tests

test: setup-tests $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure

torture: build
	@tests/crash/kill_loop --weir $(BUILD)/weir --kills 200
	@tests/crash/disk_full --weir $(BUILD)/weir || test $$? = 77
	@tests/crash/reader_beside --weir $(BUILD)/weir

asan: setup
	@cmake --preset asan >/dev/null && cmake --build build/asan -j $(JOBS)
	@ctest --test-dir build/asan -j $(JOBS) --output-on-failure -L 'unit|query|corpus'

tsan: setup
	@cmake --preset tsan >/dev/null && cmake --build build/tsan -j $(JOBS)
	@ctest --test-dir build/tsan -j $(JOBS) --output-on-failure -L 'unit|query'

bench: setup
	@cmake --preset release -DWEIR_BENCH=ON >/dev/null && cmake --build $(BUILD) -j $(JOBS)
	@bench/run --weir $(BUILD)/weir --out $(BUILD)/bench.json
	@bench/console_run --weir $(BUILD)/weir --out $(BUILD)/console_bench.json
	@bench/ui_run --bundle $(BUILD)/ui --out $(BUILD)/ui_bench.json || [ $$? -eq 77 ]
	@bench/store_run --weir $(BUILD)/weir --out $(BUILD)/store_bench.json
	@bench/packet_run --weir $(BUILD)/weir --bench $(BUILD)/bench/packet_bench --out $(BUILD)/packet_bench.json || [ $$? -eq 77 ]
	@bench/live_run --weir $(BUILD)/weir --sender $(BUILD)/bench/live_sender --out $(BUILD)/live_bench.json
	@bench/probe_run --weir $(BUILD)/weir --sweep $(BUILD)/bench/socket_sweep_bench --out $(BUILD)/probe_bench.json || [ $$? -eq 77 ]

fuzz: setup
	@cmake --preset asan >/dev/null && cmake --build build/asan -j $(JOBS) --target fuzzers
	@tools/run_fuzzers build/asan $(FUZZ_SECONDS)

lint: setup
	@tools/lint

analyze: setup
	@tools/lint --analyze

format:
	@git ls-files 'src/*.h' 'src/*.cpp' 'fuzz/*.cpp' 'bench/*.cpp' 'tests/*.cpp' 'examples/*.h' 'examples/*.cpp' | xargs clang-format-14 -i

clean:
	rm -rf build
