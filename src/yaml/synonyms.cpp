#include "yaml/synonyms.hpp"

#include <algorithm>
#include <array>

#include "base/suggestion.hpp"
#include "base/text.hpp"

namespace rollcall::yaml {
namespace {

struct Synonym {
  std::string_view word;
  std::string_view meant;
};

/// A word may stand for several: the first that is right at the place counts.
constexpr auto kSynonyms = std::to_array<Synonym>({
    // role
    {"admin", "administrator"},
    {"admins", "administrator"},
    {"owner", "administrator"},
    {"manager", "administrator"},
    {"member", "agent"},
    {"user", "agent"},
    {"operator", "agent"},
    {"staff", "agent"},
    // status
    {"enabled", "active"},
    {"open", "active"},
    {"disabled", "suspended"},
    {"inactive", "suspended"},
    {"deactivated", "suspended"},
    {"blocked", "suspended"},
    {"locked", "suspended"},
    {"closed", "suspended"},
    // on_remove, unlisted_members
    {"keep", "retain"},
    {"release", "retain"},
    {"leave", "retain"},
    {"ignore", "retain"},
    {"none", "retain"},
    {"disable", "suspend"},
    {"deactivate", "suspend"},
    {"block", "suspend"},
    {"remove", "delete"},
    {"destroy", "delete"},
    {"purge", "delete"},
    {"retain", "keep"},
    {"leave", "keep"},
    {"ignore", "keep"},
    {"allow", "keep"},
    {"remove", "revoke"},
    {"delete", "revoke"},
    {"warn", "report"},
    {"list", "report"},
    // sections, and the keys of groups and rules
    {"workspaces", "accounts"},
    {"organizations", "accounts"},
    {"organisations", "accounts"},
    {"tenants", "accounts"},
    {"customers", "accounts"},
    {"people", "users"},
    {"persons", "users"},
    {"members", "users"},
    {"agents", "users"},
    {"people", "members"},
    {"persons", "members"},
    {"users", "members"},
    {"agents", "members"},
    {"teams", "groups"},
    {"team", "groups"},
    {"bots", "agent_bots"},
    {"roles", "grants"},
    {"rules", "grants"},
    {"access", "grants"},
    {"permissions", "grants"},
    {"memberships", "grants"},
    {"assignments", "grants"},
    {"bindings", "grants"},
    {"renames", "moved"},
    {"renamed", "moved"},
    // other keys
    {"title", "name"},
    {"label", "name"},
    {"language", "locale"},
    {"lang", "locale"},
    {"email", "support_email"},
    {"mail", "support_email"},
    {"flags", "features"},
    {"feature_flags", "features"},
    {"quotas", "limits"},
    {"attributes", "custom_attributes"},
    {"state", "status"},
    {"url", "outgoing_url"},
    {"webhook", "outgoing_url"},
    {"webhook_url", "outgoing_url"},
    {"on_delete", "on_remove"},
    {"exclude", "except"},
    {"excluding", "except"},
    {"expires", "until"},
    {"expires_on", "until"},
    {"valid_until", "until"},
    {"end", "until"},
    {"why", "reason"},
    {"comment", "reason"},
    {"ticket", "reason"},
    {"old", "from"},
    {"new", "to"},
});

}  // namespace

std::optional<std::string> meant_word(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string lower = to_lower(word);
  for (const Synonym& synonym : kSynonyms)
    if (synonym.word == lower &&
        std::find(candidates.begin(), candidates.end(), synonym.meant) != candidates.end())
      return std::string(synonym.meant);
  return closest(lower, candidates);
}

}  // namespace rollcall::yaml
