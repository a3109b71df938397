#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/source.hpp"
#include "model/guardrails.hpp"
#include "model/verdict.hpp"
#include "store/location.hpp"

namespace rollcall::project {

constexpr std::uint32_t kMaxParallelism = 64;

/// The project file as written; what it leaves out is absent. Paths are relative to its folder.
struct ProjectFile {
  std::optional<std::string> server;
  /// Where the server's address stands.
  Origin server_at;
  std::vector<std::string> roster;
  /// False where the file says something about the roster's place that could not be read, or may do so.
  bool roster_is_known = true;
  std::optional<store::Location> state;
  std::optional<std::uint32_t> parallelism;
  std::optional<std::uint32_t> requests_per_minute;
  model::DriftPolicy drift;
  model::Guardrails guardrails;
};

struct LoadedProject {
  /// Nothing where there is no project file and none was asked for.
  std::optional<std::filesystem::path> path;
  ProjectFile file;
  Diagnostics diagnostics;
};

/// Reads `path` (a file, or a folder that stands for its rollcall.yaml), or rollcall.yaml of the working
/// folder where that exists. A named file that is missing is an error.
LoadedProject load(const std::optional<std::string>& path, SourceFiles& files);

/// What the command line or the environment says instead of the project file. Paths are relative to the
/// working folder.
struct Overrides {
  std::optional<std::string> server;
  std::vector<std::string> roster;
  std::optional<std::string> state;
  std::optional<std::uint32_t> parallelism;
};

/// What a run works with.
struct Settings {
  /// As written; empty where none is named.
  std::string server;
  /// By the command line or the environment: a change of the repository cannot change it.
  bool server_named_outside = false;
  std::vector<std::filesystem::path> roster;
  /// The project's folder, and what of the roster is named outside the repository: its files lie in these.
  std::vector<std::filesystem::path> roster_within;
  store::Location state;
  bool state_named_outside = false;
  std::uint32_t parallelism = 8;
  std::uint32_t requests_per_minute = 2400;
  model::DriftPolicy drift;
  model::Guardrails guardrails;
  std::optional<std::filesystem::path> project_file;
};

/// Command line over environment over project file over default. The roster's default is roster.yaml, then
/// roster/, beside the project file; `roster` stays empty where there is neither. Fails for a state that is a
/// URL, because this version knows files only, and for one of the project file that lies outside its folder.
Expected<Settings> merge(const LoadedProject& project, const Overrides& flags, const Overrides& environment);

/// A server of the project file that is not the one named outside the repository (P020).
Diagnostics check_named_outside(const LoadedProject& project, const Settings& settings,
                                const SourceFiles& files);

/// Of the entries of `allow` and `acknowledged`: errors about those that would last too long (P011), warnings
/// about those that have ended by `today` in UTC (P012). In the order of the file.
Diagnostics review_exceptions(const Settings& settings, const SourceFiles& files, Date today);

/// The keys known at each place of the project file ("" for the top, "guardrails", …), for the test that
/// compares the JSON Schema.
std::vector<std::pair<std::string, std::vector<std::string>>> known_keys();

}  // namespace rollcall::project
