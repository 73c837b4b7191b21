// A body of PutMetricData as JSON: whatever is read of it where it lies, the tree must give too.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/cloudwatch/cloudwatch_service.h"
#include "api/cloudwatch/put_input.h"
#include "api/decode.h"
#include "api/put_input_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::api::cloudwatch::PutInput;
  static const weir::api::Service kService = weir::api::cloudwatch::make_cloudwatch_service();
  const std::string body(reinterpret_cast<const char*>(data), size);
  PutInput plain;
  if (!plain.read_json(body)) {
    return 0;
  }
  const auto& shape = *kService.shapes.find("PutMetricData")->input;
  auto json = weir::format::read_json(body);
  const auto tree = json ? weir::api::decode_tree(std::move(*json), shape)
                         : weir::api::Outcome(weir::api::refuse("no JSON", ""));
  if (!tree || !weir::api::validate(*tree, shape)) {
    std::abort();
  }
  PutInput slow;
  slow.read_tree(*tree);
  if (text_of(plain) != text_of(slow)) {
    std::abort();
  }
  return 0;
}
