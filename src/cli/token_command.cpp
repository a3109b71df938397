#include "cli/token_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "base/wait.hpp"

namespace rollcall::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{20};
/// How long a command that is stopped may take to clean up.
constexpr milliseconds kGrace{2000};

/// Whether somebody at a terminal can press Ctrl-C for this process and all of its group.
bool is_at_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return false;
  const bool is_foreground = ::tcgetpgrp(terminal) == ::getpgrp();
  ::close(terminal);
  return is_foreground;
}

/// A child process that is ended and waited for, whatever happens.
class Child {
 public:
  explicit Child(bool own_group) : own_group_(own_group) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    send(SIGTERM);
    wait();
    // What it has started may still be there, too.
    send(SIGKILL);
    // One that the system itself holds up, such as on a dead network drive, ends later, for the system to
    // see.
    wait();
  }

  /// 0 or errno. Its standard output goes to `output`.
  int start(const std::string& command, int output) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // This process ignores some signals and leaves others to a thread of its own; the command does neither.
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    for (const int signal : std::array{SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    const int group = own_group_ ? POSIX_SPAWN_SETPGROUP : 0;
    posix_spawnattr_setflags(&attributes,
                             static_cast<short>(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    std::string shell = "sh", option = "-c", text = command;
    const std::array arguments{shell.data(), option.data(), text.data(), static_cast<char*>(nullptr)};
    const int error = posix_spawn(&pid_, "/bin/sh", &files, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) pid_ = 0;
    return error;
  }

  /// As waitpid gives it, once it has ended.
  std::optional<int> ended() {
    if (!status_) {
      int status = 0;
      const pid_t found = ::waitpid(pid_, &status, WNOHANG);
      // Where the children of this process are nobody's, it is unknown how they ended.
      if (found == pid_ || (found < 0 && errno == ECHILD)) status_ = status;
    }
    return status_;
  }
  /// It has ended by itself, and nothing of it has to be.
  void let_go() { pid_ = 0; }

 private:
  /// Until it has ended, or its grace is over.
  void wait() {
    for (milliseconds waited{0}; !ended() && waited < kGrace; waited += kLook)
      std::this_thread::sleep_for(kLook);
  }
  /// At a terminal it is in this process's own group.
  void send(int signal) const {
    if (own_group_)
      ::kill(-pid_, signal);
    else if (!status_)
      ::kill(pid_, signal);
  }

  bool own_group_;
  pid_t pid_ = 0;
  std::optional<int> status_;
};

tl::unexpected<Error> stopped() {
  return fail("The run was stopped while the token command was running.", "Nothing was changed.");
}

/// Reads to the end, a byte beyond the limit or a stop. What the command leaves running may keep the output
/// open: once the command itself has ended, what is there by then is all. Within one buffer, so that no other
/// copy of the token is left in memory. Nothing where the system refuses, which errno says.
std::optional<Secret> read_output(int fd, std::size_t limit, Child& child, const std::stop_token& stop) {
  std::string output(limit + 1, '\0');
  std::size_t size = 0;
  bool has_ended = false;
  while (size <= limit && !stop.stop_requested()) {
    const std::optional<bool> is_readable = wait_readable(fd, kLook);
    if (!is_readable) return std::nullopt;
    if (!*is_readable) {
      if (has_ended) break;
      has_ended = child.ended().has_value();
      continue;
    }
    const ssize_t got = ::read(fd, output.data() + size, output.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  output.resize(size);
  return Secret(std::move(output));
}

/// Whether a signal that ended the command was meant for this process, too, and is about to be noticed.
bool was_interrupted(int code, const std::stop_token& stop) {
  if (code != 128 + SIGINT && code != 128 + SIGTERM) return stop.stop_requested();
  for (milliseconds waited{0}; !stop.stop_requested() && waited < milliseconds{200}; waited += kLook)
    std::this_thread::sleep_for(kLook);
  return stop.stop_requested();
}

}  // namespace

Expected<Secret> output_of_token_command(const std::string& command, std::size_t limit,
                                         const std::stop_token& stop) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(fmt::format("Cannot start the token command: {}.", system_message(errno)));
  // At a terminal the command may ask something, which no process behind it could; elsewhere a group of its
  // own lets a stop reach all that it has started.
  Child child(!is_at_terminal());
  const int error = child.start(command, ends[1]);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return fail(fmt::format("Cannot start the token command: {}.", system_message(error)));
  }
  std::optional<Secret> output = read_output(ends[0], limit, child, stop);
  const int read_error = errno;
  ::close(ends[0]);
  if (!output)
    return fail(fmt::format("Cannot read what the token command prints: {}.", system_message(read_error)),
                "Nothing was changed.");
  // More than a token, which is for the caller to tell.
  if (output->reveal().size() > limit) return std::move(*output);
  while (!child.ended() && !stop.stop_requested()) std::this_thread::sleep_for(kLook);
  if (!child.ended()) return stopped();
  const int status = *child.ended();
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (was_interrupted(code, stop)) return stopped();
  child.let_go();
  if (code != 0)
    return fail(fmt::format("The token command failed with exit code {}.", code),
                "Run it by itself; what it printed on standard error is above.");
  return std::move(*output);
}

}  // namespace rollcall::cli
