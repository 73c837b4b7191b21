#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::api {

struct Shape;

// A member of a structure.
struct Member {
  std::string name;
  std::string wire_name;  // where EC2 and query lists call it otherwise; else `name`
  const Shape* shape = nullptr;
  bool is_required = false;
};

// What a value of an operation's input or output looks like. Immutable once parsed.
struct Shape {
  enum class Kind : std::uint8_t {
    kText,
    kInteger,
    kDouble,
    kBoolean,
    kTime,
    kBytes,
    kList,
    kMap,  // from text
    kStructure,
  };
  Kind kind = Kind::kText;
  std::string name;                    // of a structure
  std::vector<Member> members;         // of a structure; 64 at most
  std::uint64_t required_members = 0;  // a bit each
  const Shape* item = nullptr;         // of a list's items and a map's values
  // Bounds of an integer, of a text's length or of a list's size.
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  std::vector<std::string> choices;  // of a text; none: any
};

// What a key must be allowed to do, to call an operation; and what a key may, which is one of
// these, or ingest beside another.
enum class KeyScope : std::uint8_t {
  kIngest,
  kRead,
  kOperate,
  kRespond,
  kAdmin,
  kIngestRead,
  kIngestOperate,
  kIngestRespond,
};

struct OperationShape {
  const Shape* input = nullptr;
  const Shape* output = nullptr;  // null: answers with nothing
  KeyScope scope = KeyScope::kAdmin;
  bool is_open = false;  // for anybody: a secret in the input is what authorises it
};

// The shapes of one service, written in a small language:
//
//   Dimension { Name! text(1..255), Value! text }
//   PutMetricDataInput { Namespace! text, MetricData [MetricDatum], State text(OK|ALARM), Tags
//   {text} } operation PutMetricData(PutMetricDataInput) ingest operation
//   ListMetrics(ListMetricsInput) -> ListMetricsOutput read
//
// `!` marks what must be given, [X] a list, {X} a map from text, (a..b) bounds, @name the name that
// EC2 gives a member; types are text, integer, double, boolean, time, bytes and structures, named
// before or after their use.
class ShapeTable {
 public:
  // An error names the line: of who writes shapes, so a test parses all of them.
  [[nodiscard]] static Result<ShapeTable> parse(std::string_view text);

  [[nodiscard]] const OperationShape* find(std::string_view operation) const;
  [[nodiscard]] const std::map<std::string, OperationShape, std::less<>>& operations() const {
    return operations_;
  }

 private:
  friend class ShapeParser;
  std::deque<Shape> shapes_;  // stay where they are
  std::map<std::string, Shape*, std::less<>> structures_;
  std::map<std::string, OperationShape, std::less<>> operations_;
};

}  // namespace weir::api
