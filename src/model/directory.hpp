#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rollcall::model {

/// Short names of accounts, people and bots within one run. Files never hold them, and their order means
/// nothing: sort by key or address whatever a person sees.
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
  Interner(const Interner& other) { *this = other; }
  Interner& operator=(const Interner& other) {
    if (this != &other) {
      texts_.clear();
      refs_.clear();
      for (const std::string* text : other.texts_) intern(*text);
    }
    return *this;
  }
  Interner(Interner&&) noexcept = default;
  Interner& operator=(Interner&&) noexcept = default;
  ~Interner() = default;

  Ref intern(std::string_view text) {
    if (const auto found = refs_.find(text); found != refs_.end()) return found->second;
    const Ref ref{static_cast<std::uint32_t>(texts_.size())};
    const auto [at, inserted] = refs_.emplace(std::string(text), ref);
    texts_.push_back(&at->first);
    return ref;
  }
  [[nodiscard]] std::optional<Ref> find(std::string_view text) const {
    const auto found = refs_.find(text);
    return found == refs_.end() ? std::nullopt : std::optional<Ref>(found->second);
  }
  [[nodiscard]] const std::string& text(Ref ref) const { return *texts_[static_cast<std::uint32_t>(ref)]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // The nodes of the map own the texts and never move.
  std::unordered_map<std::string, Ref, Hash, std::equal_to<>> refs_;
  std::vector<const std::string*> texts_;
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
