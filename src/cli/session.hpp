#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/lease.hpp"
#include "base/source.hpp"
#include "cli/command.hpp"
#include "cli/outputs.hpp"
#include "model/desired.hpp"
#include "model/directory.hpp"
#include "policy/policy.hpp"
#include "project/project.hpp"
#include "report/report.hpp"
#include "roster/roster.hpp"

namespace rollcall::cli {

/// A result in any format that the command offers; `colour` is meant for texts.
using Rendering = std::function<std::string(Format, bool colour)>;

/// What a command works on: the settings, the one directory and the input files of the run. It reports
/// problems to the console by itself; under JSON as a document on stdout, too.
class Session {
 public:
  Session(const Program& program, Outputs outputs);
  Session(const Program& program, Format format) : Session(program, Outputs{format, {}}) {}

  /// Reads the project file and merges the settings. False: reported, exit 1; what is wrong in the roster
  /// (of `paths` where there are any) is reported with it, so that one run shows all problems.
  bool load_settings(const std::vector<std::string>& paths = {});

  /// Reads the roster of the settings, or of `paths` where there are any, and resolves it for today. Errors
  /// are reported, and nothing is returned; what deserves a warning is in `warnings`. `parsed` as for
  /// roster::load.
  std::optional<model::DesiredEstate> load_desired(const std::vector<std::string>& paths = {},
                                                   const std::function<void()>& parsed = {});

  /// SHA-256 of the files of the roster that was loaded.
  [[nodiscard]] std::string roster_digest() const;

  /// Reports what is in `warnings`, on stderr.
  void report_warnings() { console().report(warnings_); }

  /// Prints the result in the format of the command line, and writes the report files, each whole or not at
  /// all. One that cannot be written is reported and makes a failure of the run.
  void publish(const Rendering& render);
  /// Why no result may be written to this file, as the end of a sentence about it; nothing where it may.
  [[nodiscard]] std::optional<std::string_view> why_reserved(const std::string& path) const;
  /// No report replaces this file, either.
  void keep(std::string path) { kept_.push_back(std::move(path)); }
  /// Only the report files.
  void write_reports(const Rendering& render);

  /// Reports a failure in every format that the command line asks for, and answers the exit code for it.
  int fail_with(const Error& error);
  int fail_with(const Diagnostics& diagnostics);

  /// Another server than that of the settings, named on the command line.
  void name_server(const std::string& url);

  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] Console& console() const { return program_.console; }
  [[nodiscard]] const project::Settings& settings() const { return settings_; }
  [[nodiscard]] bool json() const { return outputs_.format == Format::kJson; }
  /// What the roster that was loaded deserves a warning for.
  [[nodiscard]] const Diagnostics& warnings() const { return warnings_; }
  /// What the command works on, as far as it is known by now; its date decides what has expired.
  [[nodiscard]] const report::Meta& meta() const { return meta_; }
  void set_meta(report::Meta meta) { meta_ = std::move(meta); }
  SourceFiles files;
  model::Directory directory;
  Clock& clock;
  Entropy& entropy;
  /// Ends what the run waits for; set by commands that react to signals.
  std::stop_token stop;
  /// Of the lock of the settings' state, where that has an end of its own.
  std::shared_ptr<Lease> lease;

 private:
  void write_report(const ReportFile& file, const std::string& text);
  /// Prints in the format of the command line. `render` answers other formats as well.
  void print(const Rendering& render);
  roster::LoadedRoster load_roster(const std::vector<std::string>& paths,
                                   const std::function<void()>& parsed = {});

  const Program& program_;
  Outputs outputs_;
  std::vector<std::string> kept_;
  project::Settings settings_;
  roster::Roster roster_;
  /// The files of the roster among `files`: from the first to before the last.
  FileIndex roster_begin_ = 0;
  FileIndex roster_end_ = 0;
  Diagnostics warnings_;
  report::Meta meta_;
};

}  // namespace rollcall::cli
