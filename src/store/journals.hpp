#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace rollcall::store {

/// A journal that is being written.
class JournalFile {
 public:
  JournalFile() = default;
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  virtual ~JournalFile() = default;
  /// Survives the end of the process from then on.
  virtual Expected<void> append(std::string_view bytes) = 0;
  /// Everything appended survives a power cut from then on.
  virtual Expected<void> sync() = 0;
};

/// The journals of one state, by the names of their runs (letters, digits, dashes). They are kept on this
/// machine wherever the state lives. Knows nothing of what is in them.
class Journals {
 public:
  Journals() = default;
  Journals(const Journals&) = delete;
  Journals& operator=(const Journals&) = delete;
  virtual ~Journals() = default;
  /// The runs that have one, sorted.
  virtual Expected<std::vector<std::string>> runs() = 0;
  /// Nothing where there is none (any more).
  virtual Expected<std::optional<std::string>> read(const std::string& run) = 0;
  /// An error where there is one of this run.
  virtual Expected<std::unique_ptr<JournalFile>> create(const std::string& run) = 0;
  /// What is gone already is no error.
  virtual Expected<void> remove(const std::string& run) = 0;
  /// As messages name it.
  [[nodiscard]] virtual std::string name(const std::string& run) const = 0;
};

}  // namespace rollcall::store
