#include <algorithm>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "fuzz.hpp"
#include "state/journal.hpp"
#include "state/journal_fold.hpp"

namespace rollcall::fuzz::journal_target {
namespace {

constexpr const char* kName = "rollcall.journal";
constexpr std::size_t kChecksumDigits = 16;

/// Gives each line the checksum without which nothing after it is looked at, chained as in journal.hpp.
std::string sealed(std::string_view lines) {
  std::string out, previous;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string object(lines.substr(0, end));
    previous = sha256(previous + object).substr(0, kChecksumDigits);
    out += previous + " " + object + "\n";
    lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
  }
  return out;
}

struct Journal {
  Expected<state::JournalEnds> ends;
  std::vector<state::JournalEntry> entries;
};

Journal read(std::string_view bytes, model::Directory& directory) {
  std::vector<state::JournalEntry> entries;
  auto ends = state::read_journal(
      bytes, kName, directory, [](const state::JournalHeader&) { return Expected<void>(); },
      [&](state::JournalEntry entry) { entries.push_back(std::move(entry)); });
  return {std::move(ends), std::move(entries)};
}

std::string write(const Journal& journal, const model::Directory& directory) {
  state::JournalEncoder encoder(directory);
  std::string out = encoder.header(*journal.ends->header);
  for (const state::JournalEntry& entry : journal.entries) out += encoder.entry(entry);
  return out;
}

/// What a crash or a bad disk leaves of a whole journal holds the entries up to there, or is refused.
void require_no_other_entries(std::string bytes, const Journal& whole, bool cut,
                              model::Directory& directory) {
  const Journal left = read(bytes, directory);
  fuzz::require(left.entries.size() <= whole.entries.size() &&
                    std::equal(left.entries.begin(), left.entries.end(), whole.entries.begin()),
                "a damaged journal gives no entry that was not written");
  if (cut)
    fuzz::require(left.ends.has_value(), "a journal that was cut off can be used",
                  left.ends ? "" : left.ends.error().message);
  else
    fuzz::require(!left.ends || left.ends->torn || left.entries != whole.entries ||
                      left.ends->header != whole.ends->header,
                  "a changed byte does not go unnoticed", bytes);
}

void require_whole(const Journal& journal, model::Directory& directory, std::size_t where) {
  std::string written = write(journal, directory);
  const Journal again = read(written, directory);
  fuzz::require(again.ends.has_value(), "what is written can be read",
                again.ends ? "" : again.ends.error().message);
  fuzz::require(
      !again.ends->torn && again.ends->header == journal.ends->header && again.entries == journal.entries,
      "what is read is what was written", written);
  fuzz::require(write(again, directory) == written, "what is read is written again as it was", written);
  const std::size_t at = where % written.size();
  require_no_other_entries(written.substr(0, at), journal, true, directory);
  // The last line break alone may go: all of its line is there.
  if (at + 1 == written.size()) return;
  written[at] = static_cast<char>(written[at] ^ 1);
  require_no_other_entries(std::move(written), journal, false, directory);
}

}  // namespace

/// The first byte: 's' for lines that still need their checksums, anything else for the bytes of a file. The
/// second chooses where a copy is cut off and where another one is changed.
ROLLCALL_FUZZ_TARGET(journal) {
  if (size < 2) return 0;
  const std::string_view input = fuzz::text_of(data + 2, size - 2);
  const std::string bytes = data[0] == 's' ? sealed(input) : std::string(input);
  model::Directory directory;
  Journal journal = read(bytes, directory);
  if (!journal.ends) {
    fuzz::require_error(journal.ends.error());
    fuzz::require(journal.ends.error().message.starts_with(kName), "a refusal names the file",
                  journal.ends.error().message);
    return 0;
  }
  fuzz::require(journal.ends->header || journal.entries.empty(), "there is no entry without a header");
  if (!journal.ends->header) return 0;
  // An older version has none, and only the newest one is written.
  if (journal.ends->header->server.empty()) journal.ends->header->server = "https://chat.example.com";
  require_whole(journal, directory, data[1] * size / 256 + size);
  state::JournalFold fold(state::State{}, directory);
  for (const state::JournalEntry& entry : journal.entries) fold.add(entry);
  state::encode(std::move(fold).finish("run"), directory);
  return 0;
}

}  // namespace rollcall::fuzz::journal_target
