#include "packet/option_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "packet/option_rows.h"

namespace weir::packet {

Result<std::vector<Profile>> parse_profiles(std::string_view list) {
  std::vector<Profile> profiles;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (name == "gwlb") {
      profiles.push_back(Profile::kGwlb);
    } else if (name == "libgeneve") {
      profiles.push_back(Profile::kLibgeneve);
    } else if (name == "libgeneve16") {
      profiles.push_back(Profile::kLibgeneve16);
    } else {
      return fail(ErrorCode::kUsage,
                  fmt::format("there is no option profile '{}'; there are gwlb, libgeneve and "
                              "libgeneve16",
                              name));
    }
  }
  return profiles;
}

OptionTable::OptionTable(std::span<const Profile> profiles) {
  bool is_compatible = false;
  const auto add = [&](std::span<const OptionRow> rows) {
    rows_.insert(rows_.end(), rows.begin(), rows.end());
  };
  for (const Profile profile : profiles) {
    add(rows_of(profile));
    is_compatible |= profile != Profile::kGwlb;
  }
  add(vendor_rows());
  if (is_compatible) {
    add(guessing_rows());
  } else {
    add(google_rows());
  }
  index_rows();
  const auto is_gateway = [&](std::uint8_t type, std::size_t length) {
    const OptionRow* const row = find(kAmazonGatewayClass, type, length).row;
    return row != nullptr && row->gateway_id != 0;
  };
  reads_gateway_ids_ = is_gateway(1, 8) && is_gateway(2, 8) && is_gateway(3, 4);
}

void OptionTable::index_rows() {
  std::vector<std::vector<std::uint16_t>> rows_of_bucket(kBuckets);
  const auto note = [&](std::size_t own, std::uint16_t row) {
    if (rows_of_bucket[own].empty() || rows_of_bucket[own].back() != row) {
      rows_of_bucket[own].push_back(row);
    }
  };
  for (std::size_t index = 0; index < rows_.size(); ++index) {
    const auto i = static_cast<std::uint16_t>(index);
    const OptionRow& row = rows_[index];
    const bool is_everywhere = row.last_class - row.first_class >= 0x100;
    for (std::size_t own = 0; is_everywhere && own < kBuckets; ++own) {
      note(own, i);
    }
    for (std::uint32_t c = row.first_class; !is_everywhere && c <= row.last_class; ++c) {
      const unsigned first_type = row.type < 0 ? 0 : static_cast<unsigned>(row.type);
      const unsigned last_type = row.type < 0 ? 0xff : first_type;
      for (unsigned type = first_type; type <= last_type; ++type) {
        note(bucket(static_cast<std::uint16_t>(c), static_cast<std::uint8_t>(type)), i);
      }
    }
  }
  for (std::size_t own = 0; own < kBuckets; ++own) {
    first_key_[own] = static_cast<std::uint16_t>(keys_.size());
    for (const std::uint16_t i : rows_of_bucket[own]) {
      const OptionRow& row = rows_[i];
      keys_.push_back({row.first_class, row.last_class, row.type, row.min_length, row.max_length,
                       row.is_understood, i});
    }
  }
  first_key_[kBuckets] = static_cast<std::uint16_t>(keys_.size());
}

OptionTable::Match OptionTable::find(std::uint16_t option_class, std::uint8_t type,
                                     std::size_t length) const noexcept {
  Match match;
  for (const RowKey& key : keys_of(option_class, type)) {
    if (option_class < key.first_class || option_class > key.last_class ||
        (key.type >= 0 && key.type != type)) {
      continue;
    }
    if (length >= key.min_length && length <= key.max_length) {
      match.row = &rows_[key.row];
      match.is_wrong_length &= !key.is_understood;
      return match;
    }
    match.is_wrong_length |= key.is_understood;
  }
  return match;
}

bool OptionTable::knows(std::uint16_t option_class, std::uint8_t type) const noexcept {
  if (custom_decoder(option_class) != nullptr) {
    return true;
  }
  const auto keys = keys_of(option_class, type);
  return std::any_of(keys.begin(), keys.end(), [&](const RowKey& key) {
    return key.is_understood && option_class >= key.first_class && option_class <= key.last_class &&
           (key.type < 0 || key.type == type);
  });
}

void OptionTable::register_decoder(std::uint16_t option_class, OptionDecoder decoder) {
  unregister_decoder(option_class);
  custom_.emplace_back(option_class, std::move(decoder));
}

void OptionTable::unregister_decoder(std::uint16_t option_class) {
  std::erase_if(custom_, [&](const auto& entry) { return entry.first == option_class; });
}

const OptionDecoder* OptionTable::custom_decoder(std::uint16_t option_class) const noexcept {
  for (const auto& [own_class, decoder] : custom_) {
    if (own_class == option_class) {
      return &decoder;
    }
  }
  return nullptr;
}

}  // namespace weir::packet
