#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "cli/output_stream.hpp"

namespace rollcall::cli {

/// Writes to a stream whose reader may be slow, or may never read: lines are handed over and written by a
/// thread of its own, so that no worker waits for the reader. The thread begins with the first line. May be
/// used from any thread.
class BackgroundWriter {
 public:
  static constexpr std::chrono::milliseconds kPatience{1000};
  struct Limits {
    /// Lines that wait for the reader; further ones are dropped.
    std::size_t waiting = 100'000;
    /// How long `settle` waits for a reader that takes nothing, and `write` after a stop.
    std::chrono::milliseconds patience = kPatience;
  };
  explicit BackgroundWriter(int fd) : BackgroundWriter(fd, Limits()) {}
  BackgroundWriter(int fd, const Limits& limits) : stream_(fd), limits_(limits) {}
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;
  /// Settles first.
  ~BackgroundWriter();

  /// A line with its line break. Never waits. Throws where the system gives no thread or no memory.
  void hand_over(std::string line);
  /// The same for a text that replaces the one before: of several that wait in a row the last one is written.
  void redraw(std::string text);
  /// Until all that was handed over is written. Where the reader takes nothing for too long, the rest is
  /// dropped; the next line says how many were.
  void settle();
  /// Writes once all that was handed over is written, for however long that takes. After a stop a reader who
  /// takes nothing for too long is given up.
  void write(std::string_view text, const std::stop_token& stop);

 private:
  struct Entry {
    std::string text;
    bool is_redraw = false;
  };

  void push(Entry entry);
  void run();
  /// Until it is written, or is not wanted any more, which is false.
  bool write_in_pieces(std::string_view text);
  /// What to say of dropped lines, once; empty where there are none.
  std::string take_notice();
  /// Nothing waits and nobody writes. With the lock held.
  [[nodiscard]] bool is_idle() const { return queue_.empty() && !is_writing_; }

  const OutputStream stream_;
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> queue_;
  bool is_writing_ = false;
  /// What is being written is not wanted any more.
  bool gives_up_ = false;
  bool ends_ = false;
  /// Pieces that the reader has taken.
  std::size_t taken_ = 0;
  std::size_t dropped_ = 0;
  std::thread thread_;
};

}  // namespace rollcall::cli
