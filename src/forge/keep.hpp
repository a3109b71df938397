#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "forge/body.hpp"
#include "forge/forge.hpp"

namespace rollcall::forge {

enum class Change : std::uint8_t { kCreated, kUpdated, kUnchanged };

/// What was done, or would be.
struct Kept {
  Change change = Change::kUnchanged;
  /// 0: a comment that was not created, because nothing is to be written.
  std::int64_t id = 0;
  /// More comments of the token's own user with the marker, newer than this one and left alone.
  std::size_t others = 0;

  bool operator==(const Kept&) const = default;
};

enum class Mode : std::uint8_t { kWrite, kOnlyLook };

/// Keeps one comment with the body: the oldest that the token's own user wrote with its marker, else a new
/// one. Nothing is written where it has the body already. After a write whose response was lost it looks
/// again before it writes anything else, so a lost response never makes two comments.
Expected<Kept> keep_comment(Forge& forge, const Body& body, Mode mode, Clock& clock,
                            const std::stop_token& stop);

}  // namespace rollcall::forge
