#include <fmt/format.h>

#include <cmath>

#include "api/encode.h"
#include "base/time_text.h"
#include "format/base64.h"

namespace weir::api {
namespace {

std::string double_text(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "Infinity" : "-Infinity";
  }
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

// With milliseconds, always: what AWS writes.
std::string time_text(TimeMs time) {
  const CivilTime civil = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", civil.year, civil.month,
                     civil.day, civil.hour, civil.minute, civil.second, civil.millisecond);
}

std::string scalar_text(const Tree& tree, const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kInteger:
      return std::to_string(tree.integer());
    case Shape::Kind::kDouble:
      return double_text(tree.number());
    case Shape::Kind::kBoolean:
      return tree.boolean() ? "true" : "false";
    case Shape::Kind::kTime:
      return time_text(tree.time_ms());
    case Shape::Kind::kBytes:
      return format::encode_base64(tree.bytes());
    default:
      return tree.text();
  }
}

void encode_value(std::string_view name, const Tree& tree, const Shape& shape, bool is_ec2,
                  format::XmlWriter& xml) {
  xml.open(name);
  if (shape.kind == Shape::Kind::kStructure) {
    encode_xml(tree, shape, is_ec2, xml);
  } else if (shape.kind == Shape::Kind::kList) {
    for (const Tree& item : tree.items()) {
      encode_value(is_ec2 ? "item" : "member", item, *shape.item, is_ec2, xml);
    }
  } else if (shape.kind == Shape::Kind::kMap) {
    for (const auto& [key, item] : tree.members()) {
      xml.open("entry");
      xml.element("key", key);
      encode_value("value", item, *shape.item, is_ec2, xml);
      xml.close();
    }
  } else {
    xml.text(scalar_text(tree, shape));
  }
  xml.close();
}

}  // namespace

void encode_xml(const Tree& tree, const Shape& shape, bool is_ec2, format::XmlWriter& xml) {
  for (const Member& member : shape.members) {
    const Tree& value = tree[member.name];
    if (!value.is_null()) {
      encode_value(is_ec2 ? member.wire_name : member.name, value, *member.shape, is_ec2, xml);
    }
  }
}

}  // namespace weir::api
