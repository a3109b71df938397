#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include "store/journals.hpp"

namespace rollcall::store {

/// Journals as files STATE.RUN.journal of mode 0600.
class LocalJournals final : public Journals {
 public:
  /// Whether the folder is made for the first journal, for its owner alone.
  enum class Folder : std::uint8_t { kThere, kMade };

  /// `state` is the path of the state, links followed; of one that lives elsewhere, what its files here begin
  /// with.
  explicit LocalJournals(std::filesystem::path state, Folder folder = Folder::kThere)
      : state_(std::move(state)), folder_(folder) {}

  Expected<std::vector<std::string>> runs() override;
  Expected<std::optional<std::string>> read(const std::string& run) override;
  Expected<std::unique_ptr<JournalFile>> create(const std::string& run) override;
  Expected<void> remove(const std::string& run) override;
  [[nodiscard]] std::string name(const std::string& run) const override;

 private:
  std::filesystem::path state_;
  Folder folder_;
};

}  // namespace rollcall::store
