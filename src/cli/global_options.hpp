#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::cli {

enum class ColourChoice : std::uint8_t { kAuto, kAlways, kNever };

/// What every command takes.
struct GlobalOptions {
  std::optional<std::string> project;
  std::vector<std::string> roster;
  std::optional<std::string> server;
  std::optional<std::string> state;
  std::optional<std::string> token_file;
  std::optional<std::string> token_command;
  std::optional<std::string> ca_file;
  std::optional<std::string> journal_dir;
  std::optional<std::uint32_t> parallelism;
  /// How long a writing command waits for the state's lock.
  std::chrono::seconds lock_timeout{0};
  ColourChoice colour = ColourChoice::kAuto;
  bool allow_http = false;
  bool quiet = false;
  bool verbose = false;
};

}  // namespace rollcall::cli
