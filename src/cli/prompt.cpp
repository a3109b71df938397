#include "cli/prompt.hpp"

#include <unistd.h>

#include <chrono>

#include "base/wait.hpp"

namespace rollcall::cli {
namespace {

/// A line of stdin, read byte by byte so that a stop is noticed. Nothing at its end or once a stop is
/// requested.
std::optional<std::string> read_answer(const std::stop_token& stop) {
  std::string line;
  while (!stop.stop_requested()) {
    const std::optional<bool> is_readable = wait_readable(STDIN_FILENO, std::chrono::milliseconds{100});
    if (!is_readable) return std::nullopt;
    if (!*is_readable) continue;
    char c = 0;
    if (::read(STDIN_FILENO, &c, 1) != 1) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ask(Console& console, const std::string& question, const std::stop_token& stop) {
  console.say(question);
  auto answer = read_answer(stop);
  // A terminal has shown the answer and its line break itself.
  if (!answer || ::isatty(STDIN_FILENO) == 0) console.say("\n");
  return answer;
}

}  // namespace rollcall::cli
