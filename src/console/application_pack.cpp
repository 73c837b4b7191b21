#include "console/application_files.h"

// The assembler reads the file: a compiler would take its time for so many bytes as text.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    ".global weir_application_begin\n"
    "weir_application_begin:\n"
    ".incbin \"" WEIR_APPLICATION_PACK
    "\"\n"
    ".global weir_application_end\n"
    "weir_application_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" const char weir_application_begin[];
extern "C" const char weir_application_end[];

namespace weir::console {

std::string_view embedded_application() {
  return {weir_application_begin,
          static_cast<std::size_t>(weir_application_end - weir_application_begin)};
}

}  // namespace weir::console
