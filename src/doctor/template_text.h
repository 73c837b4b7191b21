#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "doctor/marked_tree.h"

namespace weir::doctor {

// What CloudFormation's functions make of a text, as far as a template tells: Ref, Sub, GetAtt of
// an Arn, Join, in short and long form. What only a deployment knows stays as "<AWS::AccountId>".
// Of one thread. Texts that lead to too many others are cut.
class TemplateText {
 public:
  // `document` outlives it. `stack_name`: where a script tells it, else "".
  TemplateText(const MarkedTree& document, std::string stack_name);

  // nullopt: a function that is not understood.
  [[nodiscard]] std::optional<std::string> of(const MarkedTree* tree) const;
  // The name of the resource that a node refers to (Ref, GetAtt, or a Sub of nothing else); "".
  [[nodiscard]] std::string resource_of(const MarkedTree* tree) const;
  // What Ref gives of a resource: its physical name.
  [[nodiscard]] std::string name_of(std::string_view resource) const;

 private:
  [[nodiscard]] std::optional<std::string> of(const MarkedTree* tree, int depth) const;
  [[nodiscard]] std::string reference(std::string_view name, int depth) const;
  [[nodiscard]] std::string attribute(std::string_view dotted, int depth) const;
  [[nodiscard]] std::string substitute(std::string_view text, const MarkedTree* own,
                                       int depth) const;
  [[nodiscard]] std::string physical_name(std::string_view resource, int depth) const;

  const MarkedTree& document_;
  std::string stack_name_;
  mutable std::size_t num_steps_ = 0;  // of the text at hand
};

}  // namespace weir::doctor
