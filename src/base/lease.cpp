#include "base/lease.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall {

using std::chrono::milliseconds;

void Lease::begin(std::string state, milliseconds since, milliseconds length) {
  const std::scoped_lock lock(mutex_);
  state_ = std::move(state);
  length_ = length;
  until_ = since + length;
  trouble_.clear();
  lost_.reset();
}

void Lease::renew(milliseconds since) {
  {
    const std::scoped_lock lock(mutex_);
    if (is_lost()) return;
    until_ = since + length_;
    trouble_.clear();
  }
  changed_.notify_all();
}

void Lease::note_trouble(std::string words) {
  const std::scoped_lock lock(mutex_);
  trouble_ = std::move(words);
}

void Lease::lose(Error why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!lost_) lost_ = std::move(why);
  }
  changed_.notify_all();
}

void Lease::end() {
  {
    const std::scoped_lock lock(mutex_);
    length_ = milliseconds{0};
  }
  changed_.notify_all();
}

bool Lease::may_send() {
  const std::scoped_lock lock(mutex_);
  return may_send_now();
}

bool Lease::wait(const std::function<bool()>& give_up) {
  constexpr milliseconds kLook{50};
  while (true) {
    {
      const std::scoped_lock lock(mutex_);
      if (may_send_now()) return true;
      if (is_lost()) return false;
    }
    if (give_up()) return false;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLook);
  }
}

std::optional<Error> Lease::lost() {
  const std::scoped_lock lock(mutex_);
  static_cast<void>(is_lost());
  return lost_;
}

milliseconds Lease::length() const {
  const std::scoped_lock lock(mutex_);
  return length_;
}

bool Lease::is_lost() {
  if (!lost_ && length_ > milliseconds{0} && clock_.ticks() >= until_)
    lost_ = Error{
        fmt::format("The lock of {} was not renewed within {} seconds, so another run may have taken it{}",
                    state_, std::chrono::ceil<std::chrono::seconds>(length_).count(),
                    trouble_.empty() ? "." : ": " + trouble_),
        "Nothing more is sent. Run the command again."};
  return lost_.has_value();
}

bool Lease::may_send_now() {
  constexpr int kLastPart = 6;
  if (is_lost()) return false;
  return length_ == milliseconds{0} || until_ - clock_.ticks() >= length_ / kLastPart;
}

}  // namespace rollcall
