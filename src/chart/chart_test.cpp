#include "chart/chart.h"

#include <cairo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "chart/stroke_font.h"

namespace weir::chart {
namespace {

using ::testing::ElementsAre;

constexpr TimeMs kBegin = 1'772'409'600'000;  // 2026-03-02T00:00:00Z
constexpr TimeMs kMinute = 60'000;

Chart chart_of(std::vector<double> values, View view = View::kTimeSeries) {
  Chart chart;
  chart.view = view;
  chart.title = "Round trips";
  chart.begin_ms = kBegin;
  chart.end_ms = kBegin + 60 * kMinute;
  Series series;
  series.label = "rtt";
  series.color = parse_color("#ff0000");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) {
      series.times.push_back(kBegin + static_cast<TimeMs>(i) * kMinute);
      series.values.push_back(values[i]);
    }
  }
  chart.series.push_back(series);
  return chart;
}

// A PNG read back: how many pixels of each colour a column of it has.
class Picture {
 public:
  explicit Picture(std::string png) : png_(std::move(png)) {
    surface_ = cairo_image_surface_create_from_png_stream(read, this);
    EXPECT_EQ(cairo_surface_status(surface_), CAIRO_STATUS_SUCCESS);
  }
  ~Picture() { cairo_surface_destroy(surface_); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  [[nodiscard]] int width() const { return cairo_image_surface_get_width(surface_); }
  [[nodiscard]] int height() const { return cairo_image_surface_get_height(surface_); }
  // Pixels of a column that are more red than anything else, from the top.
  [[nodiscard]] std::vector<int> red_in(int x) const {
    std::vector<int> rows;
    for (int y = 0; y < height(); ++y) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel,
                  cairo_image_surface_get_data(surface_) +
                      y * cairo_image_surface_get_stride(surface_) + x * 4,
                  sizeof pixel);
      const auto red = (pixel >> 16U) & 255U;
      if (red > 200 && ((pixel >> 8U) & 255U) < 120 && (pixel & 255U) < 120) {
        rows.push_back(y);
      }
    }
    return rows;
  }

 private:
  static cairo_status_t read(void* user, unsigned char* data, unsigned int length) {
    auto& self = *static_cast<Picture*>(user);
    if (self.at_ + length > self.png_.size()) {
      return CAIRO_STATUS_READ_ERROR;
    }
    std::memcpy(data, self.png_.data() + self.at_, length);
    self.at_ += length;
    return CAIRO_STATUS_SUCCESS;
  }
  std::string png_;
  std::size_t at_ = 0;
  cairo_surface_t* surface_ = nullptr;
};

TEST(Chart, ALineFollowsItsValuesAndAGapIsAGap) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values(60, 10);
  for (int i = 20; i < 40; ++i) {
    values[static_cast<std::size_t>(i)] = nothing;
  }
  for (std::size_t i = 40; i < 60; ++i) {
    values[i] = 90;
  }
  Chart chart = chart_of(values);
  chart.left.least = 0;
  chart.left.most = 100;
  const Picture picture(render_png(chart).value());
  EXPECT_EQ(picture.width(), 600);
  EXPECT_EQ(picture.height(), 400);
  const auto low = picture.red_in(120);
  const auto high = picture.red_in(540);
  ASSERT_FALSE(low.empty());
  ASSERT_FALSE(high.empty());
  EXPECT_GT(low.front(), high.front() + 150);
  EXPECT_TRUE(picture.red_in(310).empty());
}

TEST(Chart, EveryViewIsDrawnAndTheSameInputGivesTheSameBytes) {
  for (const View view : {View::kTimeSeries, View::kSingleValue, View::kBar, View::kPie}) {
    Chart chart = chart_of({1, 2, 3}, view);
    chart.has_legend = view != View::kPie;
    const auto png = render_png(chart);
    ASSERT_TRUE(png);
    EXPECT_EQ(png->substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(render_png(chart).value(), *png);
    EXPECT_FALSE(Picture(*png).red_in(view == View::kTimeSeries ? 45 : 300).empty());
  }
}

TEST(Chart, OddInputIsDrawnToo) {
  for (const int side : {1, 7, 40, Chart::kMaxSide}) {
    for (const View view : {View::kTimeSeries, View::kSingleValue, View::kBar, View::kPie}) {
      Chart chart = chart_of({}, view);
      chart.width = side;
      chart.height = side;
      chart.is_stacked = true;
      chart.thresholds.push_back({5, "\xc3\xa9 limit", std::nullopt});
      EXPECT_TRUE(render_png(chart));
      chart.series.push_back(chart_of({1e300, -1e300, 0}).series.front());
      EXPECT_TRUE(render_png(chart));
      chart.series.clear();
      EXPECT_TRUE(render_png(chart));
    }
  }
}

TEST(Chart, TicksAreRound) {
  EXPECT_THAT(round_ticks(0, 97, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(round_ticks(7, 7, 2), ElementsAre(0, 5, 10, 15));
  EXPECT_THAT(round_ticks(-1, 1, 4), ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_EQ(round_ticks(HUGE_VAL, -HUGE_VAL, 5).size(), 2U);
  EXPECT_THAT(time_ticks(kBegin + 1, kBegin + 3 * 3'600'000, 0, 4),
              ElementsAre(kBegin + 3'600'000, kBegin + 7'200'000, kBegin + 10'800'000));
  EXPECT_TRUE(time_ticks(5, 5, 0, 4).empty());
}

TEST(Chart, NumbersAndColours) {
  const std::map<double, std::string> texts = {{0, "0"},       {0.02, "0.02"},    {12.5, "12.5"},
                                               {1500, "1.5K"}, {-250e6, "-250M"}, {999.99, "1K"}};
  for (const auto& [value, text] : texts) {
    EXPECT_EQ(short_number(value), text);
  }
  EXPECT_EQ(parse_color("#ff0000"), (Color{1, 0, 0}));
  EXPECT_FALSE(parse_color("red"));
  EXPECT_FALSE(parse_color("#ff00zz"));
}

TEST(StrokeFont, EveryLetterIsPairsOfDigitsOnTheGrid) {
  for (int code = 32; code < 256; ++code) {
    const std::string_view strokes = strokes_of(static_cast<char>(code));
    std::size_t length = 0;
    for (const char c : strokes) {
      if (c == ',') {
        EXPECT_EQ(length % 2, 0U) << code;
        EXPECT_GE(length, 4U) << code;
        length = 0;
        continue;
      }
      EXPECT_GE(c, '0');
      EXPECT_LE(c, length % 2 == 0 ? '4' : '8') << code;
      ++length;
    }
    EXPECT_EQ(length % 2, 0U) << code;
    EXPECT_EQ(strokes.empty(), code == 32);
  }
}

}  // namespace
}  // namespace weir::chart
