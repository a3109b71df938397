#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::model {

/// Short names of accounts, users and bots within one run. Files never hold them, and their order means
/// nothing: sort by key or address whatever a user sees.
enum class AccountRef : std::uint32_t {};
enum class UserRef : std::uint32_t {};
enum class BotRef : std::uint32_t {};

/// An id that the server gave.
using ServerId = std::int64_t;

/// Append-only texts under 32-bit numbers, each text once.
template <class Ref>
class Interner {
 public:
  Interner() = default;
  // The slots of a copy look at its own texts.
  Interner(const Interner& other) {
    for (const std::string& text : other.texts_) intern(text);
  }
  Interner& operator=(const Interner& other) { return *this = Interner(other); }
  Interner(Interner&&) noexcept = default;
  Interner& operator=(Interner&&) noexcept = default;
  ~Interner() = default;

  Ref intern(std::string_view text) {
    // At most half full, so that a search is short.
    if (slots_.size() < 2 * (texts_.size() + 1)) grow();
    const std::uint32_t hash = hash_of(text);
    Slot& slot = slots_[search(text, hash)];
    if (slot.number == kNone) {
      const auto number = static_cast<std::uint32_t>(texts_.size());
      slot = {texts_.emplace_back(text), hash, number};
    }
    return Ref{slot.number};
  }
  [[nodiscard]] std::optional<Ref> find(std::string_view text) const {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[search(text, hash_of(text))];
    return slot.number == kNone ? std::nullopt : std::optional<Ref>(Ref{slot.number});
  }
  [[nodiscard]] const std::string& text(Ref ref) const { return texts_[static_cast<std::uint32_t>(ref)]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  /// A large roster asks for the same addresses hundreds of thousands of times, and texts are all over the
  /// memory: the hash saves looks at other texts, and the view the one at the string that owns the text.
  struct Slot {
    std::string_view text;
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };

  static std::uint32_t hash_of(std::string_view text) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
  }
  /// The slot that holds a text, or the free one where it belongs.
  [[nodiscard]] std::size_t search(std::string_view text, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].number != kNone && (slots_[at].hash != hash || slots_[at].text != text))
      at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(std::max(std::size_t{16}, 2 * slots_.size())));
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number == kNone) continue;
      std::size_t at = slot.hash & mask;
      while (slots_[at].number != kNone) at = (at + 1) & mask;
      slots_[at] = slot;
    }
  }

  /// Open addressing with linear probing; as many as a power of two.
  std::vector<Slot> slots_;
  // Never moves a text.
  std::deque<std::string> texts_;
};

/// The one directory of a run: every account key, address (in lower case) and bot key that any estate names.
struct Directory {
  Interner<AccountRef> accounts;
  Interner<UserRef> users;
  Interner<BotRef> bots;

  [[nodiscard]] const std::string& key(AccountRef ref) const { return accounts.text(ref); }
  [[nodiscard]] const std::string& key(UserRef ref) const { return users.text(ref); }
  [[nodiscard]] const std::string& key(BotRef ref) const { return bots.text(ref); }
};

}  // namespace rollcall::model
