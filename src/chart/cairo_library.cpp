#include "chart/cairo_library.h"

#include <fmt/format.h>

#include "base/shared_library.h"

namespace weir::chart {
namespace {

Result<CairoLibrary> load() {
  SharedLibrary library("libcairo.so.2");
  CairoLibrary functions;
  library.find("cairo_image_surface_create", functions.image_surface_create);
  library.find("cairo_surface_status", functions.surface_status);
  library.find("cairo_surface_flush", functions.surface_flush);
  library.find("cairo_surface_destroy", functions.surface_destroy);
  library.find("cairo_surface_write_to_png_stream", functions.surface_write_to_png_stream);
  library.find("cairo_create", functions.create);
  library.find("cairo_destroy", functions.destroy);
  library.find("cairo_status", functions.status);
  library.find("cairo_status_to_string", functions.status_to_string);
  library.find("cairo_save", functions.save);
  library.find("cairo_restore", functions.restore);
  library.find("cairo_clip", functions.clip);
  library.find("cairo_paint", functions.paint);
  library.find("cairo_fill", functions.fill);
  library.find("cairo_stroke", functions.stroke);
  library.find("cairo_arc", functions.arc);
  library.find("cairo_rectangle", functions.rectangle);
  library.find("cairo_new_path", functions.new_path);
  library.find("cairo_move_to", functions.move_to);
  library.find("cairo_line_to", functions.line_to);
  library.find("cairo_set_line_cap", functions.set_line_cap);
  library.find("cairo_set_line_join", functions.set_line_join);
  library.find("cairo_set_line_width", functions.set_line_width);
  library.find("cairo_set_source_rgba", functions.set_source_rgba);
  if (!library.is_complete()) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("pictures need cairo, which cannot be loaded ({}); install it (Debian: "
                            "libcairo2)",
                            library.reason()));
  }
  return functions;
}

}  // namespace

const Result<CairoLibrary>& load_cairo() {
  static const Result<CairoLibrary> loaded = load();
  return loaded;
}

}  // namespace weir::chart
