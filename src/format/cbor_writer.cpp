#include <bit>
#include <cstdint>

#include "format/cbor.h"

namespace weir::format {
namespace {

void write_head(unsigned major, std::uint64_t argument, std::string& out) {
  const auto first = [&](unsigned info) { return static_cast<char>((major << 5) | info); };
  if (argument < 24) {
    out += first(static_cast<unsigned>(argument));
    return;
  }
  const int width = argument <= 0xff ? 1 : argument <= 0xffff ? 2 : argument <= 0xffffffff ? 4 : 8;
  out += first(24 + static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(width))));
  for (int i = width - 1; i >= 0; --i) {
    out += static_cast<char>(argument >> (8 * i));
  }
}

void write_integer(std::int64_t value, std::string& out) {
  if (value >= 0) {
    write_head(0, static_cast<std::uint64_t>(value), out);
  } else {
    write_head(1, static_cast<std::uint64_t>(-1 - value), out);
  }
}

void write_double(double value, std::string& out) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  out += '\xfb';
  for (int i = 7; i >= 0; --i) {
    out += static_cast<char>(bits >> (8 * i));
  }
}

void write(const Tree& tree, std::string& out) {
  if (tree.is_bool()) {
    out += tree.boolean() ? '\xf5' : '\xf4';
  } else if (tree.is_integer()) {
    write_integer(tree.integer(), out);
  } else if (tree.is_double()) {
    write_double(tree.number(), out);
  } else if (tree.is_text()) {
    write_head(3, tree.text().size(), out);
    out += tree.text();
  } else if (tree.is_bytes()) {
    write_head(2, tree.bytes().size(), out);
    out += tree.bytes();
  } else if (tree.is_time()) {
    out += '\xc1';
    if (tree.time_ms() % 1000 == 0) {
      write_integer(tree.time_ms() / 1000, out);
    } else {
      write_double(static_cast<double>(tree.time_ms()) / 1000, out);
    }
  } else if (tree.is_list()) {
    write_head(4, tree.items().size(), out);
    for (const Tree& item : tree.items()) {
      write(item, out);
    }
  } else if (tree.is_map()) {
    write_head(5, tree.members().size(), out);
    for (const auto& [name, value] : tree.members()) {
      write_head(3, name.size(), out);
      out += name;
      write(value, out);
    }
  } else {
    out += '\xf6';
  }
}

}  // namespace

std::string write_cbor(const Tree& tree) {
  std::string out;
  write(tree, out);
  return out;
}

}  // namespace weir::format
