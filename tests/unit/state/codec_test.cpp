#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include <catch2/catch.hpp>

#include "sample.hpp"
#include "state/journal_fold.hpp"
#include "state/state.hpp"

namespace rollcall::state {
namespace {

using namespace model;

/// Estates hold references of their directory, so two are compared through one directory.
void require_same(const State& a, const State& b) {
  REQUIRE(a.lineage == b.lineage);
  REQUIRE(a.serial == b.serial);
  REQUIRE(a.server == b.server);
  REQUIRE(a.last_run == b.last_run);
  REQUIRE(a.estate == b.estate);
  REQUIRE(a.written_at == b.written_at);
  REQUIRE(a.applying == b.applying);
}

class RandomState {
 public:
  explicit RandomState(unsigned seed) : random_(seed) {}

  State make(Directory& directory) {
    State state{
        "random-lineage", below(1000), "http://localhost:3000/chat", below(2) == 0 ? "" : "run-1", {}};
    for (int i = below(6); i > 0; --i) state.estate.accounts.push_back(account(directory, i));
    for (int i = below(9); i > 0; --i) state.estate.users.push_back(user(directory, i));
    for (int i = below(3); i > 0; --i) state.estate.bots.push_back(bot(directory, i));
    const auto by_ref = [](const auto member) {
      return [member](const auto& a, const auto& b) { return a.*member < b.*member; };
    };
    std::sort(state.estate.accounts.begin(), state.estate.accounts.end(), by_ref(&RecordedAccount::ref));
    std::sort(state.estate.users.begin(), state.estate.users.end(), by_ref(&RecordedUser::ref));
    std::sort(state.estate.bots.begin(), state.estate.bots.end(), by_ref(&RecordedBot::ref));
    for (const auto& a : state.estate.accounts)
      for (const auto& u : state.estate.users)
        if (below(2) == 0) state.estate.grants.push_back({a.ref, u.ref, Role{std::uint8_t(below(2))}});
    std::sort(state.estate.grants.begin(), state.estate.grants.end());
    state.estate.accounts_seen_to = below(3) * 1000;
    for (int i = below(4); i > 0; --i)
      forget(state.estate, {{ObjectKind(below(3)), fmt::format("{}-{}", "old", i), {}},
                            below(2) == 0 ? 0 : 1 + below(1000),
                            below(2) == 0 ? "" : "nonce-3"});
    for (ForgottenObject& object : state.estate.forgotten)
      if (object.address.kind == ObjectKind::kUser) object.address.key += "@example.com";
    if (below(2) == 0) state.written_at = Time{std::chrono::seconds{below(2000000000)}};
    if (below(2) == 0) state.applying = applying(directory);
    return state;
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

  std::string text() {
    static const std::vector<std::string> pieces = {"a",  "\"",   "\\",   "\n",   "\t", "ü",
                                                    "漢", "🙂", "\x01", "\x7f", "/",  " "};
    std::string out;
    for (int i = below(6); i > 0; --i) out += pieces[std::size_t(below(int(pieces.size())))];
    return out;
  }

  Value value(int depth) {
    switch (below(depth > 2 ? 5 : 7)) {
      case 0:
        return Value();
      case 1:
        return below(2) == 0;
      case 2:
        return std::int64_t{below(2000000000)} * 4000000000 - 1000;
      case 3:
        return below(100000) / 7.0 * (below(2) == 0 ? 1 : 1e300);
      case 4:
        return text();
      case 5: {
        Value::List list;
        for (int i = below(3); i > 0; --i) list.push_back(value(depth + 1));
        return list;
      }
      default: {
        Value::Map map;
        for (int i = below(3); i > 0; --i) map.push_back({std::to_string(i) + text(), value(depth + 1)});
        return map;
      }
    }
  }

  template <class Object>
  void common(Object& object) {
    object.id = 1 + below(1000000);
    object.released = below(4) == 0;
    if (below(4) == 0) object.missing_since = Time{std::chrono::seconds{below(2000000000)}};
    object.settings.set(Field::kName, text());
  }

  RecordedAccount account(Directory& directory, int i) {
    RecordedAccount account;
    account.ref = directory.accounts.intern(fmt::format("{}-account", 9 - i));
    common(account);
    account.provenance = Provenance{std::uint8_t(below(2))};
    account.on_remove = OnRemove{std::uint8_t(below(3))};
    if (below(2) == 0) account.nonce = "nonce-1";
    account.suspended_by_removal = below(5) == 0;
    account.settings.set({Field::kFeatures, text()}, below(2) == 0);
    account.settings.set({Field::kLimits, text()}, value(0));
    account.settings.set({Field::kCustomAttributes, text()}, value(0));
    for (int id = 1; id <= below(4); ++id)
      account.unlisted.push_back({id, below(2) == 0 ? std::optional(Role::kAgent) : std::nullopt,
                                  below(2) == 0 ? std::optional<std::string>("x" + text()) : std::nullopt});
    return account;
  }

  RecordedUser user(Directory& directory, int i) {
    RecordedUser user;
    user.ref = directory.users.intern(fmt::format("u{}@example.com", 9 - i));
    common(user);
    user.provenance = Provenance{std::uint8_t(below(3))};
    user.on_remove = below(2) == 0 ? OnRemove::kRetain : OnRemove::kDelete;
    if (below(2) == 0) user.nonce = "nonce-2";
    user.settings.set({Field::kCustomAttributes, text()}, value(0));
    return user;
  }

  RecordedBot bot(Directory& directory, int i) {
    RecordedBot bot;
    bot.ref = directory.bots.intern(fmt::format("bot-{}", 9 - i));
    common(bot);
    bot.settings.set(Field::kOutgoingUrl, text());
    return bot;
  }

  Applying applying(Directory& directory) {
    Applying applying;
    applying.run = "run-2";
    if (below(2) == 0) applying.plan_digest = "00ff";
    applying.holder = "x" + text();
    applying.started = Time{std::chrono::seconds{below(2000000000)}};
    applying.records_folded = below(1000);
    for (int i = 0; i < below(4); ++i) {
      RecordedAccount created;
      created.ref = directory.accounts.intern(fmt::format("new-{}", i));
      created.nonce = fmt::format("nonce-{}", i);
      applying.creations.push_back({plan::Verb::kCreate, created.nonce, {PutAccount{created}}, 1 + below(9)});
      applying.touched.push_back({ObjectKind::kAccount, fmt::format("new-{}", i), {}});
    }
    return applying;
  }

  std::mt19937 random_;
};

TEST_CASE("the sample state has exactly the bytes of the file") {
  Directory directory;
  CHECK(encode(test::sample(directory), directory) == test::read_whole(test::sample_path()));
}

TEST_CASE("the file of the sample state reads back as it was") {
  Directory directory;
  const State state = test::sample(directory);
  const auto read = decode(test::read_whole(test::sample_path()), "s.json", directory);
  REQUIRE(read);
  require_same(*read, state);
}

TEST_CASE("an empty state is readable and small") {
  const Directory directory;
  const State state{"l", 0, "https://chat.example.com", "", {}};
  const std::string bytes = encode(state, directory);
  CHECK(bytes == R"({
  "format": "rollcall-state",
  "version": 2,
  "lineage": "l",
  "serial": 0,
  "server": "https://chat.example.com",
  "last_run": "",
  "accounts_seen_to": 0,
  "accounts": {},
  "users": {},
  "agent_bots": {},
  "released": {
    "accounts": {},
    "users": {},
    "agent_bots": {}
  }
}
)");
}

TEST_CASE("a state of version 1 is read, and written again as version 2") {
  std::string bytes = test::read_whole(test::sample_path());
  const auto cut = [&](std::string_view from, std::string_view to, std::string_view put) {
    const std::size_t at = bytes.find(from);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, bytes.find(to, at) - at, put);
  };
  cut("2,\n  \"lineage", ",", "1");
  cut("  \"accounts_seen_to", "  \"accounts\"", "");
  cut("  \"forgotten", "  \"unresolved\"", "");
  Directory directory;
  State state = test::sample(directory);
  state.estate.accounts_seen_to = 0;
  state.estate.forgotten.clear();
  const auto read = decode(bytes, "s.json", directory);
  REQUIRE(read);
  require_same(*read, state);
  CHECK(encode(*read, directory) == encode(state, directory));
}

TEST_CASE("random states survive the file, whatever directory reads them") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Directory directory;
    const State state = RandomState(seed).make(directory);
    const std::string bytes = encode(state, directory);
    const auto read = decode(bytes, "s.json", directory);
    REQUIRE(read);
    require_same(*read, state);

    Directory other;
    other.users.intern("u3@example.com");
    other.accounts.intern("zz");
    const auto elsewhere = decode(bytes, "s.json", other);
    REQUIRE(elsewhere);
    REQUIRE(encode(*elsewhere, other) == bytes);
  }
}

TEST_CASE(
    "who applies and when it was written survive every change of the state, and are left out where absent") {
  Directory directory;
  State state = test::sample(directory);
  const auto applying = state.applying;
  JournalFold fold(state, directory);
  fold.add(Settled{0, {DropBot{directory.bots.intern("triage")}}});
  state = std::move(fold).finish("run-9");
  CHECK(state.applying == applying);
  CHECK(state.written_at == test::time("2026-05-06T07:08:10Z"));
  state.applying.reset();
  state.written_at.reset();
  const std::string bytes = encode(state, directory);
  CHECK(bytes.find("applying") == std::string::npos);
  CHECK(bytes.find("written_at") == std::string::npos);
  const auto read = decode(bytes, "s.json", directory);
  REQUIRE(read);
  require_same(*read, state);
}

TEST_CASE("bytes that are no UTF-8 do not make a state unreadable") {
  Directory directory;
  State state = test::sample(directory);
  state.estate.accounts.front().settings.set(Field::kName, "a\xff");
  const auto read = decode(encode(state, directory), "s.json", directory);
  REQUIRE(read);
  CHECK(read->estate.accounts.front().settings.text(Field::kName) == "a\xEF\xBF\xBD");
}

TEST_CASE("an estate of 100,000 grants keeps every grant") {
  Directory directory;
  State state{"l", 1, "https://chat.example.com", "", {}};
  for (int i = 0; i < 10000; ++i) {
    RecordedUser user;
    user.ref = directory.users.intern(fmt::format("user-{}@example.com", i));
    user.id = i + 1;
    user.settings.set(Field::kName, fmt::format("User {}", i));
    state.estate.users.push_back(user);
  }
  for (int i = 0; i < 1000; ++i) {
    RecordedAccount account;
    account.ref = directory.accounts.intern(fmt::format("account-{}", i));
    account.id = i + 1;
    state.estate.accounts.push_back(account);
    for (int j = 0; j < 100; ++j)
      state.estate.grants.push_back(
          {account.ref, UserRef(std::uint32_t(i * 7 + j * 31) % 10000), Role::kAgent});
  }
  std::sort(state.estate.grants.begin(), state.estate.grants.end());
  const std::string bytes = encode(state, directory);
  const auto read = decode(bytes, "s.json", directory);
  REQUIRE(read);
  CHECK(read->estate == state.estate);
}

}  // namespace
}  // namespace rollcall::state
