#include "store/presence.h"

#include <numeric>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"

namespace weir::store {

void PresenceBuilder::add_block(const std::uint32_t* codes, std::size_t num_rows,
                                std::size_t num_codes) {
  last_block_.resize(num_codes, 0);
  ++num_blocks_;
  for (std::size_t i = 0; i < num_rows; ++i) {
    if (last_block_[codes[i]] != num_blocks_) {
      last_block_[codes[i]] = num_blocks_;
      codes_.push_back(codes[i]);
    }
  }
  ends_.push_back(static_cast<std::uint32_t>(codes_.size()));
}

void PresenceBuilder::write(std::size_t num_codes, std::string& out) const {
  std::vector<std::uint64_t> counts(num_codes, 0);
  for (const std::uint32_t code : codes_) {
    ++counts[code];
  }
  std::vector<std::uint64_t> next(num_codes, 0);
  std::uint64_t total = 0;
  for (std::size_t code = 0; code < num_codes; ++code) {
    if (counts[code] * 4 > num_blocks_) {
      counts[code] = 0;
    }
    next[code] = total;
    total += counts[code];
  }
  std::vector<std::uint64_t> steps(total);
  std::vector<std::uint32_t> before(num_codes, 0);
  std::size_t at = 0;
  for (std::uint32_t block = 0; block < num_blocks_; ++block) {
    for (; at < ends_[block]; ++at) {
      const std::uint32_t code = codes_[at];
      if (counts[code] > 0) {
        steps[next[code]++] = block - before[code];
        before[code] = block;
      }
    }
  }
  std::string run;
  codec::encode_numbers(counts, codec::Preference::kSize, run);
  codec::put_text(run, out);
  run.clear();
  codec::put_varint(total, out);
  codec::encode_numbers(steps, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

Result<Presence> Presence::read(std::string_view bytes, std::size_t num_codes,
                                std::size_t num_blocks) {
  const auto damaged = [] {
    return fail(ErrorCode::kInput, "a segment's lists of blocks are damaged");
  };
  codec::ByteReader reader(bytes);
  codec::NumberDecoder decoder;
  Presence presence;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), num_codes));
  presence.begins_.resize(num_codes + 1);
  decoder.read(0, num_codes, presence.begins_.data());
  std::uint64_t total = 0;
  for (std::size_t code = 0; code < num_codes; ++code) {
    const std::uint32_t count = presence.begins_[code];
    presence.begins_[code] = static_cast<std::uint32_t>(total);
    total += count;
    if (count > num_blocks || total > codec::kMaxRun) {
      return damaged();
    }
  }
  presence.begins_[num_codes] = static_cast<std::uint32_t>(total);
  if (reader.varint() != total) {
    return damaged();
  }
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), total));
  presence.steps_.resize(total);
  decoder.read(0, total, presence.steps_.data());
  return reader.is_at_end() ? Result<Presence>(std::move(presence)) : damaged();
}

void Presence::mark(std::uint32_t code, std::vector<bool>& blocks) const {
  std::uint64_t block = 0;
  bool is_everywhere = begins_[code] == begins_[code + 1];
  for (std::uint32_t i = begins_[code]; i < begins_[code + 1]; ++i) {
    block += steps_[i];
    if (block >= blocks.size()) {  // no writer's list: it says nothing
      is_everywhere = true;
      break;
    }
    blocks[block] = true;
  }
  if (is_everywhere) {
    blocks.assign(blocks.size(), true);
  }
}

}  // namespace weir::store
