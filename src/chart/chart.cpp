#include "chart/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>

#include "base/time_text.h"
#include "chart/canvas.h"

namespace weir::chart {
namespace {

constexpr Color kInk{0.13, 0.15, 0.18};
constexpr Color kFaint{0.87, 0.88, 0.9};
constexpr Color kPalette[] = {{0.12, 0.47, 0.71}, {1.0, 0.5, 0.05},  {0.17, 0.63, 0.17},
                              {0.84, 0.15, 0.16}, {0.58, 0.4, 0.74}, {0.55, 0.34, 0.29},
                              {0.89, 0.47, 0.76}, {0.5, 0.5, 0.5},   {0.74, 0.74, 0.13},
                              {0.09, 0.75, 0.81}};
constexpr double kTextSize = 11;
constexpr double kTitleSize = 14;
constexpr double kMargin = 8;
constexpr double kRowHeight = 15;

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

std::string time_label(TimeMs time_ms, std::int64_t utc_offset_s, TimeMs span_ms) {
  const std::string text = to_time_text(time_ms + utc_offset_s * 1000);  // 2026-03-01T00:00:12Z
  if (span_ms <= 10 * 60'000) {
    return text.substr(11, 8);
  }
  return span_ms <= 2 * 86'400'000LL ? text.substr(11, 5) : text.substr(5, 5);
}

class Painter {
 public:
  Painter(const Chart& chart, Canvas canvas) : chart_(chart), canvas_(std::move(canvas)) {}

  Result<std::string> paint() {
    box_ = {kMargin, kMargin, chart_.width - kMargin, chart_.height - kMargin};
    if (!chart_.title.empty()) {
      canvas_.set_color(kInk);
      canvas_.text(box_.left, box_.top + kTitleSize,
                   Canvas::fitted(chart_.title, kTitleSize, box_.right - box_.left), kTitleSize);
      box_.top += kTitleSize + 12;
    }
    switch (chart_.view) {
      case View::kTimeSeries:
        paint_legend();
        paint_time_series();
        break;
      case View::kSingleValue:
        paint_values();
        break;
      case View::kBar:
        paint_bars();
        break;
      case View::kPie:
        paint_legend();
        paint_pie();
        break;
    }
    return canvas_.to_png();
  }

 private:
  [[nodiscard]] Color color_of(std::size_t i) const {
    return chart_.series[i].color.value_or(kPalette[i % std::size(kPalette)]);
  }

  // Below the plot, as many rows as it needs, at most a third of the height.
  void paint_legend() {
    if (!chart_.has_legend || chart_.series.empty()) {
      return;
    }
    struct Entry {
      double x;
      std::size_t row;
    };
    std::vector<Entry> entries;
    double x = box_.left;
    std::size_t row = 0;
    for (const Series& series : chart_.series) {
      const double width = Canvas::width_of(series.label, kTextSize) + 26;
      if (x > box_.left && x + width > box_.right) {
        x = box_.left;
        ++row;
      }
      entries.push_back({x, row});
      x += width;
    }
    const auto max_rows = static_cast<std::size_t>(chart_.height / (3 * kRowHeight));
    const std::size_t rows = std::min(row + 1, max_rows);
    const double top = box_.bottom - static_cast<double>(rows) * kRowHeight;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].row >= rows) {
        break;
      }
      const double y = top + static_cast<double>(entries[i].row) * kRowHeight;
      canvas_.set_color(color_of(i));
      canvas_.rectangle(entries[i].x, y + 3, 9, 9);
      canvas_.set_color(kInk);
      const double room = box_.right - entries[i].x - 14;
      canvas_.text(entries[i].x + 14, y + 12,
                   Canvas::fitted(chart_.series[i].label, kTextSize, room), kTextSize);
    }
    box_.bottom = top - 6;
  }

  // What is drawn of a series: its values, or their sums with the ones below.
  [[nodiscard]] std::vector<std::vector<double>> heights() const {
    std::vector<std::vector<double>> all;
    std::map<TimeMs, double> sums;
    for (const Series& series : chart_.series) {
      std::vector<double> values = series.values;
      for (std::size_t i = 0; chart_.is_stacked && i < values.size(); ++i) {
        values[i] = sums[series.times[i]] += series.values[i];
      }
      all.push_back(std::move(values));
    }
    return all;
  }

  [[nodiscard]] std::vector<double> ticks_of(const Axis& axis, bool is_right,
                                             const std::vector<std::vector<double>>& all) const {
    double least = chart_.is_stacked ? 0 : HUGE_VAL;
    double most = -HUGE_VAL;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const double value : all[i]) {
        if (chart_.series[i].is_right == is_right && std::isfinite(value)) {
          least = std::min(least, value);
          most = std::max(most, value);
        }
      }
    }
    for (const Threshold& threshold : chart_.thresholds) {
      if (!is_right) {
        least = std::min(least, threshold.value);
        most = std::max(most, threshold.value);
      }
    }
    least = axis.least.value_or(least);
    most = axis.most.value_or(most);
    if (!(least < most) && std::isfinite(least) && !std::isfinite(most)) {
      most = least + 1;
    }
    return round_ticks(least, most, 5);
  }

  void paint_time_series() {
    const auto all = heights();
    const auto left = ticks_of(chart_.left, false, all);
    const bool has_right = std::any_of(chart_.series.begin(), chart_.series.end(),
                                       [](const Series& series) { return series.is_right; });
    const auto right = has_right ? ticks_of(chart_.right, true, all) : std::vector<double>{};
    const double label_size = kTextSize;
    if (!chart_.left.label.empty()) {
      canvas_.set_color(kInk);
      canvas_.text(box_.left, box_.top + label_size,
                   Canvas::fitted(chart_.left.label, label_size, box_.right - box_.left),
                   label_size);
      box_.top += label_size + 6;
    }
    double room = 0;
    for (const double tick : left) {
      room = std::max(room, Canvas::width_of(short_number(tick), kTextSize));
    }
    plot_ = {box_.left + room + 6, box_.top + 4, box_.right - (has_right ? 44 : 8),
             box_.bottom - kTextSize - 8};
    paint_axes(left, right);
    cairo().save(canvas_.context());
    cairo().rectangle(canvas_.context(), plot_.left, plot_.top, plot_.right - plot_.left,
                      plot_.bottom - plot_.top);
    cairo().clip(canvas_.context());
    for (std::size_t i = all.size(); i-- > 0;) {  // the first is on top
      paint_line(i, all[i], chart_.series[i].is_right ? right : left);
    }
    paint_thresholds(left);
    cairo().restore(canvas_.context());
    if (all.empty() ||
        std::all_of(all.begin(), all.end(), [](const auto& values) { return values.empty(); })) {
      canvas_.set_color(kInk, 0.6);
      canvas_.text((plot_.left + plot_.right) / 2, (plot_.top + plot_.bottom) / 2, "no data",
                   kTitleSize, 0.5);
    }
  }

  [[nodiscard]] double y_of(double value, const std::vector<double>& ticks) const {
    return plot_.bottom -
           (value - ticks.front()) / (ticks.back() - ticks.front()) * (plot_.bottom - plot_.top);
  }
  [[nodiscard]] double x_of(TimeMs time_ms) const {
    const auto span = static_cast<double>(std::max<TimeMs>(1, chart_.end_ms - chart_.begin_ms));
    return plot_.left +
           static_cast<double>(time_ms - chart_.begin_ms) / span * (plot_.right - plot_.left);
  }

  void paint_axes(const std::vector<double>& left, const std::vector<double>& right) {
    for (const double tick : left) {
      canvas_.set_color(kFaint);
      canvas_.line(plot_.left, y_of(tick, left), plot_.right, y_of(tick, left), 1);
      canvas_.set_color(kInk);
      canvas_.text(plot_.left - 6, y_of(tick, left) + 4, short_number(tick), kTextSize, 1);
    }
    canvas_.set_color(kInk);
    for (const double tick : right) {
      canvas_.text(plot_.right + 6, y_of(tick, right) + 4, short_number(tick), kTextSize);
    }
    const int wanted = std::max(1, static_cast<int>((plot_.right - plot_.left) / 80));
    for (const TimeMs tick :
         time_ticks(chart_.begin_ms, chart_.end_ms, chart_.utc_offset_s, wanted)) {
      canvas_.line(x_of(tick), plot_.bottom, x_of(tick), plot_.bottom + 3, 1);
      canvas_.text(x_of(tick), plot_.bottom + kTextSize + 6,
                   time_label(tick, chart_.utc_offset_s, chart_.end_ms - chart_.begin_ms),
                   kTextSize, 0.5);
    }
    canvas_.line(plot_.left, plot_.bottom, plot_.right, plot_.bottom, 1);
  }

  void paint_line(std::size_t i, const std::vector<double>& values,
                  const std::vector<double>& ticks) {
    const Series& series = chart_.series[i];
    cairo_t* const context = canvas_.context();
    canvas_.set_color(color_of(i), chart_.is_stacked ? 0.75 : 1);
    std::size_t begin = 0;
    while (begin < values.size()) {
      std::size_t end = begin + 1;
      while (end < values.size() && series.times[end] - series.times[end - 1] <= series.period_ms) {
        ++end;
      }
      cairo().move_to(context, x_of(series.times[begin]), y_of(values[begin], ticks));
      for (std::size_t at = begin + 1; at < end; ++at) {
        cairo().line_to(context, x_of(series.times[at]), y_of(values[at], ticks));
      }
      if (chart_.is_stacked && end - begin > 1) {
        cairo().line_to(context, x_of(series.times[end - 1]), plot_.bottom);
        cairo().line_to(context, x_of(series.times[begin]), plot_.bottom);
        cairo().fill(context);
      } else if (end - begin == 1) {  // a point by itself
        cairo().new_path(context);
        cairo().arc(context, x_of(series.times[begin]), y_of(values[begin], ticks), 2.5, 0,
                    2 * std::numbers::pi);
        cairo().fill(context);
      } else {
        cairo().set_line_width(context, 1.8);
        cairo().stroke(context);
      }
      begin = end;
    }
  }

  void paint_thresholds(const std::vector<double>& ticks) {
    for (const Threshold& threshold : chart_.thresholds) {
      const double y = y_of(threshold.value, ticks);
      canvas_.set_color(threshold.color.value_or(kPalette[3]));
      canvas_.line(plot_.left, y, plot_.right, y, 1.2);
      canvas_.text(plot_.left + 4, y - 4, threshold.label, kTextSize);
    }
  }

  void paint_values() {
    const std::size_t count = std::max<std::size_t>(1, chart_.series.size());
    const double width = (box_.right - box_.left) / static_cast<double>(count);
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      const std::string text = series.values.empty() ? "--" : short_number(series.values.back());
      const double size =
          std::min({(box_.bottom - box_.top) / 2.5, 60.0, width / Canvas::width_of(text, 1) * 0.9});
      const double x = box_.left + width * (static_cast<double>(i) + 0.5);
      const double middle = (box_.top + box_.bottom) / 2;
      canvas_.set_color(color_of(i));
      canvas_.text(x, middle + size / 4, text, std::max(6.0, size), 0.5);
      canvas_.set_color(kInk);
      canvas_.text(x, box_.bottom - 4, Canvas::fitted(series.label, kTextSize, width), kTextSize,
                   0.5);
    }
  }

  void paint_bars() {
    std::vector<std::vector<double>> lasts;
    for (const Series& series : chart_.series) {
      lasts.push_back({0, series.values.empty() ? 0 : series.values.back()});
    }
    const auto ticks = ticks_of(chart_.left, false, lasts);
    plot_ = {box_.left + 44, box_.top + 4, box_.right, box_.bottom - kTextSize - 8};
    for (const double tick : ticks) {
      canvas_.set_color(kFaint);
      canvas_.line(plot_.left, y_of(tick, ticks), plot_.right, y_of(tick, ticks), 1);
      canvas_.set_color(kInk);
      canvas_.text(plot_.left - 6, y_of(tick, ticks) + 4, short_number(tick), kTextSize, 1);
    }
    const double width =
        (plot_.right - plot_.left) / static_cast<double>(std::max<std::size_t>(1, lasts.size()));
    for (std::size_t i = 0; i < lasts.size(); ++i) {
      const double x = plot_.left + width * static_cast<double>(i);
      const double zero = y_of(0, ticks);
      const double top = y_of(lasts[i][1], ticks);
      canvas_.set_color(color_of(i));
      canvas_.rectangle(x + width * 0.15, std::min(zero, top), width * 0.7, std::abs(zero - top));
      canvas_.set_color(kInk);
      canvas_.text(x + width / 2, plot_.bottom + kTextSize + 6,
                   Canvas::fitted(chart_.series[i].label, kTextSize, width), kTextSize, 0.5);
    }
  }

  void paint_pie() {
    double sum = 0;
    for (const Series& series : chart_.series) {
      sum += series.values.empty() ? 0 : std::max(0.0, series.values.back());
    }
    const double x = (box_.left + box_.right) / 2;
    const double y = (box_.top + box_.bottom) / 2;
    const double radius = std::min(box_.right - box_.left, box_.bottom - box_.top) / 2;
    if (sum <= 0 || radius <= 0) {
      canvas_.set_color(kInk, 0.6);
      canvas_.text(x, y, "no data", kTitleSize, 0.5);
      return;
    }
    double angle = -std::numbers::pi / 2;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const auto& values = chart_.series[i].values;
      const double share = values.empty() ? 0 : std::max(0.0, values.back()) / sum;
      cairo().move_to(canvas_.context(), x, y);
      cairo().arc(canvas_.context(), x, y, radius, angle, angle + share * 2 * std::numbers::pi);
      canvas_.set_color(color_of(i));
      cairo().fill(canvas_.context());
      angle += share * 2 * std::numbers::pi;
    }
  }

  const Chart& chart_;
  Canvas canvas_;
  Box box_;
  Box plot_;
};

}  // namespace

std::optional<Color> parse_color(const std::string& text) {
  if (text.size() != 7 || text[0] != '#' ||
      text.find_first_not_of("0123456789abcdefABCDEF", 1) != std::string::npos) {
    return std::nullopt;
  }
  const auto part = [&](std::size_t at) {
    return static_cast<double>(std::strtol(text.substr(at, 2).c_str(), nullptr, 16)) / 255;
  };
  return Color{part(1), part(3), part(5)};
}

Result<std::string> render_png(const Chart& chart) {
  WEIR_ASSIGN_OR_RETURN(Canvas canvas, Canvas::open(chart.width, chart.height));
  return Painter(chart, std::move(canvas)).paint();
}

}  // namespace weir::chart
