#include "cli/background_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace rollcall::cli {
namespace {

/// How often a wait for other texts looks for a stop.
constexpr std::chrono::milliseconds kLookForStop{50};

}  // namespace

BackgroundWriter::~BackgroundWriter() {
  settle();
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackgroundWriter::hand_over(std::string line) {
  push({std::move(line), false});
}

void BackgroundWriter::redraw(std::string text) {
  push({std::move(text), true});
}

void BackgroundWriter::push(Entry entry) {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    if (entry.is_redraw && !queue_.empty() && queue_.back().is_redraw) {
      queue_.back() = std::move(entry);
      return;
    }
    if (queue_.size() >= limits_.waiting) {
      if (!entry.is_redraw) ++dropped_;
      return;
    }
    if (!entry.is_redraw) entry.text.insert(0, take_notice());
    queue_.push_back(std::move(entry));
  }
  changed_.notify_all();
}

void BackgroundWriter::settle() {
  std::unique_lock lock(mutex_);
  while (!is_idle()) {
    const std::size_t before = taken_;
    if (changed_.wait_for(lock, limits_.patience, [&] { return is_idle() || taken_ != before; })) continue;
    dropped_ += static_cast<std::size_t>(
        std::count_if(queue_.begin(), queue_.end(), [](const Entry& entry) { return !entry.is_redraw; }));
    queue_.clear();
    gives_up_ = true;
    changed_.wait(lock, [this] { return is_idle(); });
    gives_up_ = false;
  }
}

void BackgroundWriter::write(std::string_view text, const std::stop_token& stop) {
  std::string all;
  {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kLookForStop, [this] { return is_idle(); })) {
      if (!stop.stop_requested()) continue;
      lock.unlock();
      settle();
      lock.lock();
    }
    all = take_notice().append(text);
    is_writing_ = true;
  }
  // A reader that has gone away is no reason to stop.
  static_cast<void>(stream_.write(all, stop, limits_.patience));
  {
    const std::lock_guard lock(mutex_);
    is_writing_ = false;
  }
  changed_.notify_all();
}

void BackgroundWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || (!queue_.empty() && !is_writing_); });
    if (ends_) return;
    const Entry entry = std::move(queue_.front());
    queue_.pop_front();
    is_writing_ = true;
    lock.unlock();
    const bool is_whole = write_in_pieces(entry.text);
    lock.lock();
    if (!is_whole && !entry.is_redraw) ++dropped_;
    is_writing_ = false;
    changed_.notify_all();
  }
}

bool BackgroundWriter::write_in_pieces(std::string_view text) {
  while (!text.empty()) {
    const std::optional<std::size_t> written = stream_.write_some(text);
    // A reader that has gone away is no reason to stop.
    if (!written) return true;
    text.remove_prefix(*written);
    const std::lock_guard lock(mutex_);
    if (gives_up_) return text.empty();
    if (*written == 0) continue;
    ++taken_;
    changed_.notify_all();
  }
  return true;
}

std::string BackgroundWriter::take_notice() {
  const std::size_t dropped = std::exchange(dropped_, 0);
  if (dropped == 0) return {};
  return fmt::format("({} of progress {} dropped: stderr was not read in time.)\n",
                     pluralize(dropped, "line", "lines"), dropped == 1 ? "was" : "were");
}

}  // namespace rollcall::cli
