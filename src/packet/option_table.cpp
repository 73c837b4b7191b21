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
  const auto is_gateway = [&](std::uint8_t type, std::size_t length) {
    const OptionRow* const row = find(kAmazonGatewayClass, type, length).row;
    return row != nullptr && row->gateway_id != 0;
  };
  reads_gateway_ids_ = is_gateway(1, 8) && is_gateway(2, 8) && is_gateway(3, 4);
}

void OptionTable::add(std::span<const OptionRow> rows) {
  for (const OptionRow& row : rows) {
    rows_.push_back(row);
    if (row.is_understood) {
      for (std::uint32_t c = row.first_class; c <= row.last_class; ++c) {
        has_rows_[bucket(static_cast<std::uint16_t>(c))] = true;
      }
    } else {
      has_rows_.fill(true);
    }
  }
}

OptionTable::Match OptionTable::find(std::uint16_t option_class, std::uint8_t type,
                                     std::size_t length) const noexcept {
  Match match;
  if (!has_rows_[bucket(option_class)]) {
    return match;
  }
  for (const OptionRow& row : rows_) {
    if (option_class < row.first_class || option_class > row.last_class ||
        (row.type >= 0 && row.type != type)) {
      continue;
    }
    if (length >= row.min_length && length <= row.max_length) {
      match.row = &row;
      match.is_wrong_length &= !row.is_understood;
      return match;
    }
    match.is_wrong_length |= row.is_understood;
  }
  return match;
}

bool OptionTable::knows(std::uint16_t option_class, std::uint8_t type) const noexcept {
  if (custom_decoder(option_class) != nullptr) {
    return true;
  }
  return std::any_of(rows_.begin(), rows_.end(), [&](const OptionRow& row) {
    return row.is_understood && option_class >= row.first_class && option_class <= row.last_class &&
           (row.type < 0 || row.type == type);
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
