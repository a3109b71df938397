#pragma once

#include <filesystem>

#include "store/journals.hpp"

namespace rollcall::store {

/// Journals as files STATE.RUN.journal of mode 0600.
class LocalJournals final : public Journals {
 public:
  /// `state` is the path of the state, links followed.
  explicit LocalJournals(std::filesystem::path state) : state_(std::move(state)) {}

  Expected<std::vector<std::string>> runs() override;
  Expected<std::optional<std::string>> read(const std::string& run) override;
  Expected<std::unique_ptr<JournalFile>> create(const std::string& run) override;
  Expected<void> remove(const std::string& run) override;
  [[nodiscard]] std::string name(const std::string& run) const override;

 private:
  std::filesystem::path state_;
};

}  // namespace rollcall::store
