#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "format/tree.h"
#include "metric/datum.h"

namespace weir::api::cloudwatch {

// What a call of PutMetricData holds. Texts point into the tree or document it was read from.
class PutInput {
 public:
  PutInput();
  ~PutInput();
  PutInput(const PutInput&) = delete;
  PutInput& operator=(const PutInput&) = delete;

  // Of a tree that was decoded and checked by the operation's shape, which outlives this.
  void read_tree(const format::Tree& input);
  // Reads JSON where it lies, without a tree: calls of a thousand datums are mostly nodes else.
  // False where anything in it is not plain (a null, a member that is unknown or comes twice, a
  // time as text, a wrong kind ...): the tree is asked then, and says what is wrong. Hardened
  // against untrusted input.
  [[nodiscard]] bool read_json(std::string_view body);

  [[nodiscard]] std::string_view name_space() const { return name_space_; }
  [[nodiscard]] std::span<const metric::Datum> datums() const { return datums_; }

 private:
  class JsonReader;

  // Where a datum's dimensions and numbers lie, while their arrays grow.
  struct Places {
    std::size_t dimensions = 0;
    std::size_t values = 0;
    std::size_t counts = 0;
  };

  void clear();
  void begin_datum();
  void add_datum(const format::Tree& tree);
  void point();

  std::string_view name_space_;
  std::vector<metric::Datum> datums_;
  std::vector<Places> places_;
  std::vector<metric::DimensionView> dimensions_;
  std::vector<double> values_;
  std::vector<double> counts_;
  std::unique_ptr<JsonReader> json_;
};

}  // namespace weir::api::cloudwatch
