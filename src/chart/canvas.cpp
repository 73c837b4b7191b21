#include "chart/canvas.h"

#include <fmt/format.h>

#include <algorithm>

#include "chart/stroke_font.h"

namespace weir::chart {
namespace {

cairo_status_t append(void* user, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(user)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

tl::unexpected<Error> failure(cairo_status_t status) {
  return fail(ErrorCode::kInternal,
              fmt::format("the picture cannot be drawn: {}", cairo().status_to_string(status)));
}

double digit(char c) { return c - '0'; }

}  // namespace

Result<Canvas> Canvas::open(int width, int height) {
  WEIR_RETURN_IF_ERROR(load_cairo());
  Surface surface(
      cairo().image_surface_create(CAIRO_FORMAT_RGB24, std::clamp(width, 1, Chart::kMaxSide),
                                   std::clamp(height, 1, Chart::kMaxSide)),
      cairo().surface_destroy);
  if (const auto status = cairo().surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS) {
    return failure(status);
  }
  Context context(cairo().create(surface.get()), cairo().destroy);
  Canvas canvas(std::move(surface), std::move(context));
  canvas.set_color({1, 1, 1});
  cairo().paint(canvas.context());
  cairo().set_line_cap(canvas.context(), CAIRO_LINE_CAP_ROUND);
  cairo().set_line_join(canvas.context(), CAIRO_LINE_JOIN_ROUND);
  return canvas;
}

void Canvas::set_color(const Color& color, double opacity) {
  cairo().set_source_rgba(context(), color.red, color.green, color.blue, opacity);
}

void Canvas::line(double x0, double y0, double x1, double y1, double width) {
  cairo().set_line_width(context(), width);
  cairo().move_to(context(), x0, y0);
  cairo().line_to(context(), x1, y1);
  cairo().stroke(context());
}

void Canvas::rectangle(double x, double y, double width, double height) {
  cairo().rectangle(context(), x, y, width, height);
  cairo().fill(context());
}

double Canvas::width_of(std::string_view text, double size) {
  return static_cast<double>(text.size()) * kGridAdvance * size / kGridHeight;
}

std::string Canvas::fitted(std::string_view text, double size, double room) {
  if (width_of(text, size) <= room) {
    return std::string(text);
  }
  const auto letters = static_cast<std::size_t>(std::max(0.0, room / width_of("x", size)));
  return letters <= 2 ? "" : std::string(text.substr(0, letters - 2)) + "..";
}

void Canvas::text(double x, double y, std::string_view text, double size, double align) {
  const double unit = size / kGridHeight;
  double left = x - align * width_of(text, size);
  const double top = y - 6 * unit;
  cairo().set_line_width(context(), std::max(1.0, size / 10));
  for (const char letter : text) {
    bool is_begin = true;
    const std::string_view strokes = strokes_of(letter);
    for (std::size_t i = 0; i + 1 < strokes.size();) {
      if (strokes[i] == ',') {
        is_begin = true;
        ++i;
        continue;
      }
      const double px = left + digit(strokes[i]) * unit;
      const double py = top + digit(strokes[i + 1]) * unit;
      is_begin ? cairo().move_to(context(), px, py) : cairo().line_to(context(), px, py);
      is_begin = false;
      i += 2;
    }
    cairo().stroke(context());
    left += kGridAdvance * unit;
  }
}

Result<std::string> Canvas::to_png() {
  cairo().surface_flush(surface_.get());
  if (const auto status = cairo().status(context()); status != CAIRO_STATUS_SUCCESS) {
    return failure(status);
  }
  std::string bytes;
  const auto status = cairo().surface_write_to_png_stream(surface_.get(), append, &bytes);
  if (status != CAIRO_STATUS_SUCCESS) {
    return failure(status);
  }
  return bytes;
}

}  // namespace weir::chart
