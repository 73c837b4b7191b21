#include "base/shared_library.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weir {
namespace {

TEST(SharedLibrary, FindsFunctionsOrSaysWhatIsMissing) {
  SharedLibrary library("libm.so.6");
  double (*cosine)(double) = nullptr;
  library.find("cos", cosine);
  ASSERT_TRUE(library.is_complete()) << library.reason();
  EXPECT_EQ(cosine(0), 1);
  library.find("no_such_function", cosine);
  EXPECT_EQ(cosine, nullptr);
  EXPECT_FALSE(library.is_complete());
  EXPECT_NE(library.reason().find("no_such_function"), std::string::npos) << library.reason();
}

TEST(SharedLibrary, IsMissedWithItsName) {
  SharedLibrary library("libno-such-library.so.1");
  EXPECT_FALSE(library.is_complete());
  void (*function)() = nullptr;
  library.find("f", function);
  EXPECT_EQ(function, nullptr);
  EXPECT_NE(library.reason().find("libno-such-library.so.1"), std::string::npos);
}

}  // namespace
}  // namespace weir
