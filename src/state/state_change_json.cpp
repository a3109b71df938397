#include "state/state_change_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "model/address.hpp"
#include "model/names.hpp"
#include "state/object_reader.hpp"
#include "state/object_writer.hpp"

namespace rollcall::state {
namespace {

constexpr std::string_view kUnlisted = "unlisted.";
constexpr std::string_view kAccountsSeenTo = "accounts_seen_to";

class Writer {
 public:
  Writer(std::string& out, const model::Directory& directory) : out_(out), directory_(directory) {}

  void operator()(const PutAccount& put) {
    open("put", model::account_address(directory_.key(put.account.account)));
    out_ += ", \"as\": {";
    append_facts(out_, put.account);
    if (put.account.suspended_by_removal) out_ += ", \"suspended_by_removal\": true";
    if (!put.account.unlisted.empty()) {
      out_ += ", \"unlisted\": ";
      unlisted(put.account.unlisted);
    }
    close_object(put.account.released);
  }
  void operator()(const PutUser& put) {
    open("put", model::user_address(directory_.key(put.user.user)));
    out_ += ", \"as\": {";
    append_facts(out_, put.user);
    close_object(put.user.released);
  }
  void operator()(const PutBot& put) {
    open("put", model::bot_address(directory_.key(put.bot.bot)));
    out_ += ", \"as\": {";
    append_facts(out_, put.bot);
    close_object(put.bot.released);
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
  void operator()(const DropAccount& drop) {
    whole("drop", model::account_address(directory_.key(drop.account)));
  }
  void operator()(const DropUser& drop) { whole("drop", model::user_address(directory_.key(drop.user))); }
  void operator()(const DropBot& drop) { whole("drop", model::bot_address(directory_.key(drop.bot))); }
  void operator()(const DropGrant& drop) { whole("drop", grant(drop.account, drop.user)); }
  void operator()(const DropUnlisted& drop) {
    whole("drop", fmt::format("{}{}/{}", kUnlisted, directory_.key(drop.account), drop.user_id));
  }
  void operator()(const MoveAccount& move) {
    moved(model::account_address(directory_.key(move.from)), model::account_address(directory_.key(move.to)));
  }
  void operator()(const MoveUser& move) {
    moved(model::user_address(directory_.key(move.from)), model::user_address(directory_.key(move.to)));
  }
  void operator()(const MoveBot& move) {
    moved(model::bot_address(directory_.key(move.from)), model::bot_address(directory_.key(move.to)));
  }

 private:
  [[nodiscard]] std::string grant(model::AccountRef account, model::UserRef user) const {
    return model::grant_address(directory_.key(account), directory_.key(user));
  }
  void open(std::string_view what, const std::string& address) {
    fmt::format_to(std::back_inserter(out_), "{{\"{}\": ", what);
    append_json_text(out_, address);
  }
  void whole(std::string_view what, const std::string& address) {
    open(what, address);
    out_ += '}';
  }
  void moved(const std::string& from, const std::string& to) {
    open("move", from);
    out_ += ", \"to\": ";
    append_json_text(out_, to);
    out_ += '}';
  }
  void close_object(bool released) { out_ += released ? "}, \"released\": true}" : "}}"; }
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
    wrong(fmt::format("`{}` is no address", text));
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
    if (at->kind == model::ObjectKind::kAccount) {
      PutAccount put;
      put.account.account = directory_.accounts.intern(at->key);
      put.account.released = released != nullptr;
      read_object(object, put.account);
      return put;
    }
    if (at->kind == model::ObjectKind::kUser) {
      PutUser put;
      put.user.user = directory_.users.intern(at->key);
      put.user.released = released != nullptr;
      read_object(object, put.user);
      return put;
    }
    PutBot put;
    put.bot.bot = directory_.bots.intern(at->key);
    put.bot.released = released != nullptr;
    read_object(object, put.bot);
    return put;
  }

  template <class Object>
  void read_object(const NodeMember& member, Object& object) {
    ObjectReader in(member, member.key, problem_);
    object.id = in.id_or_zero("id");
    read_facts(in, object);
    in.finish();
  }

  std::optional<StateChange> read_put_unlisted(const NodeMember& object) {
    const std::string key = object.key.substr(kUnlisted.size());
    if (!model::is_key(key)) wrong(fmt::format("`{}` is no account key", key));
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
      if (!whole || !model::is_key(key)) wrong(fmt::format("`{}` is no unlisted member", what));
      return DropUnlisted{directory_.accounts.intern(key), id};
    }
    const auto at = address(what, Ids::kAllowed);
    if (!at) return std::nullopt;
    switch (at->kind) {
      case model::ObjectKind::kAccount:
        return DropAccount{directory_.accounts.intern(at->key)};
      case model::ObjectKind::kUser:
        return DropUser{directory_.users.intern(at->key)};
      case model::ObjectKind::kBot:
        return DropBot{directory_.bots.intern(at->key)};
      default:
        return DropGrant{directory_.accounts.intern(at->key), directory_.users.intern(at->member)};
    }
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
    if (from->kind == model::ObjectKind::kAccount)
      return MoveAccount{directory_.accounts.intern(from->key), directory_.accounts.intern(to->key),
                         from->key, to->key};
    if (from->kind == model::ObjectKind::kUser)
      return MoveUser{directory_.users.intern(from->key), directory_.users.intern(to->key)};
    return MoveBot{directory_.bots.intern(from->key), directory_.bots.intern(to->key)};
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
         (intent.accepted ? 1U : 0U);
}

}  // namespace rollcall::state
