#include "intake/row_chooser.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ip_address.h"

namespace weir::intake {
namespace {

class ConnectionSample final : public RowChooser {
 public:
  explicit ConnectionSample(std::uint32_t rate) : rate_(rate) {}

  [[nodiscard]] const std::vector<std::string>& columns() const override { return columns_; }

  Result<void> choose(const column::Batch& batch, std::vector<std::uint32_t>& rows) override {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      flat_[c].copy_from(batch.columns[c]);
      flat_[c].flatten();
    }
    rows.clear();
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      const bool has_addresses = !flat_[0].is_null(row) && !flat_[1].is_null(row);
      if (!has_addresses || hash_at(row) % rate_ == 0) {
        rows.push_back(static_cast<std::uint32_t>(row));
      }
    }
    return {};
  }

 private:
  struct End {
    std::array<char, sizeof(IpAddress)> address{};
    std::int64_t port = -1;
  };

  [[nodiscard]] std::int64_t number_at(std::size_t column, std::size_t row) const {
    return flat_[column].is_null(row) ? -1 : flat_[column].data<std::int64_t>()[row];
  }
  [[nodiscard]] End end_at(std::size_t address, std::size_t port, std::size_t row) const {
    End end;
    std::memcpy(end.address.data(), &flat_[address].data<IpAddress>()[row], end.address.size());
    end.port = number_at(port, row);
    return end;
  }
  [[nodiscard]] std::uint64_t hash_at(std::size_t row) const {
    const auto hash_of_end = [](const End& end) {
      char bytes[sizeof end.address + sizeof end.port];
      std::memcpy(bytes, end.address.data(), sizeof end.address);
      std::memcpy(bytes + sizeof end.address, &end.port, sizeof end.port);
      return XXH3_64bits(bytes, sizeof bytes);
    };
    std::array<std::uint64_t, 3> parts{hash_of_end(end_at(0, 2, row)),
                                       hash_of_end(end_at(1, 3, row)), 0};
    std::sort(parts.begin(), parts.begin() + 2);
    parts[2] = static_cast<std::uint64_t>(number_at(4, row));
    return XXH3_64bits(parts.data(), sizeof parts);
  }

  std::uint32_t rate_;
  std::vector<std::string> columns_{"srcaddr", "dstaddr", "srcport", "dstport", "protocol"};
  std::array<column::Column, 5> flat_;
};

}  // namespace

std::unique_ptr<RowChooser> make_connection_sample(std::uint32_t rate) {
  return std::make_unique<ConnectionSample>(rate);
}

}  // namespace weir::intake
