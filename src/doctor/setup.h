#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "doctor/finding.h"

namespace weir::doctor {

// What files and requests refer to by name.
enum class Thing : std::uint8_t { kTopic, kRole, kBucket, kAlarm };
[[nodiscard]] std::string_view name_of(Thing thing);

// A name that something goes by, or that somebody uses. "<...>" in it stands for what only a
// deployment tells: "<stack>-logs-<AWS::AccountId>".
struct Named {
  Thing thing = Thing::kTopic;
  std::string name;
  std::string place;
  std::string subject;  // who uses it: "alarm High-Packet-Loss"
};

// Data that is put: a namespace, and the names of the dimensions it has.
struct Published {
  std::string name_space;
  bool is_prefix = false;                           // the rest is made at run time
  std::optional<std::set<std::string>> dimensions;  // nullopt: not told
  std::string place;
};

// A metric that is looked at.
struct Watched {
  enum class By : std::uint8_t { kAlarm, kDashboard, kCode } by = By::kAlarm;
  std::string subject;
  std::string name_space;
  std::string metric;
  std::set<std::string> dimensions;
  std::string place;
};

// A layout of flow logs to be created: "${version} ${start} ...".
struct LogFormat {
  std::string text;
  std::string subject;
  std::string place;
};

struct LogQuery {
  std::string text;
  std::string subject;
  std::string place;
};

// A set of files, as far as doctor understands them.
struct Setup {
  std::vector<Named> made;
  std::vector<Named> used;
  std::vector<Published> published;
  std::vector<Watched> watched;
  std::vector<LogFormat> formats;
  std::vector<LogQuery> queries;
  std::vector<Finding> findings;  // of readers, about one place alone
};

// Adds what shows only where all of it is compared.
void check_setup(const Setup& setup, std::vector<Finding>& findings);

// "arn:aws:sns:us-west-2:123456789012:network-alerts" -> the topic of that name; nullopt where it
// is no ARN of a topic or a role.
[[nodiscard]] std::optional<Named> named_of_arn(const std::string& arn);
// "{InstanceId, VpcId}", or "no dimensions".
[[nodiscard]] std::string dimensions_text(const std::set<std::string>& names);
// Whether a name with "<...>" in it may be that name.
[[nodiscard]] bool may_be(std::string_view pattern, std::string_view name);

}  // namespace weir::doctor
