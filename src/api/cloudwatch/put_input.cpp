#include "api/cloudwatch/put_input.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace weir::api::cloudwatch {
namespace {

namespace dom = simdjson::dom;
using format::Tree;

constexpr std::size_t kMaxDepth = 64;  // as trees have it
constexpr double kMaxTimeMs = 1e16;

// Each answers whether the element is plainly of its kind.
bool take(const dom::element& element, std::string_view& out) {
  return element.get_string().get(out) == simdjson::SUCCESS;
}

bool take(const dom::element& element, double& out) {
  return element.get_double().get(out) == simdjson::SUCCESS;
}

bool take(const dom::element& element, std::vector<double>& out) {
  dom::array items;
  if (element.get_array().get(items) != simdjson::SUCCESS || items.size() > metric::kMaxValues) {
    return false;
  }
  for (const dom::element item : items) {
    if (!take(item, out.emplace_back())) {
      return false;
    }
  }
  return true;
}

bool take(const dom::element& element, metric::StatisticSet& out) {
  dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS || members.size() != 4) {
    return false;
  }
  unsigned seen = 0;
  for (const auto [key, value] : members) {
    double* const to = key == "SampleCount" ? &out.sample_count
                       : key == "Sum"       ? &out.sum
                       : key == "Minimum"   ? &out.minimum
                       : key == "Maximum"   ? &out.maximum
                                            : nullptr;
    if (to == nullptr || !take(value, *to)) {
      return false;
    }
    seen |= 1U << (to - &out.sample_count);
  }
  return seen == 15;
}

bool take(const dom::element& element, metric::DimensionView& out) {
  dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS || members.size() != 2) {
    return false;
  }
  bool has_name = false;
  bool has_value = false;
  for (const auto [key, value] : members) {
    const bool is_name = key == "Name";
    if ((!is_name && key != "Value") || !take(value, is_name ? out.name : out.value)) {
      return false;
    }
    (is_name ? has_name : has_value) = true;
  }
  return has_name && has_value;
}

}  // namespace

class PutInput::JsonReader {
 public:
  bool read(std::string_view body, PutInput& out) {
    if (body.empty() ||
        parser_.allocate(std::max<std::size_t>(body.size(), 64), kMaxDepth) != simdjson::SUCCESS) {
      return false;
    }
    dom::object members;
    if (parser_.parse(body.data(), body.size()).get_object().get(members) != simdjson::SUCCESS ||
        members.size() != 2) {
      return false;
    }
    bool has_datums = false;
    for (const auto [key, value] : members) {
      if (key == "MetricData" && !has_datums) {
        has_datums = read_datums(value, out);
        if (!has_datums) {
          return false;
        }
      } else if (key != "Namespace" || out.name_space_.data() != nullptr ||
                 !take(value, out.name_space_)) {
        return false;
      }
    }
    return has_datums;
  }

 private:
  enum Member : unsigned {
    kName = 1,
    kDimensions = 2,
    kTimestamp = 4,
    kValue = 8,
    kStatistics = 16,
    kValues = 32,
    kCounts = 64,
    kUnit = 128,
    kResolution = 256,
  };

  static Member member_of(std::string_view key) {
    switch (key.size()) {
      case 4:
        return key == "Unit" ? kUnit : Member{};
      case 5:
        return key == "Value" ? kValue : Member{};
      case 6:
        return key == "Values" ? kValues : key == "Counts" ? kCounts : Member{};
      case 9:
        return key == "Timestamp" ? kTimestamp : Member{};
      case 10:
        return key == "MetricName" ? kName : key == "Dimensions" ? kDimensions : Member{};
      case 15:
        return key == "StatisticValues" ? kStatistics : Member{};
      case 17:
        return key == "StorageResolution" ? kResolution : Member{};
      default:
        return Member{};
    }
  }

  static bool read_datums(const dom::element& element, PutInput& out) {
    dom::array items;
    if (element.get_array().get(items) != simdjson::SUCCESS || items.size() > metric::kMaxDatums) {
      return false;
    }
    out.datums_.reserve(items.size());
    out.places_.reserve(items.size() + 1);
    for (const dom::element item : items) {
      if (!read_datum(item, out)) {
        return false;
      }
    }
    return !out.datums_.empty();
  }

  static bool read_datum(const dom::element& element, PutInput& out) {
    dom::object members;
    if (element.get_object().get(members) != simdjson::SUCCESS) {
      return false;
    }
    out.begin_datum();
    metric::Datum& datum = out.datums_.back();
    unsigned seen = 0;
    for (const auto [key, value] : members) {
      const Member member = member_of(key);
      if (member == Member{} || (seen & member) != 0 || !read_member(member, value, datum, out)) {
        return false;
      }
      seen |= member;
    }
    return (seen & kName) != 0;
  }

  static bool read_member(Member member, const dom::element& element, metric::Datum& datum,
                          PutInput& out) {
    double number = 0;
    switch (member) {
      case kName:
        return take(element, datum.name);
      case kDimensions:
        return read_dimensions(element, out);
      case kTimestamp:
        if (!take(element, number) || !(std::fabs(number * 1000) < kMaxTimeMs)) {
          return false;
        }
        datum.timestamp = std::llround(number * 1000);
        return true;
      case kValue:
        return take(element, datum.value.emplace());
      case kStatistics:
        return take(element, datum.statistics.emplace());
      case kValues:
        return take(element, out.values_);
      case kCounts:
        return take(element, out.counts_);
      case kUnit:
        return take(element, datum.unit);
      case kResolution:
        return element.get_int64().get(datum.storage_resolution.emplace()) == simdjson::SUCCESS;
    }
    return false;
  }

  static bool read_dimensions(const dom::element& element, PutInput& out) {
    dom::array items;
    if (element.get_array().get(items) != simdjson::SUCCESS ||
        items.size() > metric::kMaxDimensions) {
      return false;
    }
    for (const dom::element item : items) {
      if (!take(item, out.dimensions_.emplace_back())) {
        return false;
      }
    }
    return true;
  }

  dom::parser parser_;  // keeps the texts
};

PutInput::PutInput() = default;
PutInput::~PutInput() = default;

void PutInput::clear() {
  name_space_ = {};
  datums_.clear();
  places_.clear();
  dimensions_.clear();
  values_.clear();
  counts_.clear();
}

void PutInput::begin_datum() {
  places_.push_back({dimensions_.size(), values_.size(), counts_.size()});
  datums_.emplace_back();
}

// Once the arrays have their sizes.
void PutInput::point() {
  places_.push_back({dimensions_.size(), values_.size(), counts_.size()});
  for (std::size_t i = 0; i < datums_.size(); ++i) {
    const Places& begin = places_[i];
    const Places& end = places_[i + 1];
    metric::Datum& datum = datums_[i];
    datum.dimensions =
        std::span(dimensions_).subspan(begin.dimensions, end.dimensions - begin.dimensions);
    datum.values = std::span(values_).subspan(begin.values, end.values - begin.values);
    datum.counts = std::span(counts_).subspan(begin.counts, end.counts - begin.counts);
  }
}

void PutInput::add_datum(const Tree& tree) {
  begin_datum();
  metric::Datum& datum = datums_.back();
  datum.name = tree["MetricName"].text();
  for (const Tree& dimension : tree["Dimensions"].items()) {
    dimensions_.push_back({dimension["Name"].text(), dimension["Value"].text()});
  }
  if (tree.has("Timestamp")) {
    datum.timestamp = tree["Timestamp"].time_ms();
  }
  if (tree.has("Value")) {
    datum.value = tree["Value"].number();
  }
  for (const Tree& item : tree["Values"].items()) {
    values_.push_back(item.number());
  }
  for (const Tree& item : tree["Counts"].items()) {
    counts_.push_back(item.number());
  }
  if (const Tree& set = tree["StatisticValues"]; !set.is_null()) {
    datum.statistics = metric::StatisticSet{set["SampleCount"].number(), set["Sum"].number(),
                                            set["Minimum"].number(), set["Maximum"].number()};
  }
  datum.unit = tree["Unit"].text();
  if (tree.has("StorageResolution")) {
    datum.storage_resolution = tree["StorageResolution"].integer();
  }
}

void PutInput::read_tree(const Tree& input) {
  clear();
  name_space_ = input["Namespace"].text();
  for (const Tree& tree : input["MetricData"].items()) {
    add_datum(tree);
  }
  for (const Tree& entity : input["EntityMetricData"].items()) {
    for (const Tree& tree : entity["MetricData"].items()) {
      add_datum(tree);
    }
  }
  point();
}

bool PutInput::read_json(std::string_view body) {
  clear();
  json_ = std::make_unique<JsonReader>();
  const bool is_plain = json_->read(body, *this);
  if (is_plain) {
    point();
  } else {
    clear();
  }
  return is_plain;
}

}  // namespace weir::api::cloudwatch
