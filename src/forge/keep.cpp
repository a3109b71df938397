#include "forge/keep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/throttle.hpp"

namespace rollcall::forge {
namespace {

using Effect = WriteFailure::Effect;

constexpr int kWrites = 3;
/// Until what a broken connection has left behind has had its effect.
constexpr std::chrono::seconds kSettling{1};

/// The comments of this user that begin with the marker, the oldest first.
Expected<std::vector<Comment>> find_ours(Forge& forge, const std::string& user, const Body& body) {
  auto comments = forge.comments_of(user);
  if (!comments) return comments;
  comments->erase(
      std::remove_if(comments->begin(), comments->end(),
                     [&](const Comment& comment) { return !has_marker(comment.body, body.marker); }),
      comments->end());
  std::sort(comments->begin(), comments->end(),
            [](const Comment& a, const Comment& b) { return a.id < b.id; });
  return comments;
}

Error with_doubt(Error error) {
  error.message += " It is unknown whether the comment was written.";
  error.hint += fmt::format("{}The next run finds it if it was.", error.hint.empty() ? "" : " ");
  return error;
}

class Keeper {
 public:
  Keeper(Forge& forge, const Body& body, Mode mode, Clock& clock, std::stop_token stop)
      : forge_(forge), body_(body), mode_(mode), clock_(clock), stop_(std::move(stop)) {}

  Expected<Kept> keep() {
    const auto user = forge_.own_user();
    if (!user) return tl::unexpected<Error>(user.error());
    for (int write = 1;; ++write) {
      const auto ours = find_ours(forge_, *user, body_);
      if (!ours) return tl::unexpected<Error>(lost_ ? with_doubt(ours.error()) : ours.error());
      if (auto done = without_write(*ours)) return *done;
      if (lost_ && !may_write_again_) return tl::unexpected<Error>(with_doubt(*lost_));
      const auto written =
          ours->empty() ? forge_.create(body_.whole) : forge_.update(ours->front().id, body_.whole);
      if (written) return confirm(*written, *ours);
      if (written.error().effect == Effect::kNone) return tl::unexpected<Error>(written.error().error);
      lost_ = written.error().error;
      may_write_again_ = write < kWrites && (written.error().effect == Effect::kUnknown || !ours->empty());
      created_ = created_ || ours->empty();
      http::wait_for(clock_, kSettling, stop_);
    }
  }

 private:
  /// What is to be done without a write; nothing where one is needed.
  [[nodiscard]] std::optional<Kept> without_write(const std::vector<Comment>& ours) const {
    if (ours.empty()) return mode_ == Mode::kOnlyLook ? std::optional(Kept{Change::kCreated}) : std::nullopt;
    const Comment& oldest = ours.front();
    const std::size_t others = ours.size() - 1;
    if (is_same_text(oldest.body, body_.whole))
      return Kept{created_ ? Change::kCreated
                  : lost_  ? Change::kUpdated
                           : Change::kUnchanged,
                  oldest.id, others};
    return mode_ == Mode::kOnlyLook ? std::optional(Kept{Change::kUpdated, oldest.id, others}) : std::nullopt;
  }

  [[nodiscard]] Expected<Kept> confirm(const Comment& written, const std::vector<Comment>& ours) const {
    if (!is_same_text(written.body, body_.whole))
      return fail(
          fmt::format("Comment {} was written, and shows another text than it was given.", written.id),
          "Look at it: something may have changed it at the same time, or taken a part of it for a command.");
    if (ours.empty()) return Kept{Change::kCreated, written.id, 0};
    return Kept{created_ ? Change::kCreated : Change::kUpdated, written.id, ours.size() - 1};
  }

  Forge& forge_;
  const Body& body_;
  Mode mode_;
  Clock& clock_;
  std::stop_token stop_;
  /// Of the last write, where what became of it is unknown.
  std::optional<Error> lost_;
  bool may_write_again_ = true;
  /// One of the lost writes was a creation.
  bool created_ = false;
};

}  // namespace

Expected<Kept> keep_comment(Forge& forge, const Body& body, Mode mode, Clock& clock,
                            const std::stop_token& stop) {
  return Keeper(forge, body, mode, clock, stop).keep();
}

}  // namespace rollcall::forge
