#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "packet/field_map.h"
#include "packet/option.h"

namespace weir::packet {

// Which layouts the options of a class are read by. The compatible ones replace the Amazon and the
// Google rows alone; all other vendors' rows are always there.
enum class Profile : std::uint8_t {
  kGwlb,         // AWS Gateway Load Balancer and its twin at Tencent
  kLibgeneve,    // the layout of libgeneve-go: vpc_id, task_arn, cluster_name
  kLibgeneve16,  // service_code, region_code, account_hash
};
// Reads "gwlb,libgeneve".
[[nodiscard]] Result<std::vector<Profile>> parse_profiles(std::string_view list);

// How options of a class and type are read. `decode` is called only for data whose length lies
// within the bounds.
struct OptionRow {
  std::uint16_t first_class;
  std::uint16_t last_class;
  std::int16_t type;  // -1: any
  std::uint8_t min_length;
  std::uint8_t max_length;
  std::string_view name;
  void (*decode)(const OptionView& option, FieldMap& fields);
  std::uint8_t gateway_id = 0;  // bit of GatewayIds::present that the option gives
  bool is_understood = true;    // false: a guess at the bytes, which makes no critical option known
};

// A decoder of one's own. Returns false for "not mine".
using OptionDecoder = std::function<bool(const OptionView& option, FieldMap& fields)>;

// Finds the row of an option: the first that matches class, type and length, in the order of the
// profiles. Built once; immutable but for decoders of one's own.
class OptionTable {
 public:
  explicit OptionTable(std::span<const Profile> profiles);

  struct Match {
    const OptionRow* row = nullptr;
    bool is_wrong_length = false;  // class and type are known, this length is not
  };
  [[nodiscard]] Match find(std::uint16_t option_class, std::uint8_t type,
                           std::size_t length) const noexcept;
  // Class and type have a meaning here: a critical option of them need not be dropped.
  [[nodiscard]] bool knows(std::uint16_t option_class, std::uint8_t type) const noexcept;
  // The gateway's three options are read as such, so that PacketView::gateway is true.
  [[nodiscard]] bool reads_gateway_ids() const noexcept { return reads_gateway_ids_; }

  // Overrides the rows of a class. The decoder may throw: that is counted, and parsing goes on.
  void register_decoder(std::uint16_t option_class, OptionDecoder decoder);
  void unregister_decoder(std::uint16_t option_class);
  [[nodiscard]] const OptionDecoder* custom_decoder(std::uint16_t option_class) const noexcept;

 private:
  static constexpr std::size_t kBuckets = 1024;
  [[nodiscard]] static std::size_t bucket(std::uint16_t option_class, std::uint8_t type) noexcept {
    return (option_class ^ (option_class >> 8) ^ (type * 5U)) % kBuckets;
  }
  // What find() compares of a row: a packet may have 63 options, and each is looked up.
  struct RowKey {
    std::uint16_t first_class;
    std::uint16_t last_class;
    std::int16_t type;
    std::uint8_t min_length;
    std::uint8_t max_length;
    bool is_understood;
    std::uint16_t row;
  };
  [[nodiscard]] std::span<const RowKey> keys_of(std::uint16_t option_class,
                                                std::uint8_t type) const noexcept {
    const std::size_t own = bucket(option_class, type);
    return {keys_.data() + first_key_[own], keys_.data() + first_key_[own + 1]};
  }
  void index_rows();

  std::vector<OptionRow> rows_;
  std::vector<RowKey> keys_;                             // by bucket, in the order of the rows
  std::array<std::uint16_t, kBuckets + 1> first_key_{};  // of each bucket: most have none
  std::vector<std::pair<std::uint16_t, OptionDecoder>> custom_;
  bool reads_gateway_ids_ = false;
};

}  // namespace weir::packet
