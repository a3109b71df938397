#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cli/run.hpp"
#include "support/fake_clock.hpp"

namespace rollcall::testing {

/// A temporary working folder in which the command line runs at the time that the test chooses. The process
/// works there as long as this lives: one at a time.
class CommandLine {
 public:
  struct Result {
    int exit_code = 0;
    std::string out;
    std::string err;
  };

  CommandLine() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    std::filesystem::current_path(folder_);
    for (const char* variable :
         {"ROLLCALL_SERVER", "ROLLCALL_STATE", "ROLLCALL_ROSTER", "ROLLCALL_PARALLELISM", "ROLLCALL_TOKEN",
          "NO_COLOR", "CI", "CI_PROJECT_DIR", "CI_JOB_URL", "GITHUB_ACTIONS", "GITHUB_WORKSPACE",
          "GITHUB_RUN_ID", "GITHUB_STEP_SUMMARY"})
      ::unsetenv(variable);
  }
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  static void write(const std::filesystem::path& path, const std::string& text) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  /// `rollcall ARGUMENTS…` at `now`, a time as 2027-01-31T12:00:00Z. The standard input is empty.
  Result run(const std::string& now, std::vector<std::string> arguments) {
    const auto time = parse_time(now);
    REQUIRE(time);
    FakeClock clock(*time);
    arguments.insert(arguments.begin(), "rollcall");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    Result result;
    {
      const Redirection in(STDIN_FILENO, "/dev/null");
      const Redirection out(STDOUT_FILENO, folder_ / ".stdout");
      const Redirection err(STDERR_FILENO, folder_ / ".stderr");
      result.exit_code = cli::run({clock, entropy_}, static_cast<int>(argv.size()), argv.data());
    }
    result.out = read(folder_ / ".stdout");
    result.err = read(folder_ / ".stderr");
    return result;
  }

 private:
  /// Sends one of the standard streams to a file for a while.
  class Redirection {
   public:
    Redirection(int stream, const std::filesystem::path& path) : stream_(stream), kept_(::dup(stream)) {
      const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
      REQUIRE(file >= 0);
      ::dup2(file, stream_);
      ::close(file);
    }
    Redirection(const Redirection&) = delete;
    Redirection& operator=(const Redirection&) = delete;
    ~Redirection() {
      ::dup2(kept_, stream_);
      ::close(kept_);
    }

   private:
    int stream_;
    int kept_;
  };

  std::filesystem::path before_;
  std::filesystem::path folder_;
  FakeEntropy entropy_;
};

}  // namespace rollcall::testing
