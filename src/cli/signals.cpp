#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>

namespace rollcall::cli {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

SignalScope::SignalScope(Console& console) : console_(console) {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::jthread([this](const std::stop_token& done) { wait(done); });
}

SignalScope::~SignalScope() {
  waiter_.request_stop();
  waiter_.join();
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void SignalScope::wait(const std::stop_token& done) {
  const sigset_t signals = stop_signals();
  const timespec tick{0, 50'000'000};
  while (!done.stop_requested()) {
    const int signal = sigtimedwait(&signals, nullptr, &tick);
    if (signal <= 0) continue;
    if (received_ != 0) _exit(128 + signal);
    received_ = signal;
    console_.interrupt(signal);
    source_.request_stop();
  }
}

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace rollcall::cli
