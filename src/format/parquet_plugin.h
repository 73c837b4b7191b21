#pragma once

#include <memory>
#include <string>

#include "format/parquet.h"

namespace weir::format {

// What the Parquet plug-in (libweir_parquet.so, parquet_arrow.cpp) gives to its loader
// (parquet.cpp). Both come from one build; the version of the table guards against a stale file.
struct ParquetPlugin {
  static constexpr int kVersion = 1;
  static constexpr const char* kSymbol = "weir_parquet_plugin";

  int version = kVersion;
  const char* arrow_version = "";
  Result<std::unique_ptr<ParquetReader>> (*open)(std::shared_ptr<io::RandomAccessFile> file,
                                                 const std::string& name) = nullptr;
  Result<std::unique_ptr<ParquetWriter>> (*create)(std::unique_ptr<io::WritableFile> file,
                                                   const column::Schema& schema,
                                                   const ParquetWriteOptions& options) = nullptr;
};
// extern "C" const ParquetPlugin* weir_parquet_plugin();

}  // namespace weir::format
