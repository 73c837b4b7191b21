#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "format/cbor.h"

namespace weir::format {
namespace {

constexpr unsigned kIndefinite = 31;

double half_to_double(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const int mantissa = half & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent < 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  }
  return (half & 0x8000) != 0 ? -value : value;
}

class CborReader {
 public:
  CborReader(std::string_view bytes, const TreeLimits& limits) : bytes_(bytes), limits_(limits) {}

  Result<Tree> read_document() {
    WEIR_ASSIGN_OR_RETURN(Tree tree, read(0));
    if (at_ != bytes_.size()) {
      return bad("bytes behind the item");
    }
    return tree;
  }

 private:
  struct Head {
    unsigned major = 0;
    unsigned info = 0;
    std::uint64_t argument = 0;
  };

  [[nodiscard]] tl::unexpected<Error> bad(std::string_view what) const {
    return fail(ErrorCode::kInput, fmt::format("this is no CBOR: {} at byte {}", what, at_));
  }

  Result<Head> read_head() {
    if (at_ == bytes_.size()) {
      return bad("it ends too early");
    }
    const unsigned first = static_cast<unsigned char>(bytes_[at_++]);
    Head head{first >> 5U, first & 31U, first & 31U};
    if (head.info < 24) {
      return head;
    }
    if (head.info == kIndefinite) {
      head.argument = 0;
      return head;
    }
    if (head.info > 27) {
      return bad("a reserved length");
    }
    const std::size_t width = std::size_t{1} << (head.info - 24);
    if (bytes_.size() - at_ < width) {
      return bad("it ends too early");
    }
    head.argument = 0;
    for (std::size_t i = 0; i < width; ++i) {
      head.argument = (head.argument << 8) | static_cast<unsigned char>(bytes_[at_++]);
    }
    return head;
  }

  bool take_break() {
    if (at_ < bytes_.size() && static_cast<unsigned char>(bytes_[at_]) == 0xff) {
      ++at_;
      return true;
    }
    return false;
  }

  // Of strings of major type `major`, in one or several pieces.
  Result<std::string> read_string(const Head& head) {
    if (head.info != kIndefinite) {
      if (head.argument > bytes_.size() - at_) {
        return bad("a string longer than what is left");
      }
      std::string text(bytes_.substr(at_, head.argument));
      at_ += head.argument;
      return text;
    }
    std::string text;
    while (!take_break()) {
      WEIR_ASSIGN_OR_RETURN(const Head piece, read_head());
      if (piece.major != head.major || piece.info == kIndefinite) {
        return bad("a string's piece of another type");
      }
      WEIR_ASSIGN_OR_RETURN(const std::string part, read_string(piece));
      text += part;
    }
    return text;
  }

  Result<Tree> read_list(const Head& head, std::size_t depth) {
    Tree tree = Tree::list();
    const bool is_open = head.info == kIndefinite;
    for (std::uint64_t i = 0; is_open ? !take_break() : i < head.argument; ++i) {
      WEIR_ASSIGN_OR_RETURN(Tree item, read(depth + 1));
      tree.push(std::move(item));
    }
    return tree;
  }

  Result<Tree> read_map(const Head& head, std::size_t depth) {
    Tree tree = Tree::map();
    const bool is_open = head.info == kIndefinite;
    for (std::uint64_t i = 0; is_open ? !take_break() : i < head.argument; ++i) {
      WEIR_ASSIGN_OR_RETURN(const Head key, read_head());
      if (key.major != 3) {
        return bad("a key that is no text");
      }
      WEIR_ASSIGN_OR_RETURN(std::string name, read_string(key));
      WEIR_ASSIGN_OR_RETURN(Tree value, read(depth + 1));
      tree.append(std::move(name), std::move(value));
    }
    return tree;
  }

  Result<Tree> read_tagged(const Head& head, std::size_t depth) {
    WEIR_ASSIGN_OR_RETURN(Tree value, read(depth + 1));
    if (head.argument != 1) {
      return value;
    }
    if (!value.is_integer() && !value.is_double()) {
      return bad("a time that is no number");
    }
    const double ms = value.number() * 1000;
    if (!(std::fabs(ms) < 1e16)) {
      return bad("a time out of range");
    }
    return Tree::time(std::llround(ms));
  }

  Result<Tree> read_simple(const Head& head) {
    switch (head.info) {
      case 20:
        return Tree(false);
      case 21:
        return Tree(true);
      case 22:
      case 23:
        return Tree();
      case 25:
        return Tree(half_to_double(static_cast<std::uint16_t>(head.argument)));
      case 26:
        return Tree(
            static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument))));
      case 27:
        return Tree(std::bit_cast<double>(head.argument));
      default:
        return bad("an unknown simple value");
    }
  }

  Result<Tree> read(std::size_t depth) {
    if (depth >= limits_.max_depth) {
      return fail(ErrorCode::kLimit,
                  fmt::format("CBOR is nested deeper than {}", limits_.max_depth));
    }
    if (++num_nodes_ > limits_.max_nodes) {
      return fail(ErrorCode::kLimit, fmt::format("CBOR of more than {} values", limits_.max_nodes));
    }
    WEIR_ASSIGN_OR_RETURN(const Head head, read_head());
    const bool may_be_open = head.major >= 2 && head.major <= 5;
    if (head.info == kIndefinite && !may_be_open) {
      return bad("an end without a beginning");
    }
    switch (head.major) {
      case 0:
        return head.argument > INT64_MAX ? Tree(static_cast<double>(head.argument))
                                         : Tree(static_cast<std::int64_t>(head.argument));
      case 1:
        return head.argument > INT64_MAX ? Tree(-1.0 - static_cast<double>(head.argument))
                                         : Tree(-1 - static_cast<std::int64_t>(head.argument));
      case 2: {
        WEIR_ASSIGN_OR_RETURN(std::string value, read_string(head));
        return Tree(Bytes{std::move(value)});
      }
      case 3: {
        WEIR_ASSIGN_OR_RETURN(std::string value, read_string(head));
        return Tree(std::move(value));
      }
      case 4:
        return read_list(head, depth);
      case 5:
        return read_map(head, depth);
      case 6:
        return read_tagged(head, depth);
      default:
        return read_simple(head);
    }
  }

  std::string_view bytes_;
  const TreeLimits& limits_;
  std::size_t at_ = 0;
  std::size_t num_nodes_ = 0;
};

}  // namespace

Result<Tree> read_cbor(std::string_view bytes, const TreeLimits& limits) {
  return CborReader(bytes, limits).read_document();
}

}  // namespace weir::format
