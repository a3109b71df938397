#include "state/state_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "model/kinds.hpp"
#include "state/object_reader.hpp"
#include "state/state_change_json.hpp"

namespace rollcall::state {
namespace {

tl::unexpected<Problem> problem(std::size_t at, std::string what) {
  return tl::unexpected<Problem>(Problem{at, std::move(what)});
}

/// Keys of one kind that have been seen, by reference.
class Seen {
 public:
  /// False where it was there already.
  template <class Ref>
  bool add(Ref ref) {
    const auto at = static_cast<std::size_t>(ref);
    if (at >= flags_.size()) flags_.resize(std::max(at + 1, flags_.size() * 2));
    if (flags_[at]) return false;
    flags_[at] = true;
    return true;
  }
  template <class Ref>
  [[nodiscard]] bool has(Ref ref) const {
    const auto at = static_cast<std::size_t>(ref);
    return at < flags_.size() && flags_[at];
  }

 private:
  std::vector<bool> flags_;
};

bool is_section(std::string_view name) {
  return model::visit_section(name, [](auto) {});
}

class StateReader final : public DocumentReader {
 public:
  StateReader(model::Directory& directory, std::int64_t version) : directory_(directory) {
    // Version 1 had none.
    if (version == 1) mentioned_.emplace_back("accounts_seen_to");
  }

  Checked<bool> enter(const Path& path, std::size_t at) override {
    const bool released = path.front() == "released";
    const bool section = is_section(path.back());
    const bool known = path.size() == 1 ? section || released : path.size() == 2 && released && section;
    if (!known) return false;
    if (Checked<void> first = mention(path.size() == 1 ? path.back() : "released." + path.back(), at); !first)
      return tl::unexpected<Problem>(first.error());
    return true;
  }

  Checked<void> member(const Path& path, std::string key, std::size_t at, Node value) override {
    const NodeMember member{std::move(key), at, std::move(value)};
    if (path.empty()) return header(member);
    const bool released = path.front() == "released";
    if (released && path.size() == 1)
      return problem(at, is_section(member.key)
                             ? fmt::format("`{}` of released must be an object", member.key)
                             : fmt::format("unknown key `{}` in released", member.key));
    Checked<void> read;
    model::visit_section(path.back(), [&]<class Kind>(Kind) { read = object<Kind>(member, released); });
    return read;
  }

  Checked<State> finish(std::size_t end) {
    std::vector<std::string> wanted = {"format", "version",  "lineage",          "serial",
                                       "server", "last_run", "accounts_seen_to", "released"};
    model::each_kind([&](auto kind) {
      wanted.emplace_back(kind.kSection);
      wanted.push_back(fmt::format("released.{}", kind.kSection));
    });
    for (const std::string& key : wanted)
      if (std::find(mentioned_.begin(), mentioned_.end(), key) == mentioned_.end())
        return problem(end, fmt::format("`{}` is missing", key));
    for (const auto& [user, at] : granted_)
      if (!seen<model::User>().has(user))
        return problem(at, fmt::format("{} has a grant but is in neither users nor released.users",
                                       directory_.users.text(user)));
    auto& estate = state_.estate;
    model::each_kind([&]<class Kind>(Kind) {
      auto& objects = estate.of<Kind>();
      std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.ref < b.ref; });
    });
    std::sort(estate.grants.begin(), estate.grants.end());
    return std::move(state_);
  }

 private:
  Checked<void> mention(const std::string& key, std::size_t at) {
    if (std::find(mentioned_.begin(), mentioned_.end(), key) != mentioned_.end())
      return problem(at, fmt::format("the key `{}` is there twice", key));
    mentioned_.push_back(key);
    return {};
  }

  Checked<void> header(const NodeMember& member) {
    if (Checked<void> first = mention(member.key, member.at); !first) return first;
    const auto* text = std::get_if<std::string>(&member.value.data);
    const auto* number = std::get_if<std::int64_t>(&member.value.data);
    const auto refuse = [&](std::string_view wanted) {
      return problem(member.at, fmt::format("`{}` must be {}", member.key, wanted));
    };
    // What they may say has been checked before.
    if (member.key == "format" || member.key == "version") return {};
    if (member.key == "lineage") {
      if (text == nullptr || !is_token(*text)) return refuse("a UUID");
      state_.lineage = *text;
    } else if (member.key == "serial") {
      if (number == nullptr || *number < 0 || *number > kLargestNumber)
        return refuse(fmt::format("an integer from 0 to {}", kLargestNumber));
      state_.serial = *number;
    } else if (member.key == "server") {
      if (text == nullptr || !(text->starts_with("https://") || text->starts_with("http://")))
        return refuse("the URL of the server");
      state_.server = *text;
    } else if (member.key == "last_run") {
      if (text == nullptr || !(text->empty() || is_token(*text)))
        return refuse("the name of a run, or empty");
      state_.last_run = *text;
    } else if (member.key == "written_at") {
      state_.written_at = text == nullptr ? std::nullopt : parse_time(*text);
      if (!state_.written_at) return refuse("a time such as 2026-01-31T23:59:59Z");
    } else if (member.key == "accounts_seen_to") {
      if (number == nullptr || *number < 0 || *number > kLargestId)
        return refuse(fmt::format("an integer from 0 to {}", kLargestId));
      state_.estate.accounts_seen_to = *number;
    } else if (member.key == "forgotten") {
      return forgotten(member);
    } else if (member.key == "unresolved") {
      return unresolved(member);
    } else if (member.key == "applying") {
      return applying(member);
    } else if (member.key == "last_plan") {
      return last_plan(member);
    } else if (member.key == "released" || is_section(member.key)) {
      return refuse("an object");
    } else {
      return problem(member.at, fmt::format("unknown key `{}`", member.key));
    }
    return {};
  }

  Checked<void> forgotten(const NodeMember& member) {
    const auto* list = std::get_if<Node::List>(&member.value.data);
    if (list == nullptr) return problem(member.at, "`forgotten` must be a list");
    for (const Node& item : *list) {
      std::optional<Problem> wrong;
      const NodeMember wrapped{member.key, member.at, item};
      ObjectReader in(wrapped, "an item of `forgotten`", wrong);
      model::ForgottenObject object;
      object.address = in.object_address("address");
      object.id = in.id_or_zero("id");
      object.nonce = in.token_or_empty("nonce");
      in.finish();
      if (wrong) return tl::unexpected<Problem>(*wrong);
      model::forget(state_.estate, std::move(object));
    }
    return {};
  }

  Checked<void> unresolved(const NodeMember& member) {
    const auto* list = std::get_if<Node::List>(&member.value.data);
    if (list == nullptr) return problem(member.at, "`unresolved` must be a list");
    return intents(*list, "unresolved", member.at, state_.unresolved);
  }

  Checked<void> intents(const Node::List& list, std::string_view key, std::size_t at,
                        std::vector<Intent>& into) {
    for (const Node& item : list) {
      const auto* members = std::get_if<Node::Map>(&item.data);
      if (members == nullptr) return problem(at, fmt::format("an item of `{}` must be an object", key));
      auto intent = read_intent(*members, at, directory_);
      if (!intent) return tl::unexpected<Problem>(intent.error());
      if (members->size() != members_of(*intent))
        return problem(at, fmt::format("an item of `{}` has an unknown key", key));
      into.push_back(std::move(*intent));
    }
    return {};
  }

  Checked<void> applying(const NodeMember& member) {
    std::optional<Problem> wrong;
    ObjectReader in(member, "`applying`", wrong);
    Applying applying;
    applying.run = in.token("run");
    applying.plan_digest = in.token_or_empty("plan_digest");
    applying.holder = in.text("holder");
    applying.started = in.time("started");
    applying.records_folded = in.count("records_folded");
    const Node::List* creations = in.list("creations");
    const Node::List* touched = in.list("touched");
    in.finish();
    if (wrong) return tl::unexpected<Problem>(*wrong);
    if (auto read = intents(*creations, "creations", member.at, applying.creations); !read) return read;
    for (const Intent& intent : applying.creations)
      if (intent.verb != plan::Verb::kCreate && intent.verb != plan::Verb::kGrant)
        return problem(member.at, "an item of `creations` neither creates nor grants");
    for (const Node& item : *touched) {
      const auto* text = std::get_if<std::string>(&item.data);
      auto address = text == nullptr ? std::nullopt : parse_object_address(*text);
      if (!address)
        return problem(member.at,
                       "an item of `touched` must be the address of an account, a user or an agent bot");
      applying.touched.push_back(std::move(*address));
    }
    state_.applying = std::move(applying);
    return {};
  }

  Checked<void> last_plan(const NodeMember& member) {
    std::optional<Problem> wrong;
    ObjectReader in(member, "`last_plan`", wrong);
    AppliedPlan plan;
    plan.digest = in.token("digest");
    plan.complete = in.flag("complete");
    in.finish();
    if (wrong) return tl::unexpected<Problem>(*wrong);
    state_.last_plan = std::move(plan);
    return {};
  }

  template <class Kind>
  Checked<void> object(const NodeMember& member, bool released) {
    if (model::key_of<Kind>(member.key) != member.key)
      return problem(member.at, fmt::format("`{}` is no {}", member.key, Kind::kKeyWord));
    model::Recorded<Kind> object;
    object.ref = (directory_.*Kind::kDirectory).intern(member.key);
    const std::string what = model::object_address<Kind>(member.key);
    if (!seen<Kind>().add(object.ref)) return problem(member.at, fmt::format("{} is there twice", what));
    std::optional<Problem> wrong;
    ObjectReader in(member, what, wrong);
    object.id = in.id("id");
    object.released = released;
    read_facts(in, object);
    const Node::Map* grants = nullptr;
    if constexpr (std::is_same_v<Kind, model::Account>) grants = in.map("grants");
    in.finish();
    if (wrong) return tl::unexpected<Problem>(*wrong);
    const auto ref = object.ref;
    state_.estate.of<Kind>().push_back(std::move(object));
    if constexpr (std::is_same_v<Kind, model::Account>) return read_grants(*grants, ref, what);
    return {};
  }

  template <class Kind>
  Seen& seen() {
    return seen_.at(static_cast<std::size_t>(Kind::kKind));
  }

  Checked<void> read_grants(const Node::Map& grants, model::AccountRef account, const std::string& what) {
    for (const NodeMember& member : grants) {
      const auto* word = std::get_if<std::string>(&member.value.data);
      const auto role = word == nullptr ? std::nullopt : model::parse_role(*word);
      if (!role)
        return problem(member.at,
                       fmt::format("the grant of {} in {} must be agent or administrator", member.key, what));
      const model::UserRef user = directory_.users.intern(member.key);
      if (mentioned_users_.add(user)) granted_.emplace_back(user, member.at);
      state_.estate.grants.push_back({account, user, *role});
    }
    return {};
  }

  model::Directory& directory_;
  State state_;
  /// By kind.
  std::array<Seen, model::kKindCount> seen_;
  Seen mentioned_users_;
  /// Each user that a grant names, with the first place.
  std::vector<std::pair<model::UserRef, std::size_t>> granted_;
  /// Header keys and sections that were there.
  std::vector<std::string> mentioned_;
};

}  // namespace

Checked<State> read_state(std::string_view bytes, std::int64_t version, model::Directory& directory) {
  StateReader reader(directory, version);
  if (Checked<void> read = read_document(bytes, reader); !read) return tl::unexpected<Problem>(read.error());
  return reader.finish(bytes.size());
}

}  // namespace rollcall::state
