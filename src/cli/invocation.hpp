#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/guardrails.hpp"

namespace rollcall::cli {

enum class ColourChoice : std::uint8_t { kAuto, kAlways, kNever };
enum class Format : std::uint8_t { kText, kJson };

/// What every command takes.
struct GlobalOptions {
  std::optional<std::string> project;
  std::vector<std::string> roster;
  std::optional<std::string> server;
  std::optional<std::string> state;
  std::optional<std::string> token_file;
  std::optional<std::string> token_command;
  std::optional<std::string> ca_file;
  std::optional<std::uint32_t> parallelism;
  /// How long a writing command waits for the state's lock.
  std::chrono::seconds lock_timeout{0};
  ColourChoice colour = ColourChoice::kAuto;
  bool allow_http = false;
  bool quiet = false;
  bool verbose = false;
};

struct InitOptions {
  std::string folder = ".";
};

struct ValidateOptions {
  std::vector<std::string> paths;
  Format format = Format::kText;
};

/// What plan and apply share.
struct PlanningOptions {
  std::vector<std::string> only;
  bool only_lapsed = false;
  bool refresh = false;
  bool allow_deletes = false;
  bool full = false;
  std::optional<model::MaxRemovals> max_removals;
  /// apply only: patterns over what is gone from the server and is to be created again.
  std::vector<std::string> recreate;
  Format format = Format::kText;
};

struct PlanOptions {
  PlanningOptions planning;
  bool detailed_exitcode = false;
};

struct ApplyOptions {
  PlanningOptions planning;
  bool auto_approve = false;
};

struct DriftOptions {
  bool skip_users = false;
  Format format = Format::kText;
};

struct RefreshOptions {
  Format format = Format::kText;
};

struct StateListOptions {
  /// Every grant, too.
  bool grants = false;
  Format format = Format::kText;
};

struct StateShowOptions {
  std::string address;
  Format format = Format::kText;
};

struct StateRemoveOptions {
  std::vector<std::string> addresses;
};

/// `--help`, `--version` and `help COMMAND`: the text to print.
struct Information {
  std::string text;
};

using CommandOptions =
    std::variant<InitOptions, ValidateOptions, PlanOptions, ApplyOptions, DriftOptions, RefreshOptions,
                 StateListOptions, StateShowOptions, StateRemoveOptions, Information>;

/// A command line, parsed.
struct Invocation {
  GlobalOptions global;
  CommandOptions command;
};

}  // namespace rollcall::cli
