// A decoder of one's own: the second document's service, region and account, for options of 16
// bytes or more of Amazon's class 0x0105.

#include <weir/packet/vendor_option.h>

#include <cinttypes>
#include <cstdio>

#include "sample.h"

int main() {
  using namespace weir::packet;
  Parser parser;
  parser.register_decoder(0x0105, [](const OptionView& option, FieldMap& fields) {
    if (option.data.size() < 16) {
      return false;  // not mine: the built-in layouts may try
    }
    const std::byte* const data = option.data.data();
    fields.set("service", std::uint64_t{load_be32(data)});
    fields.set("region", std::uint64_t{load_be32(data + 4)});
    fields.set("account", load_be64(data + 8));
    return true;
  });

  std::byte data[16]{};
  store_be32(data, 42);
  store_be32(data + 4, 7);
  store_be64(data + 8, 0x1122334455667788);
  const Bytes packet = GeneveBuilder().option(0x0105, 1, data).build().value();
  PacketView view;
  if (parser.parse_geneve(packet, view) != Verdict::kKept) {
    return 1;
  }
  for (const VendorOption& option : decode_options(parser, view)) {
    if (option.vendor.name == "Amazon" && option.is_decoded) {
      std::printf("AWS Service: %" PRIu64 ", Region: %" PRIu64 ", Account: 0x%016" PRIx64 "\n",
                  *option.fields.get<std::uint64_t>("service"),
                  *option.fields.get<std::uint64_t>("region"),
                  *option.fields.get<std::uint64_t>("account"));
    }
  }
  return 0;
}
