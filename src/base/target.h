#pragma once

// Functions between these two are compiled for more instruction sets than the rest of the program;
// who calls them has asked the processor first.
#define WEIR_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define WEIR_BEGIN_TARGET(sets) \
  WEIR_PRAGMA(clang attribute push(__attribute__((target(sets))), apply_to = function))
#define WEIR_END_TARGET WEIR_PRAGMA(clang attribute pop)
#else
#define WEIR_BEGIN_TARGET(sets) WEIR_PRAGMA(GCC push_options) WEIR_PRAGMA(GCC target(sets))
#define WEIR_END_TARGET WEIR_PRAGMA(GCC pop_options)
#endif
