#pragma once

#include <cairo.h>

#include "base/result.h"

namespace weir::chart {

// What pictures are drawn with, loaded with the first of them: cairo brings twenty other libraries
// along, and most commands draw nothing.
struct CairoLibrary {
  decltype(&::cairo_image_surface_create) image_surface_create = nullptr;
  decltype(&::cairo_surface_status) surface_status = nullptr;
  decltype(&::cairo_surface_flush) surface_flush = nullptr;
  decltype(&::cairo_surface_destroy) surface_destroy = nullptr;
  decltype(&::cairo_surface_write_to_png_stream) surface_write_to_png_stream = nullptr;
  decltype(&::cairo_create) create = nullptr;
  decltype(&::cairo_destroy) destroy = nullptr;
  decltype(&::cairo_status) status = nullptr;
  decltype(&::cairo_status_to_string) status_to_string = nullptr;
  decltype(&::cairo_save) save = nullptr;
  decltype(&::cairo_restore) restore = nullptr;
  decltype(&::cairo_clip) clip = nullptr;
  decltype(&::cairo_paint) paint = nullptr;
  decltype(&::cairo_fill) fill = nullptr;
  decltype(&::cairo_stroke) stroke = nullptr;
  decltype(&::cairo_arc) arc = nullptr;
  decltype(&::cairo_rectangle) rectangle = nullptr;
  decltype(&::cairo_new_path) new_path = nullptr;
  decltype(&::cairo_move_to) move_to = nullptr;
  decltype(&::cairo_line_to) line_to = nullptr;
  decltype(&::cairo_set_line_cap) set_line_cap = nullptr;
  decltype(&::cairo_set_line_join) set_line_join = nullptr;
  decltype(&::cairo_set_line_width) set_line_width = nullptr;
  decltype(&::cairo_set_source_rgba) set_source_rgba = nullptr;
};

// Loads it, once.
[[nodiscard]] const Result<CairoLibrary>& load_cairo();
// For who has seen that it is loaded.
[[nodiscard]] inline const CairoLibrary& cairo() { return *load_cairo(); }

}  // namespace weir::chart
