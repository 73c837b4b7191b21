#include "base/shared_library.h"

#include <dlfcn.h>

namespace weir {
namespace {

std::string last_problem() {
  const char* const text = ::dlerror();
  return text != nullptr ? text : "the system does not say why";
}

}  // namespace

SharedLibrary::SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    reason_ = last_problem();
  }
}

void* SharedLibrary::find_symbol(const char* name) {
  if (handle_ == nullptr) {
    return nullptr;
  }
  void* const found = ::dlsym(handle_, name);
  if (found == nullptr && reason_.empty()) {
    reason_ = last_problem();
  }
  return found;
}

}  // namespace weir
