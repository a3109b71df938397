#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "report/html_text.hpp"

namespace rollcall::cli {
namespace {

constexpr std::size_t kDefaultWidth = 80;

bool wants_colour(const ConsoleOptions& options, int fd) {
  if (options.colour != ColourChoice::kAuto) return options.colour == ColourChoice::kAlways;
  return !options.no_colour && !options.dumb_terminal && ::isatty(fd) == 1;
}

}  // namespace

Console::Console(const ConsoleOptions& options)
    : stdout_(STDOUT_FILENO),
      stderr_(STDERR_FILENO),
      stop_word_(options.stop_word),
      result_colour_(wants_colour(options, STDOUT_FILENO)),
      remark_colour_(wants_colour(options, STDERR_FILENO)),
      live_(::isatty(STDERR_FILENO) == 1 && !options.dumb_terminal && !options.quiet),
      quiet_(options.quiet) {}

Console::~Console() {
  live_line({});
  resume_commands();
}

void Console::result(std::string_view text) {
  // Stderr has a word of its own, because the runner reads both at once.
  if (stop_word_.empty() || text.empty())
    document(text);
  else
    document(fmt::format("::stop-commands::{0}-1\n{1}::{0}-1::\n", stop_word_, text));
}

void Console::report(report::Format format, std::string_view text) {
  if (format == report::Format::kText) return result(text);
  if (report::is_for_log(format)) resume_commands();
  document(text);
}

void Console::stop_commands() {
  if (!stop_word_.empty() && !commands_stopped_.exchange(true))
    stderr_.write(fmt::format("::stop-commands::{}-2\n", stop_word_), stop_.get_token());
}

void Console::resume_commands() {
  if (commands_stopped_.exchange(false))
    stderr_.write(fmt::format("::{}-2::\n", stop_word_), stop_.get_token());
}

void Console::document(std::string_view text) {
  stderr_.settle();
  if (output_failed_ == 0)
    output_failed_ = stdout_.write(masked(text), stop_.get_token(), BackgroundWriter::kPatience);
}

void Console::remark(std::string_view text) {
  if (!quiet_) say(text);
}

void Console::say(std::string_view text) {
  stop_commands();
  stderr_.write(as_remark(text), stop_.get_token());
}

void Console::progress(std::string_view line) {
  if (!quiet_) trace(line);
}

void Console::trace(std::string_view line) {
  try {
    stop_commands();
    stderr_.hand_over(as_remark(line));
  } catch (const std::exception&) {
    // Without a thread or memory for it the run goes on, and is not followed.
  }
}

void Console::report(const Diagnostics& diagnostics) {
  Diagnostics shown;
  std::copy_if(diagnostics.begin(), diagnostics.end(), std::back_inserter(shown),
               [&](const auto& diagnostic) { return !quiet_ || diagnostic.severity == Severity::kError; });
  if (!shown.empty()) say(render(shown, remark_colour_));
}

void Console::report(const Error& error) {
  say(render(to_diagnostic(error), remark_colour_));
}

void Console::report_late(const Error& error) {
  report(error);
  failed_late_ = true;
}

void Console::live_line(std::string_view text) {
  if (!live_) return;
  try {
    const std::lock_guard lock(mutex_);
    if (live_text_ == text) return;
    live_text_ = text;
    // Carriage return, the text, and the rest of the old line erased.
    stderr_.redraw("\r" + live_text_ + "\033[K");
  } catch (const std::exception&) {
    // As in `trace`.
  }
}

namespace {

std::string in_json(std::string_view text) {
  std::string quoted;
  append_json_text(quoted, text);
  return printable_json(std::string_view(quoted).substr(1, quoted.size() - 2));
}

}  // namespace

void Console::hide(const Secret& secret) {
  hidden_.push_back(secret);
  // Values stand in quotes with escapes, in texts too, and pages and documents escape those once more.
  const std::string quoted = in_json(secret.reveal());
  for (const std::string& written :
       {quoted, in_json(quoted), report::escape_html(secret.reveal()), report::escape_html(quoted)})
    if (written != secret.reveal()) hidden_.emplace_back(written);
}

std::string Console::masked(std::string_view text) const {
  std::string out(text);
  for (const Secret& secret : hidden_) mask(secret, out);
  return out;
}

std::string Console::as_remark(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (live_text_.empty()) return masked(text);
  return "\r\033[K" + masked(text) + live_text_;
}

std::size_t Console::width() const {
  struct winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kDefaultWidth;
}

}  // namespace rollcall::cli
