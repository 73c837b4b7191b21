#include "column/column.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace weir::column {
namespace {

constexpr std::size_t kAlignment = 64;

// Values moved by width alone, whatever their type: may_alias keeps the optimiser from assuming
// that a double or a string_view cannot be read and written through these.
using Byte [[gnu::may_alias]] = std::uint8_t;
using Word [[gnu::may_alias]] = std::uint64_t;
struct [[gnu::may_alias]] TwoWords {
  std::uint64_t words[2];
};

template <class T>
void gather_values(const std::byte* source, std::span<const std::uint32_t> rows, std::byte* out) {
  const T* const from = reinterpret_cast<const T*>(source);
  T* const to = reinterpret_cast<T*>(out);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    to[i] = from[rows[i]];
  }
}

template <class T>
void repeat_value(std::byte* storage, std::size_t count) {
  T* const values = reinterpret_cast<T*>(storage);
  for (std::size_t i = 1; i < count; ++i) {
    values[i] = values[0];
  }
}

}  // namespace

void Column::swap(Column& other) noexcept {
  std::swap(type_, other.type_);
  std::swap(is_constant_, other.is_constant_);
  std::swap(is_coded_, other.is_coded_);
  std::swap(has_nulls_, other.has_nulls_);
  std::swap(size_, other.size_);
  std::swap(capacity_bytes_, other.capacity_bytes_);
  std::swap(storage_, other.storage_);
  std::swap(null_mask_, other.null_mask_);
  std::swap(arena_, other.arena_);
  std::swap(code_table_, other.code_table_);
  std::swap(deferred_, other.deferred_);
  std::swap(deferred_member_, other.deferred_member_);
  std::swap(codes_, other.codes_);
  std::swap(own_codes_, other.own_codes_);
}

void Column::FreeAligned::operator()(std::byte* bytes) const { std::free(bytes); }

void Column::make_room(std::size_t bytes) {
  if (bytes <= capacity_bytes_) {
    return;
  }
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  auto* fresh = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (fresh == nullptr) {
    throw std::bad_alloc();
  }
  storage_.reset(fresh);
  capacity_bytes_ = rounded;
}

void Column::reset(Type type, std::size_t num_rows) {
  type_ = type;
  is_constant_ = false;
  is_coded_ = false;
  has_nulls_ = false;
  size_ = num_rows;
  code_table_.reset();
  deferred_ = nullptr;
  arena_.clear();
  make_room(std::max<std::size_t>(num_rows, 1) * width_of(type));
}

void Column::reset_constant(Type type, std::size_t num_rows) {
  reset(type, 1);
  is_constant_ = true;
  size_ = num_rows;
}

void Column::reset_constant(const Value& value, std::size_t num_rows) {
  reset_constant(value.type, num_rows);
  if (value.type != Type::kNull) {
    put(0, value);
  }
}

void Column::put(std::size_t row, const Value& value) {
  if (value.is_null()) {
    set_null(row);
    return;
  }
  switch (type_) {
    case Type::kNull:
      break;
    case Type::kBool:
      data<std::uint8_t>()[row] = value.integer != 0 ? 1 : 0;
      break;
    case Type::kInt64:
    case Type::kTime:
    case Type::kInterval:
      data<std::int64_t>()[row] = value.integer;
      break;
    case Type::kDouble:
      data<double>()[row] = value.number;
      break;
    case Type::kAddress:
      data<IpAddress>()[row] = value.address;
      break;
    case Type::kString:
      data<std::string_view>()[row] = arena_.copy(value.text);
      break;
  }
}

void Column::reset_coded(const std::shared_ptr<const CodeTable>& table, const std::uint32_t* codes,
                         std::size_t num_rows) {
  assert(!table->values.is_constant() && !table->values.is_coded());
  assert(table->values.size() == table->space->size);
  if (code_table_ != table) {
    code_table_ = table;
  }
  type_ = table->values.type();
  is_constant_ = false;
  is_coded_ = true;
  has_nulls_ = table->values.has_nulls();
  size_ = num_rows;
  deferred_ = nullptr;
  codes_ = codes;
  arena_.clear();
}

void Column::reset_deferred(Type type, const DeferredValues& values, std::size_t member,
                            const std::uint32_t* codes, std::size_t num_rows) {
  reset(type, 0);
  size_ = num_rows;
  deferred_ = &values;
  deferred_member_ = member;
  codes_ = codes;
}

bool Column::is_null_code(std::size_t row) const {
  return code_table_->values.is_null(codes_[row]);
}

void Column::start_nulls() {
  const std::size_t stored = is_constant_ ? 1 : size_;
  null_mask_.assign((stored + 63) / 64, 0);
  has_nulls_ = true;
}

void Column::gather(const Column& source, std::span<const std::uint32_t> rows) {
  if (source.is_constant_) {
    reset_constant(source.value_at(0), rows.size());
    if (source.is_null(0) && type_ == Type::kNull && source.type_ != Type::kNull) {
      reset_constant(source.type_, rows.size());
      set_null(0);
    }
    return;
  }
  if (source.is_coded_ || source.is_deferred()) {
    own_codes_.resize(std::max(own_codes_.size(), rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      own_codes_[i] = source.codes_[rows[i]];
    }
    if (source.is_deferred()) {
      reset_deferred(source.type_, *source.deferred_, source.deferred_member_, own_codes_.data(),
                     rows.size());
    } else {
      reset_coded(source.code_table_, own_codes_.data(), rows.size());
    }
    return;
  }
  reset(source.type_, rows.size());
  gather_stored(source, rows);
}

// Into room that has been made.
void Column::gather_stored(const Column& source, std::span<const std::uint32_t> rows) {
  switch (width_of(type_)) {
    case 0:
      return;
    case 1:
      gather_values<Byte>(source.storage_.get(), rows, storage_.get());
      break;
    case 8:
      gather_values<Word>(source.storage_.get(), rows, storage_.get());
      break;
    default:
      gather_values<TwoWords>(source.storage_.get(), rows, storage_.get());
      break;
  }
  if (source.has_nulls_) {
    start_nulls();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint64_t bit = (source.null_mask_[rows[i] >> 6] >> (rows[i] & 63)) & 1;
      null_mask_[i >> 6] |= bit << (i & 63);
    }
  }
}

void Column::copy_from(const Column& source) {
  if (source.is_deferred()) {
    Column read;
    read.reset(source.type_, source.size_);
    source.deferred_->read(source.deferred_member_, {source.codes_, source.size_}, read);
    copy_from(read);
    return;
  }
  if (source.is_coded_) {
    reset(source.type_, source.size_);
    gather_stored(source.code_table_->values, {source.codes_, source.size_});
    if (type_ == Type::kString) {
      std::string_view* const values = data<std::string_view>();
      for (std::size_t i = 0; i < size_; ++i) {
        values[i] = arena_.copy(values[i]);
      }
    }
    return;
  }
  const std::size_t stored = source.is_constant_ ? 1 : source.size_;
  reset(source.type_, stored);
  is_constant_ = source.is_constant_;
  size_ = source.size_;
  if (source.has_nulls_) {
    has_nulls_ = true;
    null_mask_.assign(source.null_mask_.begin(),
                      source.null_mask_.begin() + static_cast<std::ptrdiff_t>((stored + 63) / 64));
  }
  if (type_ == Type::kString) {
    const std::string_view* texts = source.data<std::string_view>();
    for (std::size_t i = 0; i < stored; ++i) {
      data<std::string_view>()[i] = source.is_null(i) ? std::string_view{} : arena_.copy(texts[i]);
    }
  } else if (width_of(type_) > 0 && stored > 0) {
    std::memcpy(storage_.get(), source.storage_.get(), stored * width_of(type_));
  }
}

void Column::flatten() {
  if (is_deferred()) {
    const DeferredValues& values = *deferred_;
    reset(type_, size_);
    values.read(deferred_member_, {codes_, size_}, *this);
    return;
  }
  if (is_coded_) {
    is_coded_ = false;
    has_nulls_ = false;
    make_room(std::max<std::size_t>(size_, 1) * width_of(type_));
    gather_stored(code_table_->values, {codes_, size_});
    return;
  }
  if (!is_constant_) {
    return;
  }
  const bool is_all_null = is_null(0);
  if (const std::size_t bytes = size_ * width_of(type_); bytes > capacity_bytes_) {
    std::byte first[16];
    std::memcpy(first, storage_.get(), width_of(type_));
    make_room(bytes);
    std::memcpy(storage_.get(), first, width_of(type_));
  }
  is_constant_ = false;
  has_nulls_ = false;
  switch (width_of(type_)) {
    case 0:
      return;
    case 1:
      repeat_value<Byte>(storage_.get(), size_);
      break;
    case 8:
      repeat_value<Word>(storage_.get(), size_);
      break;
    default:
      repeat_value<TwoWords>(storage_.get(), size_);
      break;
  }
  if (is_all_null) {
    null_mask_.assign((size_ + 63) / 64, ~std::uint64_t{0});
    has_nulls_ = true;
  }
}

Value Column::value_at(std::size_t row) const {
  assert(!is_deferred());
  if (is_null(row)) {
    return Value::null();
  }
  if (is_coded_) {
    return code_table_->values.value_at(codes_[row]);
  }
  const std::size_t i = is_constant_ ? 0 : row;
  switch (type_) {
    case Type::kNull:
      break;
    case Type::kBool:
      return Value::of_bool(data<std::uint8_t>()[i] != 0);
    case Type::kInt64:
      return Value::of_int(data<std::int64_t>()[i]);
    case Type::kDouble:
      return Value::of_double(data<double>()[i]);
    case Type::kTime:
      return Value::of_time(data<std::int64_t>()[i]);
    case Type::kInterval:
      return Value::of_interval(data<std::int64_t>()[i]);
    case Type::kAddress:
      return Value::of_address(data<IpAddress>()[i]);
    case Type::kString:
      return Value::of_string(std::string(data<std::string_view>()[i]));
  }
  return Value::null();
}

}  // namespace weir::column
