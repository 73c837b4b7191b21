#pragma once

#include <string>

#include "flowlog/layout.h"
#include "simulate/record_writer.h"
#include "simulate/topology.h"

namespace weir::simulate {

// Texts of the fields that depend on an interface alone.
class FieldText {
 public:
  FieldText(const Topology& topology, const flowlog::Layout& layout, const Ownership& ownership);

  // Of a record with traffic.
  [[nodiscard]] std::string of_observer(const Interface& interface, flowlog::FieldId field) const;
  // Of a record without: the few fields that AWS sets there, "-" for the rest.
  [[nodiscard]] std::string of_silent(const Interface& interface, flowlog::FieldId field) const;
  // What a record tells of an interface that is not its observer; null: outside, or nowhere.
  [[nodiscard]] std::string of_other(const Interface* interface, flowlog::FieldId field) const;

 private:
  [[nodiscard]] std::string of_container(const Interface& interface, flowlog::FieldId field) const;

  const Topology& topology_;
  const Ownership& ownership_;
  std::string version_;
};

}  // namespace weir::simulate
