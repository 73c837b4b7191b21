#pragma once

#include <string>
#include <string_view>

#include "api/gateway.h"
#include "api/native_api.h"
#include "format/tree.h"

namespace weir::console {

// Operations of AWS's APIs, called for whoever asks a route.
class AwsCalls {
 public:
  explicit AwsCalls(const api::Gateway& gateway) : gateway_(gateway) {}

  // In the region of the argument `region`, else the server's own.
  [[nodiscard]] api::Outcome run(std::string_view operation, const api::RouteCall& call,
                                 const format::Tree& input) const;
  [[nodiscard]] std::string region(const api::RouteCall& call) const;
  [[nodiscard]] const std::string& account() const { return gateway_.options().account; }
  [[nodiscard]] std::string scope(const api::RouteCall& call) const;
  // Names of the members of an operation's input, and of a structure that its output lists.
  [[nodiscard]] std::vector<std::string> members(std::string_view operation) const;
  [[nodiscard]] std::vector<std::string> listed_members(std::string_view operation,
                                                        std::string_view list) const;

 private:
  const api::Gateway& gateway_;
};

// A refusal of an operation as a problem.
[[nodiscard]] http::Response problem_of(const api::ApiError& error, const api::RouteCall& call);
// With moments as milliseconds.
[[nodiscard]] format::Tree plain_tree(const format::Tree& tree);

}  // namespace weir::console
