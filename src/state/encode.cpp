#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "model/kinds.hpp"
#include "state/object_writer.hpp"
#include "state/state.hpp"
#include "state/state_change_json.hpp"

namespace rollcall::state {
namespace {

class Encoder {
 public:
  Encoder(const State& state, const model::Directory& directory) : state_(state), directory_(directory) {
    rank_users();
  }

  std::string run() {
    out_.reserve(4096 + state_.estate.grants.size() * 56 + state_.estate.users.size() * 200);
    header();
    sections(false, "  ");
    out_ += ",\n  \"released\": {\n";
    sections(true, "    ");
    out_ += "\n  }";
    if (!state_.estate.forgotten.empty()) forgotten();
    if (!state_.unresolved.empty()) {
      out_ += ",\n  \"unresolved\": ";
      intents(state_.unresolved, "  ");
    }
    if (state_.applying) applying(*state_.applying);
    out_ += "\n}\n";
    return std::move(out_);
  }

 private:
  void rank_users() {
    std::vector<std::uint32_t> order(directory_.users.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return directory_.users.text(model::UserRef{a}) < directory_.users.text(model::UserRef{b});
    });
    rank_.resize(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
  }

  void header() {
    fmt::format_to(std::back_inserter(out_), "{{\n  \"format\": \"{}\",\n  \"version\": {},\n", kStateFormat,
                   kStateVersion);
    text_line("lineage", state_.lineage);
    fmt::format_to(std::back_inserter(out_), "  \"serial\": {},\n", state_.serial);
    text_line("server", state_.server);
    text_line("last_run", state_.last_run);
    if (state_.last_plan) last_plan(*state_.last_plan);
    if (state_.written_at) text_line("written_at", to_string(*state_.written_at));
    fmt::format_to(std::back_inserter(out_), "  \"accounts_seen_to\": {},\n", state_.estate.accounts_seen_to);
  }

  void last_plan(const AppliedPlan& plan) {
    out_ += "  \"last_plan\": {\"digest\": ";
    append_json_text(out_, plan.digest);
    fmt::format_to(std::back_inserter(out_), ", \"complete\": {}}},\n", plan.complete);
  }

  /// Left out where there is nothing, as it nearly always is.
  void forgotten() {
    std::string_view separator = ",\n  \"forgotten\": [\n    {";
    for (const model::ForgottenObject& object : state_.estate.forgotten) {
      out_ += std::exchange(separator, "},\n    {");
      out_ += "\"address\": ";
      append_json_text(out_, to_string(object.address));
      if (object.id != 0) fmt::format_to(std::back_inserter(out_), ", \"id\": {}", object.id);
      if (object.nonce.empty()) continue;
      out_ += ", \"nonce\": ";
      append_json_text(out_, object.nonce);
    }
    out_ += "}\n  ]";
  }

  /// Sorted, one a line.
  void intents(const std::vector<Intent>& intents, std::string_view indent) {
    std::vector<std::string> lines;
    for (const Intent& intent : intents) append_intent(lines.emplace_back("{"), intent, directory_);
    for (std::string& line : lines) line += '}';
    list(std::move(lines), indent);
  }

  void list(std::vector<std::string> lines, std::string_view indent) {
    std::sort(lines.begin(), lines.end());
    out_ += '[';
    std::string_view separator = "\n";
    for (const std::string& line : lines)
      fmt::format_to(std::back_inserter(out_), "{}{}  {}", std::exchange(separator, ",\n"), indent, line);
    if (!lines.empty()) fmt::format_to(std::back_inserter(out_), "\n{}", indent);
    out_ += ']';
  }

  void applying(const Applying& applying) {
    out_ += ",\n  \"applying\": {\n    \"run\": ";
    append_json_text(out_, applying.run);
    if (!applying.plan_digest.empty()) {
      out_ += ", \"plan_digest\": ";
      append_json_text(out_, applying.plan_digest);
    }
    out_ += ", \"holder\": ";
    append_json_text(out_, applying.holder);
    fmt::format_to(std::back_inserter(out_), ", \"started\": \"{}\", \"records_folded\": {}",
                   to_string(applying.started), applying.records_folded);
    out_ += ",\n    \"creations\": ";
    intents(applying.creations, "    ");
    std::vector<std::string> touched;
    for (const model::Address& address : applying.touched)
      append_json_text(touched.emplace_back(), to_string(address));
    out_ += ",\n    \"touched\": ";
    list(std::move(touched), "    ");
    out_ += "\n  }";
  }

  void text_line(std::string_view key, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "  \"{}\": ", key);
    append_json_text(out_, text);
    out_ += ",\n";
  }

  void sections(bool released, const std::string& indent) {
    std::string_view separator;
    model::each_kind([&]<class Kind>(Kind) {
      out_ += std::exchange(separator, ",\n");
      section<Kind>(released, indent);
    });
  }

  template <class Kind>
  void section(bool released, const std::string& indent) {
    using Object = model::Recorded<Kind>;
    const auto& texts = directory_.*Kind::kDirectory;
    std::vector<const Object*> sorted;
    for (const Object& object : state_.estate.of<Kind>())
      if (object.released == released) sorted.push_back(&object);
    std::sort(sorted.begin(), sorted.end(),
              [&](const Object* a, const Object* b) { return texts.text(a->ref) < texts.text(b->ref); });
    fmt::format_to(std::back_inserter(out_), "{}\"{}\": {{", indent, Kind::kSection);
    std::string_view separator = "\n";
    for (const Object* object : sorted) {
      fmt::format_to(std::back_inserter(out_), "{}{}  ", std::exchange(separator, ",\n"), indent);
      append_json_text(out_, texts.text(object->ref));
      out_ += ": {";
      body(*object, indent);
      out_ += '}';
    }
    if (!sorted.empty()) fmt::format_to(std::back_inserter(out_), "\n{}", indent);
    out_ += '}';
  }

  void body(const model::RecordedFacts& object, const std::string&) { append_facts(out_, object); }

  void body(const model::RecordedAccount& account, const std::string& indent) {
    fmt::format_to(std::back_inserter(out_), "\n{}    \"grants\": {{", indent);
    grants(account.ref, indent);
    fmt::format_to(std::back_inserter(out_), "}},\n{}    ", indent);
    append_facts(out_, account);
    if (account.suspended_by_removal) out_ += ", \"suspended_by_removal\": true";
    if (!account.unlisted.empty()) unlisted(account.unlisted, indent);
    fmt::format_to(std::back_inserter(out_), "\n{}  ", indent);
  }

  void grants(model::AccountRef account, const std::string& indent) {
    const auto recorded = model::grants_of(state_.estate, account);
    if (recorded.empty()) return;
    std::vector<model::Grant> sorted(recorded.begin(), recorded.end());
    const auto rank = [&](const model::Grant& grant) {
      return rank_[static_cast<std::uint32_t>(grant.user)];
    };
    std::sort(sorted.begin(), sorted.end(),
              [&](const model::Grant& a, const model::Grant& b) { return rank(a) < rank(b); });
    std::string_view separator = "\n";
    for (const model::Grant& grant : sorted) {
      out_ += std::exchange(separator, ",\n");
      out_ += indent;
      out_ += "      ";
      append_json_text(out_, directory_.users.text(grant.user));
      out_ += ": \"";
      out_ += model::to_string(grant.role);
      out_ += '"';
    }
    fmt::format_to(std::back_inserter(out_), "\n{}    ", indent);
  }

  void unlisted(const std::vector<model::UnlistedMember>& members, const std::string& indent) {
    fmt::format_to(std::back_inserter(out_), ",\n{}    \"unlisted\": [", indent);
    std::string_view separator = "\n";
    for (const model::UnlistedMember& member : members) {
      fmt::format_to(std::back_inserter(out_), "{}{}      ", std::exchange(separator, ",\n"), indent);
      append_unlisted(out_, member);
    }
    fmt::format_to(std::back_inserter(out_), "\n{}    ]", indent);
  }

  const State& state_;
  const model::Directory& directory_;
  /// The place of each user in the byte order of addresses.
  std::vector<std::uint32_t> rank_;
  std::string out_;
};

}  // namespace

std::string encode(const State& state, const model::Directory& directory) {
  return Encoder(state, directory).run();
}

}  // namespace rollcall::state
