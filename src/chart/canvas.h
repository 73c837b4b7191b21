#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chart/cairo_library.h"
#include "chart/chart.h"

namespace weir::chart {

// A picture in memory, and how things are put on it. Coordinates are pixels from the top left.
class Canvas {
 public:
  [[nodiscard]] static Result<Canvas> open(int width, int height);

  void set_color(const Color& color, double opacity = 1);
  void line(double x0, double y0, double x1, double y1, double width);
  void rectangle(double x, double y, double width, double height);
  // `align`: 0 begins at x, 0.5 is centred there, 1 ends there. `y` is the line letters stand on.
  void text(double x, double y, std::string_view text, double size, double align = 0);
  [[nodiscard]] static double width_of(std::string_view text, double size);
  // As much of a text as there is room for, ".." where something is cut.
  [[nodiscard]] static std::string fitted(std::string_view text, double size, double room);
  [[nodiscard]] cairo_t* context() { return context_.get(); }
  [[nodiscard]] Result<std::string> to_png();

 private:
  using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
  using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;
  Canvas(Surface surface, Context context)
      : surface_(std::move(surface)), context_(std::move(context)) {}
  Surface surface_;
  Context context_;
};

}  // namespace weir::chart
