#include "store/manifest_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/manifest_fixture.h"

namespace weir::store {
namespace {

using ::testing::HasSubstr;

Edit full_edit() {
  Edit edit = batch_edit(14);
  edit.put_tables.push_back(flows_table());
  edit.add_segments.push_back(segment_of(7));
  edit.add_segments.back().min_time.reset();
  edit.add_segments.back().max_time.reset();
  edit.put_retention.push_back({"events", std::nullopt, UINT64_MAX});
  edit.next_segment_id = 0;
  edit.next_ordinal = UINT64_MAX;
  return edit;
}

TEST(ManifestCodecTest, DecodesWhatItEncodes) {
  EXPECT_EQ(decode_edit(encode_edit(full_edit())).value(), full_edit());
  EXPECT_EQ(decode_edit("").value(), Edit());
}

TEST(ManifestCodecTest, EveryCutIsRefusedOrEndsBetweenFields) {
  const std::string whole = encode_edit(full_edit());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto edit = decode_edit(whole.substr(0, size));
    if (edit) {
      EXPECT_EQ(encode_edit(*edit).size(), size);
    } else {
      EXPECT_EQ(edit.error().code, ErrorCode::kInput);
    }
  }
}

TEST(ManifestCodecTest, UnknownFieldsNameTheFormatVersion) {
  std::string bytes = encode_edit(batch_edit(1));
  codec::put_varint(99, bytes);
  codec::put_text("of the future", bytes);
  const auto edit = decode_edit(bytes);
  ASSERT_FALSE(edit);
  EXPECT_EQ(edit.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(edit.error().message, HasSubstr("field 99 of an edit is unknown to this Weir, whose "
                                              "manifest format version is 1"));
}

TEST(ManifestCodecTest, AnyBytesAreDecodedOrRefused) {
  const std::string whole = encode_edit(full_edit());
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (std::uint64_t change = random.below(4); change < 4; ++change) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (const auto edit = decode_edit(bytes)) {
      EXPECT_EQ(decode_edit(encode_edit(*edit)).value(), *edit) << i;
    }
  }
}

TEST(ByteCodingTest, VarintsAndZigzags) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                    std::uint64_t{1} << 35, UINT64_MAX}) {
    std::string bytes;
    codec::put_varint(value, bytes);
    codec::put_varint(codec::to_zigzag(static_cast<std::int64_t>(value)), bytes);
    codec::put_fixed(value, bytes);
    codec::ByteReader reader(bytes);
    EXPECT_EQ(reader.varint(), value);
    EXPECT_EQ(reader.zigzag(), static_cast<std::int64_t>(value));
    EXPECT_EQ(reader.fixed<std::uint64_t>(), value);
    EXPECT_TRUE(reader.is_at_end());
    EXPECT_EQ(reader.varint(), 0U);
    EXPECT_FALSE(reader.is_good());
  }
  EXPECT_EQ(codec::ByteReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02").varint(), 0U);
}

}  // namespace
}  // namespace weir::store
