#include "dashboard/body_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>
#include <string>

#include "base/time_text.h"
#include "dashboard/widget_time.h"
#include "format/tree.h"
#include "metric/statistic.h"

namespace weir::dashboard {
namespace {

using format::Tree;
using Names = std::span<const std::string_view>;

constexpr std::size_t kMaxWidgets = 500;
constexpr std::size_t kMaxMetricsEachWidget = 500;
constexpr std::size_t kMaxVariables = 25;

constexpr std::string_view kTopLevel[] = {"widgets", "start", "end", "periodOverride", "variables"};
constexpr std::string_view kWidgetKeys[] = {"type", "x", "y", "width", "height", "properties"};
constexpr std::string_view kWidgetTypes[] = {"metric",   "log",        "text",         "alarm",
                                             "explorer", "custom",     "chart",        "timeline",
                                             "service",  "serviceMap", "serviceTable", "trace"};
constexpr std::string_view kMetricKeys[] = {
    "metrics", "view",        "stacked", "sparkline", "liveData",  "setPeriodToTimeRange",
    "trend",   "period",      "stat",    "region",    "accountId", "singleValueFullPrecision",
    "title",   "timezone",    "start",   "end",       "legend",    "yAxis",
    "table",   "annotations", "labels"};
constexpr std::string_view kLogKeys[] = {"query",   "region",        "title",     "view",
                                         "stacked", "queryLanguage", "accountId", "table"};
constexpr std::string_view kTextKeys[] = {"markdown", "background"};
constexpr std::string_view kMetricViews[] = {"timeSeries", "singleValue", "gauge",
                                             "bar",        "pie",         "table"};
constexpr std::string_view kLogViews[] = {"table", "timeSeries", "bar", "pie"};
constexpr std::string_view kOptionKeys[] = {"stat",  "period",     "region",     "accountId",
                                            "color", "label",      "id",         "visible",
                                            "yAxis", "expression", "searchLabel"};

bool is_one_of(std::string_view text, Names names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

std::string joined(Names names) {
  std::string text;
  for (const std::string_view name : names) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

bool is_period(const Tree& tree) {
  if (!tree.is_integer()) {
    return false;
  }
  const std::int64_t period = tree.integer();
  return period == 1 || period == 5 || period == 10 || period == 30 ||
         (period > 0 && period % 60 == 0);
}

bool is_metric_id(std::string_view id) {
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
         });
}

bool is_color(std::string_view text) {
  return text.size() == 7 && text[0] == '#' &&
         std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

class BodyChecker {
 public:
  explicit BodyChecker(BodyCheck& check) : check_(check) {}

  void check(const Tree& body) {
    expect_keys(body, kTopLevel, "", "dashboard");
    check_time(body);
    if (const Tree& choice = body["periodOverride"];
        !choice.is_null() && choice.text() != "auto" && choice.text() != "inherit") {
      warn("/periodOverride", "Should be equal to one of the allowed values: auto, inherit");
    }
    check_variables(body["variables"]);
    const Tree& widgets = body["widgets"];
    if (!widgets.is_list()) {
      error("", widgets.is_null() ? "Should have required property 'widgets'"
                                  : "widgets should be array");
      return;
    }
    if (widgets.items().size() > kMaxWidgets) {
      error("/widgets", fmt::format("Should NOT have more than {} items", kMaxWidgets));
    }
    for (std::size_t i = 0; i < widgets.items().size(); ++i) {
      check_widget(widgets.items()[i], fmt::format("/widgets/{}", i));
    }
  }

 private:
  void error(std::string path, std::string message) {
    check_.errors.push_back({std::move(path), std::move(message)});
  }
  void warn(std::string path, std::string message) {
    check_.warnings.push_back({std::move(path), std::move(message)});
  }
  void expect_keys(const Tree& tree, Names known, const std::string& path, std::string_view what) {
    for (const auto& [key, value] : tree.members()) {
      if (!is_one_of(key, known)) {
        warn(path, fmt::format("The \"{}\" property is not expected to be part of a {} "
                               "definition, will be ignored",
                               key, what));
      }
    }
  }

  void check_time(const Tree& body) {
    for (const char* name : {"start", "end"}) {
      if (const Tree& time = body[name];
          !time.is_null() &&
          (!time.is_text() || !(relative_ms(time.text()) || parse_absolute_time(time.text())))) {
        warn(std::string("/") + name, "Should be a relative time such as -PT6H or an ISO instant");
      }
    }
    if (body.has("end") && !body.has("start")) {
      warn("/end", "end is ignored where there is no start");
    }
  }

  void check_variables(const Tree& variables) {
    if (variables.is_null()) {
      return;
    }
    if (!variables.is_list()) {
      error("/variables", "Should be array");
      return;
    }
    if (variables.items().size() > kMaxVariables) {
      error("/variables", fmt::format("Should NOT have more than {} items", kMaxVariables));
    }
    std::set<std::string> properties;
    for (std::size_t i = 0; i < variables.items().size(); ++i) {
      const Tree& property = variables.items()[i]["property"];
      if (property.is_text() && !properties.insert(property.text()).second) {
        error(fmt::format("/variables/{}", i), "Duplicated property in variable");
      }
    }
  }

  void check_statistic(const Tree& options, const std::string& path) {
    if (options.has("stat") && !metric::parse_statistic(options["stat"].text())) {
      error(path + "/stat", "Should be a statistic such as Average, Sum, p99 or TM(10%:90%)");
    }
  }

  void check_widget(const Tree& widget, const std::string& path) {
    if (!widget.is_map()) {
      error(path, "Should be object");
      return;
    }
    expect_keys(widget, kWidgetKeys, path, "widget");
    check_place(widget, path);
    const std::string& type = widget["type"].text();
    if (!widget["type"].is_text()) {
      error(path, "Should have required property 'type'");
      return;
    }
    if (!is_one_of(type, kWidgetTypes)) {
      warn(path + "/type", "Should be equal to one of the allowed values: " + joined(kWidgetTypes));
      return;
    }
    const Tree& properties = widget["properties"];
    if (!properties.is_map()) {
      error(path, "Should have required property 'properties'");
      return;
    }
    const std::string inner = path + "/properties";
    if (type == "metric") {
      check_metric_widget(properties, inner);
    } else if (type == "log") {
      check_log_widget(properties, inner);
    } else if (type == "text") {
      expect_keys(properties, kTextKeys, inner, "widget");
      if (!properties["markdown"].is_text()) {
        error(inner, "Should have required property 'markdown'");
      }
    } else if (type == "alarm") {
      const Tree& alarms = properties["alarms"];
      if (!alarms.is_list() || alarms.items().empty() || alarms.items().size() > 100) {
        error(inner, "Should have required property 'alarms', an array of 1 to 100 ARNs");
      }
    } else if (type == "custom" && !properties["endpoint"].is_text()) {
      error(inner, "Should have required property 'endpoint'");
    }
  }

  void check_place(const Tree& widget, const std::string& path) {
    const auto whole = [&](const char* name, std::int64_t least, std::int64_t most) {
      const Tree& value = widget[name];
      if (!value.is_null() &&
          (!value.is_integer() || value.integer() < least || value.integer() > most)) {
        error(path + "/" + name, fmt::format("Should be integer from {} to {}", least, most));
      }
    };
    whole("x", 0, 23);
    whole("y", 0, 1'000'000);
    whole("width", 1, 24);
    whole("height", 1, 1000);
    if (widget.has("x") != widget.has("y")) {
      error(path, "x and y should be given together");
    }
  }

  void check_metric_widget(const Tree& properties, const std::string& path) {
    expect_keys(properties, kMetricKeys, path, "widget");
    const Tree& alarms = properties["annotations"]["alarms"];
    const bool has_alarm = alarms.is_list() && !alarms.items().empty();
    if (!has_alarm && (!properties.has("metrics") || !properties.has("region"))) {
      if (!properties.has("metrics")) {
        error(path, "Should have required property 'metrics'");
      }
      error(path,
            "The metric widget should have specified a region and a data source or an alarm "
            "annotation");
      if (!properties.has("annotations")) {
        error(path, "Should have required property 'annotations'");
      }
    }
    if (const Tree& view = properties["view"];
        !view.is_null() && !is_one_of(view.text(), kMetricViews)) {
      warn(path + "/view", "Should be equal to one of the allowed values: " + joined(kMetricViews));
    }
    if (properties.has("period") && !is_period(properties["period"])) {
      error(path + "/period", "Should be 1, 5, 10, 30 or a multiple of 60");
    }
    check_statistic(properties, path);
    const Tree& left = properties["yAxis"]["left"];
    if (properties["view"].text() == "gauge" && (!left.has("min") || !left.has("max"))) {
      error(path + "/yAxis", "A gauge should have yAxis.left.min and yAxis.left.max");
    }
    if (properties["sparkline"].boolean() && properties["setPeriodToTimeRange"].boolean()) {
      error(path, "sparkline and setPeriodToTimeRange exclude each other");
    }
    const Tree& metrics = properties["metrics"];
    if (metrics.is_null()) {
      return;
    }
    if (!metrics.is_list() || metrics.items().size() > kMaxMetricsEachWidget) {
      error(path + "/metrics",
            fmt::format("Should be array of at most {} items", kMaxMetricsEachWidget));
      return;
    }
    for (std::size_t i = 0; i < metrics.items().size(); ++i) {
      check_metric_row(metrics.items()[i], fmt::format("{}/metrics/{}", path, i));
    }
  }

  void check_metric_row(const Tree& row, const std::string& path) {
    constexpr std::string_view kForm =
        "Field \"metrics\" has to be an array of array of strings, with an optional "
        "metricRenderer object as last element";
    if (!row.is_list()) {
      error(path, "Should be array");
      error(path, std::string(kForm));
      return;
    }
    const auto& items = row.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool may_be_options = i + 1 == items.size() && items[i].is_map();
      if (!items[i].is_text() && !may_be_options) {
        error(path, std::string(kForm));
        return;
      }
    }
    if (items.empty() || !items.back().is_map()) {
      return;
    }
    const Tree& options = items.back();
    const std::string inner = fmt::format("{}/{}", path, items.size() - 1);
    expect_keys(options, kOptionKeys, inner, "metric");
    if (options.has("id") && !is_metric_id(options["id"].text())) {
      error(inner + "/id", "Should match pattern ^[a-z][a-zA-Z0-9_]*$");
    }
    if (options.has("period") && !is_period(options["period"])) {
      error(inner + "/period", "Should be 1, 5, 10, 30 or a multiple of 60");
    }
    check_statistic(options, inner);
    if (options.has("color") && !is_color(options["color"].text())) {
      error(inner + "/color", "Should match pattern ^#[0-9a-fA-F]{6}$");
    }
  }

  void check_log_widget(const Tree& properties, const std::string& path) {
    expect_keys(properties, kLogKeys, path, "widget");
    if (const Tree& view = properties["view"];
        !view.is_null() && !is_one_of(view.text(), kLogViews)) {
      warn(path + "/view", "Should be equal to one of the allowed values: " + joined(kLogViews));
    }
  }

  BodyCheck& check_;
};

}  // namespace

BodyCheck check_body(std::string_view body) {
  BodyCheck check;
  const auto tree = format::read_json(body);
  check.is_json_object = tree && tree->is_map();
  if (check.is_json_object) {
    BodyChecker(check).check(*tree);
  }
  return check;
}

}  // namespace weir::dashboard
