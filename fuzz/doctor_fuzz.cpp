// Templates, dashboards, scripts and programs as doctor reads them: the same bytes as each of them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "doctor/check_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(weir::doctor::check_files(
      {{"a.yaml", text}, {"b.json", text}, {"c.sh", text + "\naws "}, {"d.py", text}}));
  return 0;
}
