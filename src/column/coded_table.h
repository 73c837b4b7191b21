#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "column/scan.h"

namespace weir::column {

// Another table's rows with coded columns, for tests of who takes codes: the same answers must come
// of both. Stored columns become codes; a space lasts for a few batches. Each space has codes that
// no row uses, whose values are as awkward as can be.
class CodedTable final : public Table {
 public:
  enum class Layout : std::uint8_t {
    kOneSpace,  // all columns in one
    kMixed,     // two of four columns in one space, one in another, one stored
  };
  CodedTable(std::shared_ptr<Table> inner, Layout layout)
      : inner_(std::move(inner)), layout_(layout) {}

  Result<std::optional<Field>> find(std::string_view name) override { return inner_->find(name); }
  Result<Schema> columns() override { return inner_->columns(); }
  std::vector<std::string> known_names() override { return inner_->known_names(); }
  Result<bool> carries(std::string_view name) override { return inner_->carries(name); }
  Result<std::unique_ptr<Scan>> scan(const ScanRequest& request,
                                     const ScanContext& context) override {
    WEIR_ASSIGN_OR_RETURN(auto scan, inner_->scan(request, context));
    return std::make_unique<CodedScan>(std::move(scan), layout_);
  }

 private:
  static constexpr std::size_t kBatchesEachSpace = 4;

  class Stream final : public ScanStream {
   public:
    Stream(std::unique_ptr<ScanStream> inner, Layout layout)
        : inner_(std::move(inner)), layout_(layout) {}
    Result<bool> next(Batch& batch) override {
      if (next_ == read_.size()) {
        WEIR_RETURN_IF_ERROR(read());
      }
      if (read_.empty()) {
        return false;
      }
      std::swap(batch, read_[next_++]);
      return true;
    }

   private:
    Result<void> read() {
      read_.clear();
      next_ = 0;
      Batch batch;
      while (read_.size() < kBatchesEachSpace) {
        WEIR_ASSIGN_OR_RETURN(const bool is_more, inner_->next(batch));
        if (!is_more) {
          break;
        }
        Batch& copy = read_.emplace_back();
        copy.num_rows = batch.num_rows;
        copy.sequence = batch.sequence;
        for (const Column& column : batch.columns) {
          copy.columns.emplace_back().copy_from(column);
        }
      }
      codes_.clear();
      if (read_.empty()) {
        return {};
      }
      std::vector<std::size_t> first;
      std::vector<std::size_t> second;
      for (std::size_t c = 0; c < read_.front().columns.size(); ++c) {
        if (layout_ == Layout::kOneSpace || c % 4 < 2) {
          first.push_back(c);
        } else if (c % 4 == 2) {
          second.push_back(c);
        }
      }
      code(first);
      code(second);
      return {};
    }

    // Only columns that are stored, and of one type, in all batches.
    void code(std::vector<std::size_t> columns) {
      std::erase_if(columns, [&](std::size_t c) {
        for (const Batch& batch : read_) {
          if (batch.columns[c].is_constant() ||
              batch.columns[c].type() != read_.front().columns[c].type()) {
            return true;
          }
        }
        return false;
      });
      if (columns.empty()) {
        return;
      }
      std::vector<std::vector<Value>> tuples;
      for (const std::int64_t extreme :
           {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        for (const std::size_t c : columns) {
          tuples.resize(extreme > 0 ? 1 : 2);
          tuples.back().push_back(awkward(read_.front().columns[c].type(), extreme));
        }
      }
      std::unordered_map<std::string, std::uint32_t> code_of;
      std::string key;
      const std::size_t first_codes = codes_.size();
      for (const Batch& batch : read_) {
        auto& codes = codes_.emplace_back();
        for (std::size_t row = 0; row < batch.num_rows; ++row) {
          key.clear();
          for (const std::size_t c : columns) {
            add_to_key(batch.columns[c], row, key);
          }
          const auto [place, is_new] =
              code_of.emplace(key, static_cast<std::uint32_t>(tuples.size()));
          if (is_new) {
            auto& tuple = tuples.emplace_back();
            for (const std::size_t c : columns) {
              tuple.push_back(batch.columns[c].value_at(row));
            }
          }
          codes.push_back(place->second);
        }
      }
      auto space = std::make_shared<CodeSpace>();
      space->size = static_cast<std::uint32_t>(tuples.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        auto table = std::make_shared<CodeTable>();
        table->space = space;
        table->values.reset(read_.front().columns[columns[i]].type(), tuples.size());
        for (std::size_t row = 0; row < tuples.size(); ++row) {
          table->values.put(row, tuples[row][i]);
        }
        for (std::size_t b = 0; b < read_.size(); ++b) {
          read_[b].columns[columns[i]].reset_coded(table, codes_[first_codes + b].data(),
                                                   read_[b].num_rows);
        }
      }
    }

    static Value awkward(Type type, std::int64_t extreme) {
      switch (type) {
        case Type::kNull:
          return Value::null();
        case Type::kBool:
          return Value::of_bool(extreme > 0);
        case Type::kDouble:
          return Value::of_double(std::numeric_limits<double>::infinity());
        case Type::kAddress:
          return Value::of_address({~std::uint64_t{0}, 7});
        case Type::kString:
          return Value::of_string("no row has this text");
        default: {
          Value value = Value::of_int(extreme);
          value.type = type;
          return value;
        }
      }
    }

    // The bytes of a cell, of one length or with it, so that keys are equal where cells are.
    static void add_to_key(const Column& column, std::size_t row, std::string& key) {
      const bool is_null = column.is_null(row);
      key.push_back(is_null ? 1 : 0);
      if (is_null) {
        return;
      }
      const auto add = [&](const auto& part) {
        key.append(reinterpret_cast<const char*>(&part), sizeof part);
      };
      switch (width_of(column.type())) {
        case 0:
          break;
        case 1:
          add(column.data<std::uint8_t>()[row]);
          break;
        case 8:
          column.type() == Type::kDouble ? add(column.data<double>()[row])
                                         : add(column.data<std::int64_t>()[row]);
          break;
        default:
          if (column.type() == Type::kAddress) {
            add(column.data<IpAddress>()[row]);
          } else {
            const std::string_view text = column.data<std::string_view>()[row];
            add(text.size());
            key.append(text);
          }
          break;
      }
    }

    std::unique_ptr<ScanStream> inner_;
    Layout layout_;
    std::vector<Batch> read_;
    std::size_t next_ = 0;
    std::vector<std::vector<std::uint32_t>> codes_;
  };

  class CodedScan final : public Scan {
   public:
    CodedScan(std::unique_ptr<Scan> inner, Layout layout)
        : inner_(std::move(inner)), layout_(layout) {}
    Result<std::unique_ptr<ScanStream>> open_stream() override {
      WEIR_ASSIGN_OR_RETURN(auto stream, inner_->open_stream());
      return std::make_unique<Stream>(std::move(stream), layout_);
    }
    [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
      return inner_->applied_conjuncts();
    }
    [[nodiscard]] Completeness completeness() const override { return inner_->completeness(); }

   private:
    std::unique_ptr<Scan> inner_;
    Layout layout_;
  };

  std::shared_ptr<Table> inner_;
  Layout layout_;
};

}  // namespace weir::column
