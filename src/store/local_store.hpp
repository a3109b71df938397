#pragma once

#include <filesystem>

#include "base/owned_file.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// A state in a file of mode 0600. The one before it is kept as FILE.bak, the lock is FILE.lock. A symbolic
/// link is followed once, when the store is made: the real file is what is written, and its neighbours are
/// used. The lock is an flock, so it ends with its process; the file itself
/// is never removed. Versions are digests. Files beside the state that are not ours (see base/owned_file.hpp)
/// are refused and left as they are.
class LocalStore final : public Store {
 public:
  /// `is_state` tells a state from other files by its start; without it every file is taken for one.
  explicit LocalStore(const std::filesystem::path& path, IsOurs is_state = nullptr);

  [[nodiscard]] std::string name() const override { return name_; }
  /// The real file, whose neighbours belong to the state.
  [[nodiscard]] const std::filesystem::path& file() const { return path_; }
  Expected<std::optional<Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override;
  LockSight look_at_lock() override;
  Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) override;
  Expected<void> remove_lock(const std::string& id) override;

 private:
  [[nodiscard]] std::filesystem::path beside(std::string_view ending) const;

  std::string name_;
  std::filesystem::path path_;
  IsOurs is_state_;
};

}  // namespace rollcall::store
