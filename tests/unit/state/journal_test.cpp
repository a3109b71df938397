#include "state/journal.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "state/journal_fold.hpp"
#include "support/random_estates.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using state::Begun;
using state::Intended;
using state::JournalEntry;
using state::Noted;
using state::Sent;
using state::Settled;

namespace {

const state::JournalHeader kHeader{"lineage-1", "run-1", std::string(64, 'a'), 7, "https://chat.example.com"};

Expected<void> anything(const state::JournalHeader& /*header*/) {
  return {};
}

/// A journal as a run writes it, with where each of its lines ends.
struct Written {
  std::string bytes;
  std::vector<std::size_t> ends;
  std::vector<JournalEntry> entries;

  Written(const std::vector<JournalEntry>& all, const model::Directory& directory) : entries(all) {
    state::JournalEncoder encoder(directory);
    bytes = encoder.header(kHeader);
    ends.push_back(bytes.size());
    for (const JournalEntry& entry : entries) {
      bytes += encoder.entry(entry);
      ends.push_back(bytes.size());
    }
  }
};

struct Read {
  Expected<state::JournalEnds> ends;
  std::vector<JournalEntry> entries;
};

Read read(std::string_view bytes, model::Directory& directory) {
  Read out;
  out.ends = state::read_journal(bytes, "the-journal", directory, anything,
                                 [&](JournalEntry entry) { out.entries.push_back(std::move(entry)); });
  return out;
}

/// The entries of a run that carries out the plan, every third outcome still open; of the grants half of
/// those were only intended.
std::vector<JournalEntry> entries_of(test::Estates& e, const plan::Plan& plan) {
  std::vector<JournalEntry> entries;
  for (std::uint32_t index = 0; index < plan.actions.size(); ++index) {
    const plan::Action& action = plan.actions[index];
    state::ServerResult learnt;
    if (action.verb == plan::Verb::kCreate) learnt.nonce = fmt::format("nonce{}", index);
    const state::Intent intent{action.verb, learnt.nonce,
                               state::changes_of(action, learnt, e.recorded, e.directory)};
    if (std::holds_alternative<plan::GrantAction>(action.object)) {
      entries.emplace_back(Intended{index, intent});
      if (index % 2 == 0 || index % 3 != 0) entries.emplace_back(Sent{index});
    } else {
      entries.emplace_back(Begun{index, intent});
    }
    if (action.verb == plan::Verb::kCreate) learnt.id = e.next_id++;
    if (index % 3 == 0) continue;
    if (index % 3 == 1)
      entries.emplace_back(Settled{index, state::changes_of(action, learnt, e.recorded, e.directory)});
    else
      entries.emplace_back(Settled{index, {}});
  }
  if (!e.recorded.accounts.empty())
    entries.emplace_back(
        Noted{{state::PutUnlisted{e.recorded.accounts.front().ref, {{77, model::Role::kAgent, {}}}},
               state::DropUnlisted{e.recorded.accounts.front().ref, 78}, state::PutAccountsSeenTo{99}}});
  return entries;
}

/// A small journal with all kinds of entries.
Written small(model::Directory& directory) {
  const auto hq = directory.accounts.intern("hq");
  const auto ana = directory.users.intern("ana@example.com");
  model::RecordedAccount account;
  account.ref = hq;
  account.nonce = "n1";
  account.settings.set(model::Field::kName, "HQ");
  model::RecordedAccount created = account;
  created.id = 3;
  return Written(
      {Begun{0, {plan::Verb::kCreate, "n1", {state::PutAccount{account}}}},
       Settled{0, {state::PutAccount{created}}}, Noted{{state::PutUnlisted{hq, {}}}},
       Begun{1, {plan::Verb::kGrant, "", {state::PutGrant{{hq, ana, model::Role::kAgent}}}}}, Settled{1, {}},
       Intended{2, {plan::Verb::kGrant, "", {state::PutGrant{{hq, ana, model::Role::kAgent}}}}}, Sent{2}},
      directory);
}

}  // namespace

TEST_CASE("a journal is read as it was written, whatever a plan can hold") {
  constexpr std::uint32_t kSeeds = testing::rounds(300);
  std::size_t seen = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    test::RandomEstates random(seed);
    test::Estates& e = random.estates();
    random.record_something();
    random.want_something(5000);
    const auto plan = e.make();
    REQUIRE(plan);
    const Written written(entries_of(e, *plan), e.directory);
    const Read back = read(written.bytes, e.directory);
    INFO("seed " << seed << "\n" << written.bytes);
    REQUIRE(back.ends);
    CHECK(back.ends->header == kHeader);
    CHECK_FALSE(back.ends->torn);
    REQUIRE(back.entries == written.entries);
    seen += back.entries.size();
  }
  CHECK(3 * seen > 50 * kSeeds);
}

TEST_CASE("a journal that was cut off at any byte gives the whole lines before it") {
  model::Directory directory;
  const Written written = small(directory);
  for (std::size_t size = 0; size < written.bytes.size(); ++size) {
    const Read back = read(std::string_view(written.bytes).substr(0, size), directory);
    INFO("cut off after " << size << " bytes");
    REQUIRE(back.ends);
    // A line that lacks nothing but its line break is whole.
    std::size_t lines = 0;
    while (lines < written.ends.size() && written.ends[lines] - 1 <= size) ++lines;
    CHECK(back.ends->header.has_value() == (lines > 0));
    REQUIRE(back.entries.size() == (lines == 0 ? 0 : lines - 1));
    CHECK(std::equal(back.entries.begin(), back.entries.end(), written.entries.begin()));
    const bool at_an_end =
        size == 0 || (lines > 0 && size >= written.ends[lines - 1] - 1 && size <= written.ends[lines - 1]);
    CHECK(back.ends->torn == !at_an_end);
  }
}

TEST_CASE("a power cut may leave zeroes where the disk never got the bytes") {
  model::Directory directory;
  const Written written = small(directory);
  for (std::size_t size = 1; size < written.bytes.size(); ++size) {
    const Read back = read(written.bytes.substr(0, size) + std::string(100, '\0'), directory);
    REQUIRE(back.ends);
    CHECK(back.ends->torn);
    CHECK(back.entries.size() <= written.entries.size());
    CHECK(std::equal(back.entries.begin(), back.entries.end(), written.entries.begin()));
  }
}

TEST_CASE("a journal in which any byte has changed is refused, with the line") {
  model::Directory directory;
  const Written written = small(directory);
  for (std::size_t at = 0; at < written.bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string bytes = written.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const Read back = read(bytes, directory);
      INFO("byte " << at << ", bit " << bit);
      REQUIRE_FALSE(back.ends);
      CHECK(back.ends.error().message.find("the-journal:") == 0);
      CHECK(back.ends.error().hint.find("rollcall refresh") != std::string::npos);
    }
  }
}

TEST_CASE("a line that is missing, twice or at another place is found") {
  model::Directory directory;
  const Written written = small(directory);
  for (std::size_t line = 0; line + 1 < written.ends.size(); ++line) {
    const std::size_t start = line == 0 ? 0 : written.ends[line - 1];
    const std::string text = written.bytes.substr(start, written.ends[line] - start);
    std::string without = written.bytes;
    CHECK_FALSE(read(without.erase(start, text.size()), directory).ends);
    std::string twice = written.bytes;
    CHECK_FALSE(read(twice.insert(start, text), directory).ends);
  }
}

TEST_CASE("a newer journal and a foreign file are refused") {
  model::Directory directory;
  const Written written = small(directory);
  CHECK_FALSE(read("hello\n", directory).ends);
  CHECK_FALSE(read("\n", directory).ends);
  const auto refused = state::read_journal(
      written.bytes, "the-journal", directory,
      [](const state::JournalHeader& header) { return Expected<void>(fail("not " + header.run)); },
      [](JournalEntry) { FAIL("an entry of a journal that does not fit"); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "not run-1");
}

TEST_CASE("the header of an older version is read, and one without what its version has is refused") {
  model::Directory directory;
  const auto with_header = [&](const std::string& version, const std::string& end) {
    const std::string object = R"({"format": "rollcall-journal", "version": )" + version +
                               R"(, "lineage": "lineage-1", "run": "run-1", "base": "aa", "serial": 7)" +
                               end + "}";
    return read(sha256(object).substr(0, 16) + " " + object + "\n", directory).ends;
  };
  const std::string server = R"(, "server": "https://chat.example.com")";
  const auto older = with_header("2", "");
  REQUIRE(older);
  CHECK(older->header == state::JournalHeader{"lineage-1", "run-1", "aa", 7, ""});
  REQUIRE(with_header("3", server));
  REQUIRE(with_header("3", server + R"(, "plan_digest": "00ff")"));
  REQUIRE(with_header("4", server));
  for (const auto& wrong :
       {with_header("2", server), with_header("3", ""), with_header("5", server),
        with_header("2", R"(, "plan_digest": "00ff")"), with_header("3", server + R"(, "plan_digest": "")"),
        with_header("3", server + R"(, "plan_digest": 7)"),
        with_header("3", server + R"(, "other": "00ff")")})
    CHECK_FALSE(wrong);
}

TEST_CASE("the header names the plan that the run applies, where it applies a saved one") {
  model::Directory directory;
  state::JournalHeader header = kHeader;
  header.plan_digest = std::string(64, 'd');
  const std::string named = state::JournalEncoder(directory).header(header);
  CHECK(read(named, directory).ends->header == header);
  CHECK(named.find("plan_digest") != std::string::npos);
  const std::string without = state::JournalEncoder(directory).header(kHeader);
  CHECK(read(without, directory).ends->header == kHeader);
  CHECK(without.find("plan_digest") == std::string::npos);
}

TEST_CASE("the fold of a journal is the state with its outcomes, and what is open is unresolved") {
  for (std::uint32_t seed = 0; seed < testing::rounds(200); ++seed) {
    test::RandomEstates random(seed);
    test::Estates& e = random.estates();
    random.record_something();
    random.want_something(5000);
    const auto plan = e.make();
    REQUIRE(plan);
    const auto entries = entries_of(e, *plan);
    state::State base;
    base.lineage = "lineage-1";
    base.server = "https://chat.example.com";
    base.estate = e.recorded;
    state::JournalFold fold(base, e.directory);
    std::vector<state::StateChange> facts;
    std::size_t begun = 0, settled = 0, intended = 0, sent = 0;
    for (const JournalEntry& entry : entries) {
      fold.add(entry);
      if (const auto* one = std::get_if<Settled>(&entry))
        facts.insert(facts.end(), one->facts.begin(), one->facts.end());
      if (const auto* one = std::get_if<Noted>(&entry))
        facts.insert(facts.end(), one->facts.begin(), one->facts.end());
      begun += std::holds_alternative<Begun>(entry) || std::holds_alternative<Intended>(entry) ? 1 : 0;
      intended += std::holds_alternative<Intended>(entry) ? 1 : 0;
      sent += std::holds_alternative<Sent>(entry) ? 1 : 0;
      settled += std::holds_alternative<Settled>(entry) ? 1 : 0;
    }
    CHECK(fold.settled() == settled);
    const state::State after = std::move(fold).finish("run-1");
    INFO("seed " << seed);
    CHECK(after.estate == state::fold(e.recorded, facts));
    CHECK(after.unresolved.size() == begun - settled);
    const auto unsent = [](const state::Intent& intent) { return intent.only_intended; };
    CHECK(std::count_if(after.unresolved.begin(), after.unresolved.end(), unsent) ==
          static_cast<std::ptrdiff_t>(intended - sent));
    CHECK(after.last_run == "run-1");

    // And what is unresolved is written and read with any other state.
    state::State kept = base;
    kept.unresolved = after.unresolved;
    const std::string bytes = state::encode(kept, e.directory);
    const auto back = state::decode(bytes, "the-state", e.directory);
    REQUIRE(back);
    CHECK(back->unresolved.size() == kept.unresolved.size());
    CHECK(state::encode(*back, e.directory) == bytes);
  }
}

TEST_CASE("an action that is begun again, and the older ones of its address whose end nobody knows") {
  model::Directory directory;
  const Written written = small(directory);
  const Begun account = std::get<Begun>(written.entries[0]);
  const state::Intent grant = std::get<Begun>(written.entries[3]).intent;
  state::Intent older = account.intent;
  older.nonce = "older";
  state::State base;
  base.unresolved = {older, grant};
  state::JournalFold fold(base, directory);
  fold.add(account);
  const auto unresolved = [&] { return std::move(fold).finish("run-2").unresolved; };
  SECTION("an end that nobody knows is no end of the older ones") {
    CHECK(unresolved() == std::vector{grant, older, account.intent});
  }
  SECTION("a success is their end") {
    fold.add(written.entries[1]);
    CHECK(unresolved() == std::vector{grant});
  }
  SECTION("a failure says nothing of them") {
    fold.add(Settled{account.action, {}});
    CHECK(unresolved() == std::vector{grant, older});
  }
  SECTION("a failure, and then a success") {
    fold.add(Settled{account.action, {}});
    fold.add(Begun{7, account.intent});
    fold.add(Settled{7, std::get<Settled>(written.entries[1]).facts});
    CHECK(unresolved() == std::vector{grant});
  }
  SECTION("what a run learns of an action that stays open is no new one") {
    Begun more = account;
    more.intent.nonce = "more";
    fold.add(more);
    CHECK(unresolved() == std::vector{grant, older, more.intent});
  }
  SECTION("what asks the same is looked up once") {
    fold.add(Begun{7, grant});
    fold.add(Settled{account.action, {}});
    state::Intent again = older;
    again.first_id = 9;
    fold.add(Begun{8, again});
    CHECK(unresolved() == std::vector{grant, again});
  }
}

TEST_CASE(
    "what was intended is unresolved until its end is known, and was not sent as far as anybody has seen") {
  model::Directory directory;
  const Written written = small(directory);
  const Intended intended = std::get<Intended>(written.entries[5]);
  const state::Intent sent = intended.intent;
  state::Intent unsent = sent;
  unsent.only_intended = true;
  state::State base;
  const auto after = [&](const std::vector<JournalEntry>& entries, bool over = false) {
    state::JournalFold fold(base, directory);
    for (const JournalEntry& entry : entries) fold.add(entry);
    if (over) fold.drop_unsent();
    return std::move(fold).finish("run-2").unresolved;
  };
  CHECK(after({intended}) == std::vector{unsent});
  CHECK(after({intended, Sent{2}}) == std::vector{sent});
  CHECK(after({intended, Sent{2}, Settled{2, sent.facts}}).empty());
  CHECK(after({intended, Settled{2, {}}}).empty());
  // At its end a run knows what it has sent.
  CHECK(after({intended}, true).empty());
  CHECK(after({intended, Sent{2}}, true) == std::vector{sent});
  SECTION("beside an older one that asks the same, what is known of either holds") {
    base.unresolved = {sent};
    CHECK(after({intended}) == std::vector{sent});
    CHECK(after({intended}, true) == std::vector{sent});
    base.unresolved = {unsent};
    CHECK(after({intended}) == std::vector{unsent});
    CHECK(after({intended, Sent{2}}) == std::vector{sent});
    CHECK(after({intended, Sent{2}, Settled{2, {}}}) == std::vector{unsent});
  }
}

TEST_CASE("what earlier runs left unresolved keeps its order while a run takes up some of it") {
  model::Directory directory;
  const auto creation = [&](const std::string& email, const std::string& nonce) {
    model::RecordedUser user;
    user.ref = directory.users.intern(email);
    return state::Intent{plan::Verb::kCreate, nonce, {state::PutUser{user}}};
  };
  const auto ana = creation("ana@example.com", "n1"), ben = creation("ben@example.com", "n2"),
             ana_again = creation("ana@example.com", "n3"), kim = creation("kim@example.com", "n4");
  state::State base;
  base.unresolved = {ana, ben, ana_again, kim};
  state::JournalFold fold(base, directory);
  SECTION("where it fails, the older ones come back") {
    for (std::uint32_t action : {0U, 1U}) {
      fold.add(Begun{action, ana});
      fold.add(Settled{action, {}});
    }
    CHECK(std::move(fold).finish("run").unresolved == std::vector{ben, kim, ana, ana_again});
  }
  SECTION("two of one address at once: the first one has the older ones") {
    const auto later = creation("ana@example.com", "n5");
    fold.add(Begun{0, later});
    fold.add(Begun{1, kim});
    fold.add(Begun{2, later});
    fold.add(Settled{2, ana.facts});
    CHECK(std::move(fold).finish("run").unresolved == std::vector{ben, ana, ana_again, later, kim});
  }
}

TEST_CASE("whatever a roster may hold comes back from a journal and from what is unresolved") {
  model::Directory directory;
  // A roster has 100 levels at most, four of which lead to a value.
  model::Value deep = model::Value("core");
  for (int level = 0; level < 96; ++level) deep = model::Value::List{deep};
  model::RecordedAccount account;
  account.ref = directory.accounts.intern("hq");
  account.nonce = "n1";
  account.missing_since = Time(std::chrono::hours(24));
  account.settings.set(model::Field::kName, "\"a\\b\"\n\t\x7f \u00e9 \U0001F600 \u2028");
  account.settings.set({model::Field::kCustomAttributes, "deep"}, deep);
  account.settings.set({model::Field::kCustomAttributes, "\n\"key\""}, model::Value(1.5));
  account.unlisted = {{77, std::nullopt, std::nullopt}, {78, model::Role::kAgent, "g'uest+x/y@example.com"}};
  model::RecordedUser user;
  user.ref = directory.users.intern("#o'neil/{x}@example.com");
  user.settings.set(model::Field::kName, "");
  model::RecordedBot bot;
  bot.ref = directory.bots.intern("triage");
  bot.settings.set(model::Field::kDescription, model::Value());
  bot.settings.set(model::Field::kAccount, "hq");
  const auto other = directory.users.intern("new@example.com");
  const auto lab = directory.accounts.intern("lab");
  const auto echo = directory.bots.intern("echo");
  const Written written(
      {Begun{0, {plan::Verb::kCreate, "n1", {state::PutAccount{account}}, 42}},
       Begun{1, {plan::Verb::kCreate, "", {state::PutBot{bot}}, 1}},
       Begun{2, {plan::Verb::kUpdate, "", {state::MoveUser{{}, user.ref, other}, state::PutUser{user}}}},
       Begun{3, {plan::Verb::kGrant, "", {state::PutGrant{{account.ref, user.ref, model::Role::kAgent}}}}},
       Begun{4,
             {plan::Verb::kRevoke,
              "",
              {state::DropGrant{account.ref, user.ref}, state::DropUnlisted{account.ref, 77}}}},
       Settled{4, {state::DropAccount{lab}, state::DropUser{user.ref}, state::DropBot{bot.ref}}},
       Noted{{state::MoveAccount{{"hq", "lab"}, account.ref, lab}, state::MoveBot{{}, bot.ref, echo},
              state::PutUnlisted{lab, account.unlisted}}}},
      directory);
  const Read back = read(written.bytes, directory);
  if (!back.ends) FAIL(back.ends.error().message);
  CHECK(back.entries == written.entries);

  state::State state;
  state.lineage = "lineage-1";
  state.server = "https://chat.example.com";
  for (const JournalEntry& entry : written.entries)
    if (const auto* begun = std::get_if<Begun>(&entry)) state.unresolved.push_back(begun->intent);
  const auto decoded = state::decode(state::encode(state, directory), "the-state", directory);
  if (!decoded) FAIL(decoded.error().message);
  CHECK(std::is_permutation(decoded->unresolved.begin(), decoded->unresolved.end(), state.unresolved.begin(),
                            state.unresolved.end()));
}
