// Decodes arbitrary bytes as what a metric store keeps: a part (whose index checksum the fuzzer
// cannot guess, so chunks are decoded directly too), a record of the log, a distribution, an
// alarm's bytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "alarm/alarm_codec.h"
#include "codec/byte_reader.h"
#include "io/faulty_file_system.h"
#include "metric/chunk.h"
#include "metric/part.h"
#include "metric/part_list.h"
#include "metric/put_batch.h"
#include "sketch/distribution.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  weir::metric::ChunkDecoder decoder;
  (void)decoder.open(bytes, 60, true);
  (void)decoder.open(bytes, 1, false);
  weir::metric::PutBatch batch;
  if (weir::metric::decode_batch(bytes, batch)) {
    std::string again;
    weir::metric::encode_batch(batch, again);
    weir::metric::PutBatch same;
    if (!weir::metric::decode_batch(again, same) || same.items.size() != batch.items.size()) {
      __builtin_trap();
    }
  }
  weir::codec::ByteReader in(bytes);
  (void)weir::sketch::Distribution::decode(in);
  (void)weir::alarm::decode_alarm(bytes);
  (void)weir::alarm::decode_mute_rule(bytes);
  weir::io::FaultyFileSystem files;
  files.set_contents("part-000001", std::string(bytes));
  files.set_contents("PARTS", std::string(bytes));
  (void)weir::metric::PartReader::open(files, "part-000001");
  (void)weir::metric::read_part_list(files, ".");
  return 0;
}
