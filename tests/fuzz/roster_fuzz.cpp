#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "policy/policy.hpp"
#include "roster/roster.hpp"

using namespace rollcall;

namespace {

/// A file in memory under a path that can be read like any other.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("roster", 0)) { fuzz::require(fd_ >= 0, "memfd_create works"); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  void fill(std::string_view bytes) const {
    fuzz::require(::ftruncate(fd_, 0) == 0 &&
                      ::pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
                  "a file in memory can be written");
  }
  [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

constexpr std::size_t kMostFiles = 3;
constexpr char kBetweenFiles = '\x1d';

/// A roster of several files is one input with control characters between them that no file may hold.
std::vector<std::filesystem::path> files_of(std::string_view input) {
  static const MemoryFile memory[kMostFiles];
  std::vector<std::filesystem::path> paths;
  for (const MemoryFile& file : memory) {
    const std::size_t end = &file == &memory[kMostFiles - 1] ? input.npos : input.find(kBetweenFiles);
    file.fill(input.substr(0, end));
    paths.push_back(file.path());
    if (end == input.npos) break;
    input.remove_prefix(end + 1);
  }
  return paths;
}

bool same_grants(const model::DesiredEstate& a, const model::DesiredEstate& b) {
  return a.grants == b.grants && a.causes == b.causes;
}

void require_grants(const std::vector<model::DesiredGrant>& grants, const model::DesiredEstate& estate,
                    const model::Directory& directory) {
  const auto pair = [](const model::DesiredGrant& g) { return std::pair(g.grant.account, g.grant.user); };
  fuzz::require(
      std::adjacent_find(grants.begin(), grants.end(),
                         [&](const auto& a, const auto& b) { return pair(a) >= pair(b); }) == grants.end(),
      "grants are sorted, one for each account and person");
  for (const model::DesiredGrant& grant : grants) {
    fuzz::require(static_cast<std::size_t>(grant.grant.account) < directory.accounts.size() &&
                      static_cast<std::size_t>(grant.grant.user) < directory.users.size(),
                  "a grant names an account and a person of the roster");
    fuzz::require(grant.cause != 0 && grant.cause < estate.causes.sets.size() &&
                      !estate.causes.sets[grant.cause].empty(),
                  "a rule causes each grant");
  }
}

void require_resolved(const roster::Roster& roster, const model::Directory& directory) {
  const Date today = *parse_date("2026-01-15");
  const Date last = *parse_date("9999-12-31");
  const model::DesiredEstate estate = policy::resolve(roster, directory, today);
  require_grants(estate.grants, estate, directory);
  require_grants(estate.lapsed, estate, directory);
  const Date until = estate.valid_until.value_or(last);
  fuzz::require(until >= today, "an estate is valid today");
  fuzz::require(same_grants(policy::resolve(roster, directory, until), estate),
                "an estate stays what it is until it lapses");
  const model::DesiredEstate end = policy::resolve(roster, directory, last);
  fuzz::require(end.grants.size() <= estate.grants.size(), "time takes access away and gives none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceFiles files;
  model::Directory directory;
  const roster::LoadedRoster loaded = roster::load({files_of(fuzz::text_of(data, size))}, files, directory);
  fuzz::require_diagnostics(loaded.diagnostics, files);
  model::Guardrails guardrails;
  guardrails.require_reason_for = {model::Role::kAdministrator};
  guardrails.allowed_email_domains = {"example.com"};
  fuzz::require_diagnostics(
      policy::review_parts(loaded.roster, guardrails, directory, files, *parse_date("2026-01-15")), files);
  if (has_errors(loaded.diagnostics)) return 0;
  const Diagnostics reviewed =
      policy::review(loaded.roster, guardrails, directory, files, *parse_date("2026-01-15"));
  fuzz::require_diagnostics(reviewed, files);
  const bool is_too_much = std::any_of(reviewed.begin(), reviewed.end(), [](const Diagnostic& found) {
    return found.rule == "R906" || found.rule == "R907";
  });
  if (!is_too_much) require_resolved(loaded.roster, directory);
  return 0;
}
