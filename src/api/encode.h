#pragma once

#include <string>
#include <string_view>

#include "api/service.h"
#include "format/xml_writer.h"

namespace weir::api {

// Writes a value's members as elements, by the shape: lists as <member> (EC2: <item>), maps as
// <entry><key/><value/></entry>, doubles with a point, times as ISO 8601. What the shape lacks is
// not written.
void encode_xml(const Tree& tree, const Shape& shape, bool is_ec2, format::XmlWriter& xml);

}  // namespace weir::api
