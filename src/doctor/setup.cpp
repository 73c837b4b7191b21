#include "doctor/setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/nearest_name.h"
#include "doctor/format_check.h"
#include "doctor/query_check.h"

namespace weir::doctor {
namespace {

void check_names(const Setup& setup, std::vector<Finding>& findings) {
  for (const Named& use : setup.used) {
    std::vector<std::string> names;
    bool is_made = false;
    for (const Named& made : setup.made) {
      if (made.thing == use.thing) {
        // Programs compare with a part of an alarm's name.
        is_made = is_made || may_be(made.name, use.name) ||
                  (use.thing == Thing::kAlarm && made.name.find(use.name) != std::string::npos);
        names.push_back(made.name);
      }
    }
    const bool needs_company = use.thing == Thing::kBucket || use.thing == Thing::kAlarm;
    if (is_made || use.name.empty() || (needs_company && names.empty())) {
      continue;  // a bucket or an alarm of elsewhere is nothing unusual where none is made here
    }
    std::string message =
        fmt::format("the {} '{}' is made by nothing here", name_of(use.thing), use.name);
    if (!names.empty()) {
      message += fmt::format("; what is made: {}", fmt::join(names, ", "));
    }
    std::string fix;
    switch (use.thing) {
      case Thing::kTopic:
        fix = fmt::format("aws sns create-topic --name {}", use.name);
        break;
      case Thing::kRole:
        fix = fmt::format("aws iam create-role --role-name {} --assume-role-policy-document ...",
                          use.name);
        break;
      case Thing::kBucket:
        fix = fmt::format("use {}", names.front());
        break;
      case Thing::kAlarm:
        fix = fmt::format("create it, or handle one that there is");
        break;
    }
    constexpr std::string_view kRules[] = {"topic_missing", "role_missing", "bucket_missing",
                                           "alarm_missing"};
    findings.push_back({Severity::kError, std::string(kRules[static_cast<std::size_t>(use.thing)]),
                        use.place, use.subject, std::move(message), std::move(fix)});
  }
}

bool publishes_to(const Published& published, std::string_view name_space) {
  return published.is_prefix ? name_space.starts_with(published.name_space)
                             : name_space == published.name_space;
}

// Of one widget or alarm, all metrics of a namespace that are looked at with the same dimensions.
void check_watched(const Setup& setup, std::vector<Finding>& findings) {
  std::map<std::tuple<std::string, std::string, std::string, std::set<std::string>>,
           std::vector<std::string>>
      groups;  // place, subject, namespace, dimensions -> metrics
  for (const Watched& watched : setup.watched) {
    groups[{watched.place, watched.subject, watched.name_space, watched.dimensions}].push_back(
        watched.metric);
  }
  for (const auto& [key, metrics] : groups) {
    const auto& [place, subject, name_space, dimensions] = key;
    const Published* other = nullptr;
    bool is_fed = false;
    for (const Published& published : setup.published) {
      if (!publishes_to(published, name_space)) {
        continue;
      }
      const bool fits = !published.dimensions || *published.dimensions == dimensions;
      is_fed = is_fed || fits;
      other = fits ? other : &published;
    }
    if (is_fed || other == nullptr) {
      continue;
    }
    findings.push_back(
        {Severity::kError, "dimensions_differ", place, subject,
         fmt::format("looks at {} {} with {}, which {} publishes with {}: another series, so it "
                     "never sees data",
                     name_space, fmt::join(metrics, ", "), dimensions_text(dimensions),
                     other->place, dimensions_text(*other->dimensions)),
         dimensions.empty()
             ? fmt::format("name the dimensions, publish each datum without dimensions as well, or "
                           "let Weir do that: weir serve with metrics.dimensionless_rollup = "
                           "[\"{}\"]",
                           name_space)
             : std::string("name exactly the dimensions that are published")});
  }
}

void check_published(const Setup& setup, std::vector<Finding>& findings) {
  const bool has_watchers =
      std::any_of(setup.watched.begin(), setup.watched.end(),
                  [](const Watched& watched) { return watched.by != Watched::By::kCode; });
  if (!has_watchers) {
    return;
  }
  for (const Published& published : setup.published) {
    const bool is_seen = std::any_of(
        setup.watched.begin(), setup.watched.end(),
        [&](const Watched& watched) { return publishes_to(published, watched.name_space); });
    if (!is_seen) {
      findings.push_back(
          {Severity::kWarning, "namespace_unwatched", published.place,
           fmt::format("namespace {}", published.name_space),
           fmt::format("is published here, and no alarm and no dashboard looks at {}{}",
                       published.name_space, published.is_prefix ? "..." : ""),
           "publish into a namespace that is watched, or watch this one"});
    }
  }
}

}  // namespace

std::string_view name_of(Thing thing) {
  constexpr std::string_view kNames[] = {"topic", "role", "bucket", "alarm"};
  return kNames[static_cast<std::size_t>(thing)];
}

std::optional<Named> named_of_arn(const std::string& arn) {
  if (!arn.starts_with("arn:aws")) {
    return std::nullopt;
  }
  if (arn.find(":sns:") != std::string::npos) {
    return Named{Thing::kTopic, arn.substr(arn.rfind(':') + 1), "", ""};
  }
  if (arn.find(":iam:") != std::string::npos && arn.find(":role/") != std::string::npos &&
      arn.find(":aws:policy") == std::string::npos) {
    return Named{Thing::kRole, arn.substr(arn.rfind('/') + 1), "", ""};
  }
  return std::nullopt;
}

std::string dimensions_text(const std::set<std::string>& names) {
  return names.empty() ? "no dimensions" : fmt::format("{{{}}}", fmt::join(names, ", "));
}

bool may_be(std::string_view pattern, std::string_view name) {
  const auto literal_before = [](std::string_view text) { return text.substr(0, text.find('<')); };
  std::string_view literal = literal_before(pattern);
  if (literal.size() == pattern.size() || pattern.find('>') == std::string_view::npos) {
    return pattern == name;
  }
  if (!name.starts_with(literal)) {
    return false;
  }
  name.remove_prefix(literal.size());
  pattern.remove_prefix(literal.size());
  while (!pattern.empty()) {  // at "<...>": what follows it is looked for, the first place will do
    const std::size_t end = pattern.find('>');
    pattern = end == std::string_view::npos ? std::string_view() : pattern.substr(end + 1);
    literal = literal_before(pattern);
    if (literal.size() == pattern.size()) {
      return name.ends_with(literal);
    }
    const std::size_t found = name.find(literal);
    if (found == std::string_view::npos) {
      return false;
    }
    name.remove_prefix(found + literal.size());
    pattern.remove_prefix(literal.size());
  }
  return true;
}

void check_setup(const Setup& setup, std::vector<Finding>& findings) {
  findings.insert(findings.end(), setup.findings.begin(), setup.findings.end());
  check_names(setup, findings);
  check_watched(setup, findings);
  check_published(setup, findings);
  for (const LogFormat& format : setup.formats) {
    check_format(format, findings);
  }
  check_queries(setup.queries, findings);
}

}  // namespace weir::doctor
