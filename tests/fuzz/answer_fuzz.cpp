#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "chatwoot/client.hpp"
#include "fuzz.hpp"
#include "state/journal.hpp"
#include "state/state.hpp"

namespace rollcall::fuzz::answer_target {
namespace {

/// Gives one answer to whatever is asked.
class OneAnswer final : public http::Transport {
 public:
  explicit OneAnswer(http::Response response) : response_(std::move(response)) {}
  tl::expected<http::Response, http::TransportError> send(const http::Request& request) override {
    is_read = request.method == http::Method::kGet;
    return response_;
  }

  bool is_read = true;

 private:
  http::Response response_;
};

constexpr int kStatuses[] = {200, 400, 401, 404, 422, 429, 500, 502, 302, 204};
constexpr std::size_t kStatusCount = std::size(kStatuses);

/// What was seen is recorded, in every place that a run has for it, and can be read again.
void require_recorded(const state::StateChange& fact, model::RecordedEstate estate,
                      model::Directory directory) {
  const state::Intent intent{plan::Verb::kUpdate, "nonce", {fact}, kLargestId + 1};
  state::State state;
  state.lineage = "lineage";
  state.server = "https://chat.example.com";
  state.estate = state::fold(std::move(estate), {fact});
  state.unresolved = {intent};
  const auto bytes = state::encode_for_write(state, "state", directory);
  fuzz::require(bytes.has_value(), "what a server has said can be recorded",
                bytes ? "" : bytes.error().message);

  state::JournalEncoder encoder(directory);
  std::string journal = encoder.header({"lineage", "run", "base", kLargestNumber});
  const std::vector<state::JournalEntry> entries = {state::Begun{1, intent}, state::Settled{1, {fact}},
                                                    state::Noted{{fact}}};
  for (const state::JournalEntry& entry : entries) journal += encoder.entry(entry);
  std::vector<state::JournalEntry> read;
  const auto ends = state::read_journal(
      journal, "journal", directory, [](const state::JournalHeader&) { return Expected<void>(); },
      [&](state::JournalEntry entry) { read.push_back(std::move(entry)); });
  fuzz::require(ends && read.size() == entries.size(), "what a server has said can be read from a journal",
                ends ? "" : ends.error().message);
}

void require_recorded(const model::LiveAccount& account) {
  model::Directory directory;
  model::RecordedAccount recorded;
  recorded.ref = directory.accounts.intern("desk");
  recorded.id = account.id;
  recorded.settings = account.settings;
  require_recorded(state::PutAccount{recorded}, {}, directory);
  recorded.released = true;
  require_recorded(state::PutAccount{recorded}, {}, directory);
  require_recorded(state::PutAccountsSeenTo{account.id}, {}, directory);
}

/// As a user of the roster, and as a member whom the roster does not list.
void require_recorded(const model::LiveUser& user) {
  model::Directory directory;
  model::RecordedUser recorded;
  recorded.ref = directory.users.intern("ana@example.com");
  recorded.id = user.id;
  recorded.settings = user.settings;
  require_recorded(state::PutUser{recorded}, {}, directory);
  model::RecordedEstate estate;
  estate.accounts.emplace_back().ref = directory.accounts.intern("desk");
  estate.accounts.back().id = 1;
  require_recorded(state::PutUnlisted{estate.accounts.back().ref, {{user.id, std::nullopt, user.email}}},
                   estate, directory);
}

void require_recorded(const model::LiveBot& bot) {
  model::Directory directory;
  model::RecordedBot recorded;
  recorded.ref = directory.bots.intern("triage");
  recorded.id = bot.id;
  recorded.settings = bot.settings;
  require_recorded(state::PutBot{recorded}, {}, directory);
}

void require_object(const model::LiveAccount& account) {
  require_recorded(account);
  fuzz::require(account.id > 0 && account.sight == model::Sight::kSeen, "an account was seen and has an id");
}
void require_object(const model::LiveUser& user) {
  require_recorded(user);
  fuzz::require(user.id > 0 && user.sight == model::Sight::kSeen, "a user was seen and has an id");
  fuzz::require(user.email == to_lower(user.email), "an address is in lower case");
  for (const model::LiveMembership& membership : user.memberships)
    fuzz::require(membership.account_id > 0, "an account of a user has an id");
}
void require_object(const model::LiveBot& bot) {
  require_recorded(bot);
  fuzz::require(bot.id > 0 && bot.account_id.value_or(1) > 0, "a bot has an id, and so has its account");
}
void require_object(const model::LiveMember& member) {
  fuzz::require(member.user_id > 0, "a member has an id");
}
void require_object(const chatwoot::ServerInfo&) {}
void require_object(const Secret&) {}
template <class T>
void require_object(const std::vector<T>& rows) {
  for (const T& row : rows) require_object(row);
  const auto id = [](const T& row) {
    if constexpr (std::is_same_v<T, model::LiveMember>)
      return row.user_id;
    else
      return row.id;
  };
  fuzz::require(std::adjacent_find(rows.begin(), rows.end(),
                                   [&](const T& a, const T& b) { return id(a) >= id(b); }) == rows.end(),
                "rows are sorted, each there once");
}

template <class T>
bool is_same(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, Secret>)
    return a.reveal() == b.reveal();
  else
    return a == b;
}

/// Calls the client twice, the second time with spaces around the body, which JSON ignores.
template <class Call>
void check(Call call, http::Response response) {
  OneAnswer server(response);
  chatwoot::Client client(server);
  const auto result = call(client);
  if (!result) {
    const chatwoot::CallError& error = result.error();
    fuzz::require_words(error.message, "the message");
    fuzz::require_words(error.hint, "the hint");
    fuzz::require(!(server.is_read && error.unknown_outcome), "a read leaves nothing open", error.message);
  }
  if (response.body.empty()) return;
  response.body = " " + response.body + "\n";
  OneAnswer padded(std::move(response));
  chatwoot::Client other(padded);
  const auto again = call(other);
  fuzz::require(result.has_value() == again.has_value(), "spaces around an answer mean nothing");
  if (!result) return;
  using Value = typename decltype(call(client))::value_type;
  if constexpr (!std::is_void_v<Value>) {
    require_object(*result);
    fuzz::require(is_same<Value>(*result, *again), "spaces around an answer mean nothing");
  }
}

chatwoot::AccountPatch account_patch() {
  chatwoot::AccountPatch patch;
  patch.plain.set(model::Field::kName, "Acme");
  patch.limits = model::Value::Map{{"agents", std::int64_t{5}}};
  return patch;
}

chatwoot::NewUser new_user() {
  chatwoot::NewUser user;
  user.email = "user1@example.com";
  user.settings.set(model::Field::kName, "User 1");
  user.marker = "lineage/user1@example.com/nonce";
  user.password = Secret("A-password-of-1-run");
  return user;
}

chatwoot::UserPatch user_patch() {
  chatwoot::UserPatch patch;
  patch.settings.set(model::Field::kName, "User 1");
  return patch;
}

chatwoot::BotSettings bot_settings() {
  chatwoot::BotSettings bot;
  bot.settings.set(model::Field::kName, "Bot");
  return bot;
}

using chatwoot::Client;

/// The calls, in the order of the letters that seeds.py gives them.
constexpr void (*kCalls[])(http::Response) = {
    [](http::Response r) { check([](Client& c) { return c.server_info(); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.list_accounts(); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.get_account(1); }, std::move(r)); },
    [](http::Response r) {
      check([](Client& c) { return c.create_account({"Acme", "lineage/acme/nonce"}); }, std::move(r));
    },
    [](http::Response r) {
      check([](Client& c) { return c.update_account(1, account_patch()); }, std::move(r));
    },
    [](http::Response r) { check([](Client& c) { return c.delete_account(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.get_user(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.create_user(new_user()); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.update_user(1, user_patch()); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.delete_user(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.login_link(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.access_token(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.list_members(1); }, std::move(r)); },
    [](http::Response r) {
      check([](Client& c) { return c.put_member(1, 1, model::Role::kAgent); }, std::move(r));
    },
    [](http::Response r) { check([](Client& c) { return c.delete_member(1, 1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.list_bots(); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.get_bot(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.create_bot(bot_settings()); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.update_bot(1, bot_settings()); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.delete_bot(1); }, std::move(r)); },
    [](http::Response r) { check([](Client& c) { return c.delete_bot_avatar(1); }, std::move(r)); },
};

}  // namespace

/// The first byte chooses the call, from 'a' on; the second the status, from '0' on for JSON and behind those
/// for a web page.
ROLLCALL_FUZZ_TARGET(answer) {
  if (size < 2) return 0;
  const std::size_t call = (data[0] + std::size_t{256} - 'a') % std::size(kCalls);
  const std::size_t kind = (data[1] + std::size_t{256} - '0') % (2 * kStatusCount);
  http::Response response;
  response.status = kStatuses[kind % kStatusCount];
  response.content_type = kind < kStatusCount ? "application/json" : "text/html";
  response.body = fuzz::text_of(data + 2, size - 2);
  kCalls[call](std::move(response));
  return 0;
}

}  // namespace rollcall::fuzz::answer_target
