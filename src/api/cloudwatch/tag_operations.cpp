#include "api/cloudwatch/tag_operations.h"

#include <fmt/format.h>

#include "api/cloudwatch/metric_operations.h"

namespace weir::api::cloudwatch {

void add_tag_operations(Service& service, ResourceTags& tags,
                        std::function<bool(const Call&, const std::string&)> exists) {
  using Step = Outcome (*)(ResourceTags&, const std::string&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [&tags, exists, step](const Call& call,
                                                     const Tree& input) -> Outcome {
      const std::string& arn = input["ResourceARN"].text();
      if (!exists(call, arn)) {
        ApiError error{"ResourceNotFoundException", fmt::format("Resource not found: {}", arn),
                       404};
        return tl::unexpected<ApiError>(std::move(error));
      }
      return step(tags, arn, input);
    };
  };
  add("ListTagsForResource",
      [](ResourceTags& all, const std::string& arn, const Tree& /*input*/) -> Outcome {
        auto list = all.list(arn);
        return list ? Outcome(Tree::map({{"Tags", std::move(*list)}}))
                    : Outcome(as_failure(list.error()));
      });
  add("TagResource", [](ResourceTags& all, const std::string& arn, const Tree& input) -> Outcome {
    const auto done = all.put(arn, input["Tags"]);
    return done ? Outcome(Tree()) : Outcome(as_failure(done.error()));
  });
  add("UntagResource", [](ResourceTags& all, const std::string& arn, const Tree& input) -> Outcome {
    const auto done = all.remove(arn, input["TagKeys"].texts());
    return done ? Outcome(Tree()) : Outcome(as_failure(done.error()));
  });
}

}  // namespace weir::api::cloudwatch
