#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/secret.hpp"
#include "cli/background_writer.hpp"
#include "cli/global_options.hpp"
#include "cli/output_stream.hpp"
#include "report/format.hpp"

namespace rollcall::cli {

struct ConsoleOptions {
  ColourChoice colour = ColourChoice::kAuto;
  /// The environment has NO_COLOR with a value.
  bool no_colour = false;
  bool dumb_terminal = false;
  bool quiet = false;
  /// A word that nobody can guess, where a runner reads both streams for workflow commands: they are stopped
  /// and resumed by it. Empty elsewhere.
  std::string stop_word{};
};

/// The two streams of the program. Results go to stdout, everything else to stderr; may be used from any
/// thread.
class Console {
 public:
  explicit Console(const ConsoleOptions& options);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  /// From now on the secret is shown as *** wherever a text holds it, on both streams: a file of the roster
  /// may be the token's own. Before any other thread writes.
  void hide(const Secret& secret);

  /// A signal asks for the end: from now on a reader who takes nothing for a second is waited for no longer.
  void interrupt(int signal) {
    interrupted_by_ = signal;
    stop_.request_stop();
  }
  /// That signal, 0 for none.
  [[nodiscard]] int interrupted_by() const { return interrupted_by_; }

  /// A result. A reader who went away (a closed pipe) is no reason to stop; other failures show in
  /// `output_failed`.
  void result(std::string_view text);
  /// A result as it is, whoever reads it: a document for a program, or the program's own words.
  void document(std::string_view text);
  /// A result in a format: a document for a program, as it is; workflow commands, which are meant to be
  /// carried out; or a text.
  void report(report::Format format, std::string_view text);
  /// A remark for whoever watches; not under --quiet.
  void remark(std::string_view text);
  /// Said even under --quiet. On a terminal the live line makes room.
  void say(std::string_view text);
  /// Warnings not under --quiet.
  void report(const Diagnostics& diagnostics);
  void report(const Error& error);
  /// An error that shows only once everything else is done: it makes a failure of what was none.
  void report_late(const Error& error);
  /// The text with *** for what is hidden, as both streams show it.
  [[nodiscard]] std::string masked(std::string_view text) const;
  [[nodiscard]] bool failed_late() const { return failed_late_; }

  /// A line on what goes on; not under --quiet. It is handed over: nothing here waits for whoever reads
  /// stderr, and lines that are not read in time are dropped. Never throws.
  void progress(std::string_view line);
  /// The same, said even under --quiet.
  void trace(std::string_view line);

  /// Replaces the line at the bottom of a terminal; an empty text removes it. Nothing where stderr is no
  /// terminal, or a dumb one. Handed over, too.
  void live_line(std::string_view text);

  [[nodiscard]] bool result_colour() const { return result_colour_; }
  [[nodiscard]] bool remark_colour() const { return remark_colour_; }
  /// Whether a live line can be shown.
  [[nodiscard]] bool is_live() const { return live_; }
  /// Columns of the terminal behind stderr; 80 where it does not say.
  [[nodiscard]] std::size_t width() const;
  /// Errno of the first failed write of a result, EINTR where a signal ended the wait for its reader; 0 for
  /// none.
  [[nodiscard]] int output_failed() const { return output_failed_; }

 private:
  /// From now on, or no longer, the runner takes nothing on stderr for a command.
  void stop_commands();
  void resume_commands();
  /// Without secrets, and with the live line below it.
  std::string as_remark(std::string_view text);

  OutputStream stdout_;
  BackgroundWriter stderr_;
  std::stop_source stop_;
  std::atomic<int> interrupted_by_{0};
  /// Never held while something is written.
  std::mutex mutex_;
  std::vector<Secret> hidden_;
  std::string live_text_;
  std::string stop_word_;
  std::atomic<bool> commands_stopped_{false};
  bool result_colour_ = false;
  bool remark_colour_ = false;
  bool live_ = false;
  bool quiet_ = false;
  int output_failed_ = 0;
  bool failed_late_ = false;
};

}  // namespace rollcall::cli
