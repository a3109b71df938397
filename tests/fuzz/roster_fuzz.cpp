#include <algorithm>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "policy/policy.hpp"
#include "roster/roster.hpp"

namespace rollcall::fuzz::roster_target {
namespace {

bool same_grants(const model::DesiredEstate& a, const model::DesiredEstate& b) {
  return a.grants == b.grants && a.causes == b.causes;
}

void require_grants(const std::vector<model::DesiredGrant>& grants, const model::DesiredEstate& estate,
                    const model::Directory& directory) {
  const auto pair = [](const model::DesiredGrant& g) { return std::pair(g.grant.account, g.grant.user); };
  fuzz::require(
      std::adjacent_find(grants.begin(), grants.end(),
                         [&](const auto& a, const auto& b) { return pair(a) >= pair(b); }) == grants.end(),
      "grants are sorted, one for each account and user");
  for (const model::DesiredGrant& grant : grants) {
    fuzz::require(static_cast<std::size_t>(grant.grant.account) < directory.accounts.size() &&
                      static_cast<std::size_t>(grant.grant.user) < directory.users.size(),
                  "a grant names an account and a user of the roster");
    fuzz::require(grant.cause != 0 && grant.cause < estate.causes.sets.size() &&
                      !estate.causes.sets[grant.cause].empty(),
                  "a rule causes each grant");
  }
}

void require_resolved(const roster::Roster& roster, const model::Directory& directory) {
  const Date today = *parse_date("2026-01-15");
  const Date last = *parse_date("9999-12-31");
  const policy::Reaches reaches = policy::reach_of_rules(roster, directory);
  const model::DesiredEstate estate = policy::resolve(roster, reaches, directory, today);
  require_grants(estate.grants, estate, directory);
  require_grants(estate.expired, estate, directory);
  const Date until = estate.valid_until.value_or(last);
  fuzz::require(until >= today, "an estate is valid today");
  fuzz::require(same_grants(policy::resolve(roster, reaches, directory, until), estate),
                "an estate stays what it is until it expires");
  const model::DesiredEstate end = policy::resolve(roster, reaches, directory, last);
  fuzz::require(end.grants.size() <= estate.grants.size(), "time takes access away and gives none");
}

}  // namespace

ROLLCALL_FUZZ_TARGET(roster) {
  SourceFiles files;
  model::Directory directory;
  const roster::LoadedRoster loaded =
      roster::load({fuzz::files_of(fuzz::text_of(data, size))}, files, directory);
  fuzz::require_diagnostics(loaded.diagnostics, files);
  model::Guardrails guardrails;
  guardrails.require_reason_for = {model::Role::kAdministrator};
  guardrails.allowed_email_domains = {"example.com"};
  fuzz::require_diagnostics(
      policy::review_parts(loaded.roster, guardrails, directory, files, *parse_date("2026-01-15")), files);
  if (has_errors(loaded.diagnostics)) return 0;
  const Diagnostics reviewed = policy::review(loaded.roster, policy::reach_of_rules(loaded.roster, directory),
                                              guardrails, directory, files, *parse_date("2026-01-15"));
  fuzz::require_diagnostics(reviewed, files);
  const bool is_too_much = std::any_of(reviewed.begin(), reviewed.end(), [](const Diagnostic& found) {
    return found.rule == "R906" || found.rule == "R907";
  });
  if (!is_too_much) require_resolved(loaded.roster, directory);
  return 0;
}

}  // namespace rollcall::fuzz::roster_target
