#include "state/state_change_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "model/kinds.hpp"
#include "state/object_reader.hpp"
#include "state/object_writer.hpp"

namespace rollcall::state {
namespace {

constexpr std::string_view kUnlisted = "unlisted.";
constexpr std::string_view kAccountsSeenTo = "accounts_seen_to";

class Writer {
 public:
  Writer(std::string& out, const model::Directory& directory) : out_(out), directory_(directory) {}

  template <class Kind>
  void operator()(const Put<Kind>& put) {
    open("put", model::address_of(put.object.ref, directory_));
    out_ += ", \"as\": {";
    append_facts(out_, put.object);
    parts(put.object);
    out_ += put.object.released ? "}, \"released\": true}" : "}}";
  }
  template <class Kind>
  void operator()(const Drop<Kind>& drop) {
    whole("drop", model::address_of(drop.ref, directory_));
  }
  template <class Kind>
  void operator()(const Move<Kind>& move) {
    open("move", model::address_of(move.from, directory_));
    out_ += ", \"to\": ";
    append_json_text(out_, model::address_of(move.to, directory_));
    out_ += '}';
  }
  void operator()(const PutGrant& put) {
    open("put", grant(put.grant.account, put.grant.user));
    fmt::format_to(std::back_inserter(out_), ", \"as\": \"{}\"}}", model::to_string(put.grant.role));
  }
  void operator()(const PutUnlisted& put) {
    open("put", fmt::format("{}{}", kUnlisted, directory_.key(put.account)));
    out_ += ", \"as\": ";
    unlisted(put.members);
    out_ += '}';
  }
  void operator()(const PutAccountsSeenTo& put) {
    open("put", std::string(kAccountsSeenTo));
    fmt::format_to(std::back_inserter(out_), ", \"as\": {}}}", put.id);
  }
  void operator()(const DropGrant& drop) { whole("drop", grant(drop.account, drop.user)); }
  void operator()(const DropUnlisted& drop) {
    whole("drop", fmt::format("{}{}/{}", kUnlisted, directory_.key(drop.account), drop.user_id));
  }

 private:
  [[nodiscard]] std::string grant(model::AccountRef account, model::UserRef user) const {
    return model::address_of(account, user, directory_);
  }
  void parts(const model::RecordedFacts& /*of_any_kind*/) {}
  void parts(const model::RecordedAccount& account) {
    if (account.suspended_by_removal) out_ += ", \"suspended_by_removal\": true";
    if (account.unlisted.empty()) return;
    out_ += ", \"unlisted\": ";
    unlisted(account.unlisted);
  }
  void open(std::string_view what, const std::string& address) {
    fmt::format_to(std::back_inserter(out_), "{{\"{}\": ", what);
    append_json_text(out_, address);
  }
  void whole(std::string_view what, const std::string& address) {
    open(what, address);
    out_ += '}';
  }
  void unlisted(const std::vector<model::UnlistedMember>& members) {
    std::string_view separator = "[";
    for (const model::UnlistedMember& member : members) {
      out_ += std::exchange(separator, ", ");
      append_unlisted(out_, member);
    }
    out_ += members.empty() ? "[]" : "]";
  }

  std::string& out_;
  const model::Directory& directory_;
};

/// Reads one record; the first thing wrong is kept in `problem`.
class RecordReader {
 public:
  RecordReader(const Node::Map& members, std::size_t at, model::Directory& directory,
               std::optional<Problem>& problem)
      : members_(members), at_(at), directory_(directory), problem_(problem) {}

  std::optional<StateChange> read() {
    const std::string* put = text("put");
    const std::string* drop = text("drop");
    const std::string* move = text("move");
    const std::string* to = text("to");
    const std::size_t known = (put != nullptr ? (find(members_, "as") != nullptr ? 2U : 1U) : 0U) +
                              (find(members_, "released") != nullptr ? 1U : 0U) +
                              (drop != nullptr ? 1U : 0U) + (move != nullptr ? 1U : 0U) +
                              (to != nullptr ? 1U : 0U);
    const int verbs = (put != nullptr ? 1 : 0) + (drop != nullptr ? 1 : 0) + (move != nullptr ? 1 : 0);
    if (verbs != 1 || known != members_.size() || (to != nullptr) != (move != nullptr)) {
      wrong("a record is neither put, drop nor move");
      return std::nullopt;
    }
    if (put != nullptr) return read_put(*put);
    if (drop != nullptr) return read_drop(*drop);
    return read_move(*move, *to);
  }

 private:
  void wrong(std::string what) {
    if (!problem_) problem_ = Problem{at_, std::move(what)};
  }
  [[nodiscard]] const std::string* text(std::string_view key) const {
    const Node* node = find(members_, key);
    return node == nullptr ? nullptr : std::get_if<std::string>(&node->data);
  }
  enum class Ids : std::uint8_t { kRefused, kAllowed };

  std::optional<model::Address> address(const std::string& text, Ids ids = Ids::kRefused) {
    auto parsed = model::parse_address(text);
    // `#ID` names a member without an address: one can be removed, and nothing else is recorded of them. An
    // address may begin like it.
    const bool is_known = ids == Ids::kAllowed || !parsed || parsed->kind != model::ObjectKind::kGrant ||
                          parsed->member.find('@') != std::string::npos;
    if (parsed && to_string(*parsed) == text && is_known) return std::move(*parsed);
    wrong(fmt::format("`{}` is not an address", text));
    return std::nullopt;
  }

  std::optional<StateChange> read_put(const std::string& what) {
    const Node* as = find(members_, "as");
    if (as == nullptr) {
      wrong(fmt::format("{} is put as nothing", what));
      return std::nullopt;
    }
    const NodeMember object{what, at_, *as};
    if (what.starts_with(kUnlisted)) return read_put_unlisted(object);
    if (what == kAccountsSeenTo) {
      const auto* id = std::get_if<std::int64_t>(&as->data);
      if (id == nullptr || *id < 1 || *id > kLargestId)
        wrong(fmt::format("`accounts_seen_to` must be an integer from 1 to {}", kLargestId));
      return PutAccountsSeenTo{id == nullptr ? 0 : *id};
    }
    const auto at = address(what);
    if (!at) return std::nullopt;
    if (at->kind == model::ObjectKind::kGrant) {
      const auto* word = std::get_if<std::string>(&as->data);
      const auto role = word == nullptr ? std::nullopt : model::parse_role(*word);
      if (!role) wrong(fmt::format("{} is put as no role", what));
      return PutGrant{{directory_.accounts.intern(at->key), directory_.users.intern(at->member),
                       role.value_or(model::Role::kAgent)}};
    }
    const Node* flag = find(members_, "released");
    const bool* released = flag == nullptr ? nullptr : std::get_if<bool>(&flag->data);
    if (flag != nullptr && (released == nullptr || !*released)) wrong("`released` must be true");
    std::optional<StateChange> change;
    model::visit_kind(at->kind, [&]<class Kind>(Kind) {
      Put<Kind> put;
      put.object.ref = intern<Kind>(at->key);
      put.object.released = released != nullptr;
      ObjectReader in(object, object.key, problem_);
      put.object.id = in.id_or_zero("id");
      read_facts(in, put.object);
      in.finish();
      change = std::move(put);
    });
    return change;
  }

  template <class Kind>
  typename Kind::Ref intern(const std::string& key) {
    return (directory_.*Kind::kDirectory).intern(key);
  }

  std::optional<StateChange> read_put_unlisted(const NodeMember& object) {
    const std::string key = object.key.substr(kUnlisted.size());
    if (!model::is_key(key)) wrong(fmt::format("`{}` is not an account key", key));
    const NodeMember wrapped{object.key, at_, Node{Node::Map{{"unlisted", at_, object.value}}}};
    ObjectReader in(wrapped, object.key, problem_);
    return PutUnlisted{directory_.accounts.intern(key), in.unlisted("unlisted")};
  }

  std::optional<StateChange> read_drop(const std::string& what) {
    if (what.starts_with(kUnlisted)) {
      const std::size_t slash = what.find('/');
      const std::string key = what.substr(kUnlisted.size(), slash - std::min(slash, kUnlisted.size()));
      model::ServerId id = 0;
      const bool whole = slash != std::string::npos && parse_id(std::string_view(what).substr(slash + 1), id);
      if (!whole || !model::is_key(key)) wrong(fmt::format("`{}` is not an unlisted member", what));
      return DropUnlisted{directory_.accounts.intern(key), id};
    }
    const auto at = address(what, Ids::kAllowed);
    if (!at) return std::nullopt;
    if (at->kind == model::ObjectKind::kGrant)
      return DropGrant{directory_.accounts.intern(at->key), directory_.users.intern(at->member)};
    std::optional<StateChange> change;
    model::visit_kind(at->kind, [&]<class Kind>(Kind) { change = Drop<Kind>{intern<Kind>(at->key)}; });
    return change;
  }

  static bool parse_id(std::string_view digits, model::ServerId& id) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    return error == std::errc() && end == digits.data() + digits.size() && id > 0 && id <= kLargestId;
  }

  std::optional<StateChange> read_move(const std::string& what, const std::string& target) {
    const auto from = address(what);
    const auto to = address(target);
    if (!from || !to) return std::nullopt;
    if (from->kind != to->kind || from->kind == model::ObjectKind::kGrant) {
      wrong(fmt::format("{} cannot move to {}", what, target));
      return std::nullopt;
    }
    std::optional<StateChange> change;
    model::visit_kind(from->kind, [&]<class Kind>(Kind) {
      change = move_of<Kind>(intern<Kind>(from->key), intern<Kind>(to->key), directory_);
    });
    return change;
  }

  const Node::Map& members_;
  std::size_t at_;
  model::Directory& directory_;
  std::optional<Problem>& problem_;
};

}  // namespace

const Node* find(const Node::Map& members, std::string_view key) {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

void append_state_changes(std::string& out, const std::vector<StateChange>& records,
                          const model::Directory& directory) {
  Writer writer(out, directory);
  std::string_view separator = "[";
  for (const StateChange& record : records) {
    out += std::exchange(separator, ", ");
    std::visit(writer, record);
  }
  out += records.empty() ? "[]" : "]";
}

Checked<std::vector<StateChange>> read_state_changes(const Node& node, std::size_t at,
                                                     model::Directory& directory) {
  std::optional<Problem> problem;
  std::vector<StateChange> records;
  const auto* list = std::get_if<Node::List>(&node.data);
  if (list == nullptr) return tl::unexpected<Problem>(Problem{at, "`facts` must be a list"});
  for (const Node& item : *list) {
    const auto* members = std::get_if<Node::Map>(&item.data);
    if (members == nullptr) return tl::unexpected<Problem>(Problem{at, "a record must be an object"});
    auto record = RecordReader(*members, at, directory, problem).read();
    if (problem) return tl::unexpected<Problem>(*problem);
    if (record) records.push_back(std::move(*record));
  }
  return records;
}

void append_intent(std::string& out, const Intent& intent, const model::Directory& directory) {
  fmt::format_to(std::back_inserter(out), "\"verb\": \"{}\", ", plan::to_string(intent.verb));
  if (!intent.nonce.empty()) fmt::format_to(std::back_inserter(out), "\"nonce\": \"{}\", ", intent.nonce);
  if (intent.first_id != 0) fmt::format_to(std::back_inserter(out), "\"first_id\": {}, ", intent.first_id);
  if (intent.accepted) out += "\"accepted\": true, ";
  if (intent.only_intended) out += "\"only_intended\": true, ";
  out += "\"facts\": ";
  append_state_changes(out, intent.facts, directory);
}

Checked<Intent> read_intent(const Node::Map& members, std::size_t at, model::Directory& directory) {
  Intent intent;
  const auto refuse = [&](std::string what) { return tl::unexpected<Problem>(Problem{at, std::move(what)}); };
  const Node* verb = find(members, "verb");
  const auto* word = verb == nullptr ? nullptr : std::get_if<std::string>(&verb->data);
  const auto parsed = word == nullptr ? std::nullopt : plan::parse_verb(*word);
  if (!parsed) return refuse("`verb` must be one of the verbs of a plan");
  intent.verb = *parsed;
  if (const Node* nonce = find(members, "nonce")) {
    const auto* text = std::get_if<std::string>(&nonce->data);
    if (text == nullptr || !is_token(*text)) return refuse("`nonce` must be letters, digits and dashes");
    intent.nonce = *text;
  }
  if (const Node* first = find(members, "first_id")) {
    const auto* id = std::get_if<std::int64_t>(&first->data);
    // One above an id.
    if (id == nullptr || *id < 1 || *id > kLargestId + 1)
      return refuse(fmt::format("`first_id` must be an integer from 1 to {}", kLargestId + 1));
    intent.first_id = *id;
  }
  if (const Node* accepted = find(members, "accepted")) {
    const auto* yes = std::get_if<bool>(&accepted->data);
    if (yes == nullptr || !*yes || intent.verb != plan::Verb::kDelete)
      return refuse("`accepted` must be true, and stand with a deletion");
    intent.accepted = true;
  }
  if (const Node* only = find(members, "only_intended")) {
    const auto* yes = std::get_if<bool>(&only->data);
    if (yes == nullptr || !*yes || intent.verb == plan::Verb::kCreate || intent.verb == plan::Verb::kDelete)
      return refuse("`only_intended` must be true, and never stands with a creation or deletion");
    intent.only_intended = true;
  }
  const Node* facts = find(members, "facts");
  if (facts == nullptr) return refuse("an intent has no `facts`");
  auto records = read_state_changes(*facts, at, directory);
  if (!records) return tl::unexpected<Problem>(records.error());
  if (records->empty()) return refuse("the `facts` of an intent are empty");
  for (const StateChange& record : *records)
    if (std::holds_alternative<PutAccountsSeenTo>(record)) return refuse("an intent is about an object");
  intent.facts = std::move(*records);
  return intent;
}

std::size_t members_of(const Intent& intent) {
  return 2U + (intent.nonce.empty() ? 0U : 1U) + (intent.first_id == 0 ? 0U : 1U) +
         (intent.accepted ? 1U : 0U) + (intent.only_intended ? 1U : 0U);
}

}  // namespace rollcall::state
