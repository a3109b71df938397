#include "store/local_journals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/limits.hpp"

namespace rollcall::store {
namespace {

constexpr std::string_view kEnding = ".journal";

class LocalJournal final : public JournalFile {
 public:
  explicit LocalJournal(AppendFile file) : file_(std::move(file)) {}
  Expected<void> append(std::string_view bytes) override { return file_.append(bytes); }
  Expected<void> sync() override { return file_.sync(); }

 private:
  AppendFile file_;
};

bool is_run(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string LocalJournals::name(const std::string& run) const {
  return fmt::format("{}.{}{}", state_.string(), run, kEnding);
}

Expected<std::vector<std::string>> LocalJournals::runs() {
  std::vector<std::string> runs;
  const std::filesystem::path folder = state_.has_parent_path() ? state_.parent_path() : ".";
  const std::string start = state_.filename().string() + ".";
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string file = entries->path().filename().string();
    if (file.size() <= start.size() + kEnding.size() || !file.starts_with(start) || !file.ends_with(kEnding))
      continue;
    std::string run = file.substr(start.size(), file.size() - start.size() - kEnding.size());
    if (is_run(run)) runs.push_back(std::move(run));
  }
  // Where the folder is not there, the state is not either, and writing it tells what to do.
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    return fail(fmt::format("Cannot look for journals in {}: {}.", folder.string(), error.message()),
                "Make the folder readable for this user.");
  std::sort(runs.begin(), runs.end());
  return runs;
}

Expected<std::optional<std::string>> LocalJournals::read(const std::string& run) {
  return read_own_file(name(run), kJournalLimit);
}

Expected<std::unique_ptr<JournalFile>> LocalJournals::create(const std::string& run) {
  if (folder_ == Folder::kMade)
    if (auto made = make_private_folder(state_.parent_path()); !made)
      return tl::unexpected<Error>(made.error());
  auto file = AppendFile::create(name(run));
  if (!file) return tl::unexpected<Error>(file.error());
  return std::unique_ptr<JournalFile>(std::make_unique<LocalJournal>(std::move(*file)));
}

Expected<void> LocalJournals::remove(const std::string& run) {
  return remove_file(name(run));
}

}  // namespace rollcall::store
