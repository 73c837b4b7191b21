#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "cli/command_line.h"
#include "cli/environment.h"
#include "io/file_system.h"

namespace weir::cli {

// Runs commands as users do, in a folder of its own.
class CommandFixture : public ::testing::Test {
 protected:
  CommandFixture()
      : folder_(std::filesystem::temp_directory_path() /
                ("weir_command_" + std::to_string(::getpid()) + "_" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        files_(io::make_local_file_system()),
        clock_(1'767'600'000'000) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~CommandFixture() override { std::filesystem::remove_all(folder_); }

  int run(const std::vector<std::string>& words) { return run(words, cancel_); }
  int run(const std::vector<std::string>& words, CancelToken& cancel) {
    Environment environment(clock_, *files_, cancel);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(words, environment);
    output_ = ::testing::internal::GetCapturedStdout();
    said_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return path(name);
  }

  std::filesystem::path folder_;
  std::unique_ptr<io::FileSystem> files_;
  ManualClock clock_;
  CancelToken cancel_;
  std::string output_;
  std::string said_;
};

}  // namespace weir::cli
