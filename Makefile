# Thin on purpose: setup is tools/setup, the build is CMake (see CMakePresets.json).

PRESET ?= release
BUILD = build/$(PRESET)

.PHONY: setup build demo test bench fuzz lint format clean

setup:
	@tools/setup

build: setup
	@cmake --preset $(PRESET) >/dev/null && cmake --build $(BUILD)

clean:
	rm -rf build
