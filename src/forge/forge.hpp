#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/error.hpp"

namespace rollcall::forge {

struct Comment {
  std::int64_t id = 0;
  std::string body;

  bool operator==(const Comment&) const = default;
};

/// A write that was not confirmed.
struct WriteFailure {
  enum class Effect : std::uint8_t {
    kNone,
    /// It has had its effect, or it has none and never will.
    kUnknown,
    /// The forge may still be at it.
    kMayFollow
  };

  Error error;
  Effect effect = Effect::kNone;
};

using Written = tl::expected<Comment, WriteFailure>;

/// The comments of one merge or pull request.
class Forge {
 public:
  virtual ~Forge() = default;
  /// The user whose the token is, as the authors of comments are named.
  virtual Expected<std::string> own_user() = 0;
  /// All comments of this author.
  virtual Expected<std::vector<Comment>> comments_of(const std::string& author) = 0;
  /// Sent once.
  virtual Written create(const std::string& body) = 0;
  virtual Written update(std::int64_t id, const std::string& body) = 0;
};

}  // namespace rollcall::forge
