#pragma once

#include <string>

namespace weir {

// A library of the system that is loaded when its first function is needed, for what few commands
// use: each library that a program is linked with makes every start of it longer. Stays loaded.
class SharedLibrary {
 public:
  // Its versioned name, as in libcurl.so.4.
  explicit SharedLibrary(const char* name);

  // Sets `function` to the one with this name. Once one is missing, or the library is,
  // is_complete() is false.
  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(find_symbol(name));
  }
  [[nodiscard]] bool is_complete() const { return reason_.empty(); }
  // Why it is not complete, in the system's words.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  [[nodiscard]] void* find_symbol(const char* name);

  void* handle_ = nullptr;
  std::string reason_;
};

}  // namespace weir
