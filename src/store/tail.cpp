#include "store/tail.h"

#include <algorithm>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/batch_bytes.h"

namespace weir::store {

void write_tail_record(const TailRecord& record, std::string& out) {
  codec::put_text(record.table, out);
  codec::put_varint(record.first_ordinal, out);
  codec::put_varint(record.sources.size(), out);
  for (const SourceMeta& source : record.sources) {
    out.append(reinterpret_cast<const char*>(source.id.data()), source.id.size());
    codec::put_text(source.name, out);
    codec::put_varint(source.num_rows, out);
    codec::put_varint(source.num_rejected, out);
    codec::put_varint(source.num_bytes, out);
    codec::put_varint(codec::to_zigzag(source.taken_ms), out);
    codec::put_text(source.details, out);
  }
  write_batch(record.batch, out);
}

Result<TailRecord> read_tail_record(std::string_view bytes) {
  codec::ByteReader reader(bytes);
  TailRecord record;
  record.table = reader.text();
  record.first_ordinal = reader.varint();
  record.sources.resize(reader.varint_up_to(bytes.size() / 22));
  for (SourceMeta& source : record.sources) {
    const std::string_view id = reader.take(source.id.size());
    std::copy(id.begin(), id.end(), source.id.begin());
    source.table = record.table;
    source.name = reader.text();
    source.num_rows = reader.varint();
    source.num_rejected = reader.varint();
    source.num_bytes = reader.varint();
    source.taken_ms = codec::from_zigzag(reader.varint());
    source.details = reader.text();
  }
  if (!reader.is_good()) {
    return fail(ErrorCode::kInput, "a record of the write-ahead log is damaged");
  }
  WEIR_ASSIGN_OR_RETURN(record.batch, read_batch(reader.rest()));
  return record;
}

void Tail::add(TailRecord record) {
  for (SourceMeta& source : record.sources) {
    ids_.insert(source.id);
    sources_.push_back(std::move(source));
  }
  num_rows_ += record.batch.num_rows;
  end_ordinal_ = std::max(end_ordinal_, record.first_ordinal + record.batch.num_rows);
  auto batch = std::make_shared<TailBatch>();
  batch->first_ordinal = record.first_ordinal;
  batch->batch = std::move(record.batch);
  auto& known = batches_[record.table];
  const auto place = std::upper_bound(
      known.begin(), known.end(), batch,
      [](const auto& a, const auto& b) { return a->first_ordinal < b->first_ordinal; });
  known.insert(place, std::move(batch));
}

std::vector<std::shared_ptr<const TailBatch>> Tail::batches(const TableSpec& spec) const {
  const auto found = batches_.find(spec.name);
  if (found == batches_.end()) {
    return {};
  }
  std::vector<std::shared_ptr<const TailBatch>> batches;
  for (const auto& batch : found->second) {
    if (batch->batch.columns.size() == spec.columns.size()) {
      batches.push_back(batch);
      continue;
    }
    auto wider = std::make_shared<TailBatch>();
    wider->first_ordinal = batch->first_ordinal;
    wider->batch.num_rows = batch->batch.num_rows;
    for (std::size_t c = 0; c < spec.columns.size(); ++c) {
      column::Column& column = wider->batch.columns.emplace_back();
      if (c < batch->batch.columns.size()) {
        column.copy_from(batch->batch.columns[c]);
      } else {
        column.reset_constant(spec.columns[c].type, batch->batch.num_rows);
        column.set_null(0);
        column.flatten();
      }
    }
    batches.push_back(std::move(wider));
  }
  return batches;
}

std::vector<std::string> Tail::tables() const {
  std::vector<std::string> names;
  for (const auto& [name, batches] : batches_) {
    names.push_back(name);
  }
  return names;
}

}  // namespace weir::store
