#include "saved_plan/saved_plan.hpp"

#include <catch2/catch.hpp>

#include "golden/golden.hpp"
#include "report/report.hpp"
#include "support/random_estates.hpp"
#include "support/slow.hpp"
#include "unit/report/scenarios.hpp"

using namespace rollcall;
using saved_plan::SavedPlan;

namespace {

SavedPlan saved_of(const plan::Plan& plan, const model::RecordedEstate& recorded) {
  SavedPlan saved;
  saved.tool_version = "0.9.0";
  saved.date = sample::day("2027-02-15");
  saved.server = "https://chat.example.com";
  saved.state = {"rollcall.state.json", "5f0c8a52-9d4e-4c1b-8a70-1f2e3d4c5b6a", 41, std::string(64, 'a')};
  saved.roster_sha256 = std::string(64, 'b');
  saved.options = {{"accounts.*"}, true, false, true, "30%"};
  saved.plan = plan;
  saved.recorded = saved_plan::excerpt(plan, recorded);
  return saved;
}

/// A saved plan with what its references mean.
struct Kept {
  model::Directory directory;
  SourceFiles files;
  saved_plan::ReadPlan read;
};

std::string encoded(const SavedPlan& saved, const model::Directory& directory, const SourceFiles& files) {
  return saved_plan::encode(saved, saved_plan::digest_of(saved, directory, files), directory, files);
}

/// Read by a run that knows other keys and files already.
void read_into(Kept& kept, const std::string& bytes) {
  kept.files.add("another.yaml", "");
  kept.directory.accounts.intern("another");
  kept.directory.users.intern("another@example.com");
  auto read = saved_plan::decode(bytes, "plan.json", kept.directory, kept.files);
  if (!read) FAIL(read.error().message);
  kept.read = std::move(*read);
}

report::Context context(const model::Directory& directory, const SourceFiles& files) {
  return {directory, files, sample::Sample::meta()};
}

/// What a reader sees of a plan, in every form.
std::string reports(const plan::Plan& plan, const model::RecordedEstate& recorded,
                    const model::Directory& directory, const SourceFiles& files) {
  const report::Context with = context(directory, files);
  return report::plan_json(plan, recorded, with) + report::plan_text(plan, recorded, with, {false, true}) +
         report::plan_text(plan, recorded, with, {false, false});
}

void check_round_trip(const plan::Plan& plan, const model::RecordedEstate& recorded,
                      const model::Directory& directory, const SourceFiles& files) {
  const std::string bytes = encoded(saved_of(plan, recorded), directory, files);
  Kept kept;
  read_into(kept, bytes);
  CHECK(encoded(kept.read.saved, kept.directory, kept.files) == bytes);
  CHECK(reports(kept.read.saved.plan, kept.read.saved.recorded, kept.directory, kept.files) ==
        reports(plan, recorded, directory, files));
}

/// The plan's text with one part of it replaced, and why it is refused then.
std::string refusal(std::string bytes, const std::string& from, const std::string& to) {
  const std::size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, from.size(), to);
  model::Directory directory;
  SourceFiles files;
  const auto read = saved_plan::decode(bytes, "plan.json", directory, files);
  REQUIRE_FALSE(read);
  return read.error().message;
}

}  // namespace

TEST_CASE("what was saved is read, and every report shows it as it was") {
  for (const auto& made : {sample::first(), sample::everything(), sample::refused(), sample::crowded()})
    check_round_trip(made.plan, made.recorded, made.directory, made.files);
}

TEST_CASE("the file of a plan with everything in it") {
  const auto made = sample::everything();
  golden::check("saved_plan/everything.json",
                encoded(saved_of(made.plan, made.recorded), made.directory, made.files));
}

TEST_CASE("random plans are read as they were saved, and every report shows them as they were") {
  constexpr std::uint32_t kSeeds = testing::rounds(200);
  std::size_t planned = 0;
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    test::RandomEstates random(seed);
    random.record_something();
    random.want_something(5000);
    test::Estates& estates = random.estates();
    estates.options.guardrails.max_removals = model::RemovalCount{seed % 7};
    estates.options.allow_deletes = seed % 3 != 0;
    const auto plan = estates.make();
    if (!plan) continue;
    ++planned;
    check_round_trip(*plan, estates.recorded, estates.directory, estates.files);
  }
  CHECK(planned > kSeeds / 4);
}

TEST_CASE("the digest is of what the plan does, and of nothing around it") {
  const auto made = sample::everything();
  const SavedPlan saved = saved_of(made.plan, made.recorded);
  const auto digest = [&](const SavedPlan& one) {
    return saved_plan::digest_of(one, made.directory, made.files);
  };
  SavedPlan other = saved;
  other.date = sample::day("2027-02-16");
  other.tool_version = "1.0.0";
  other.state.serial = 42;
  other.state.sha256 = std::string(64, 'c');
  other.roster_sha256 = std::string(64, 'd');
  other.options = {};
  CHECK(digest(other) == digest(saved));

  const auto differs = [&](const auto& change) {
    SavedPlan changed = saved;
    change(changed);
    return digest(changed) != digest(saved);
  };
  CHECK(differs([](SavedPlan& one) { one.server = "https://other.example.com"; }));
  CHECK(differs([](SavedPlan& one) { one.state.lineage = "another"; }));
  CHECK(differs([](SavedPlan& one) { one.plan.actions.pop_back(); }));
  CHECK(differs([](SavedPlan& one) { one.plan.actions.front().origin.line += 1; }));
  CHECK(differs([](SavedPlan& one) { one.plan.causes.rules.front().reason += "!"; }));
  CHECK(differs([](SavedPlan& one) { one.plan.warnings.clear(); }));
  CHECK(differs([](SavedPlan& one) { one.recorded = {}; }));
}

TEST_CASE("what is wrong with a file is told with its place") {
  const auto made = sample::everything();
  const std::string bytes = encoded(saved_of(made.plan, made.recorded), made.directory, made.files);
  CHECK(refusal(bytes, R"("verb": "update")", R"("verb": "upgrade")").find("`plan.actions[") !=
        std::string::npos);
  CHECK(refusal(bytes, R"("verb": "update")", R"("verb": "upgrade")")
            .find("].verb` must be create, update, bind, release, suspend, delete, grant, change_role or "
                  "revoke") != std::string::npos);
  CHECK(refusal(bytes, R"("phase": 1)", R"("phase": 5)").find("must be a number from 1 to 4") !=
        std::string::npos);
  CHECK(refusal(bytes, R"("blocked": false, )", "").find("has no `blocked`") != std::string::npos);
  CHECK(refusal(bytes, R"("blocked": false)", R"("blocked": false, "more": 1)")
            .find("unknown key `more` in plan.actions[") != std::string::npos);
  CHECK(refusal(bytes, R"("date": "2027-02-15")", R"("date": "2027-02-30")").find("plan.json:6: ") == 0);
  CHECK(refusal(bytes, R"("address": "users.)", R"("address": "people.)").find("must be an address") !=
        std::string::npos);
  CHECK(refusal(bytes, R"("version": 1)", R"("version": 2)").find("plan.json has version 2") == 0);
  CHECK(refusal(bytes, R"("format": "rollcall-saved-plan")", R"("format": "rollcall-plan")")
            .find("plan.json is not a saved plan") == 0);
  CHECK(refusal(bytes, R"("version": 1,)", R"("version": 1, "version": 1,)").find("is there twice") !=
        std::string::npos);
  CHECK(refusal(bytes, R"("lift_suspension": true)", R"("lift_suspension": false)").find("was changed") !=
        std::string::npos);
  CHECK(refusal(bytes, bytes, "").find("ends too early") != std::string::npos);
}

TEST_CASE("a file that names what is not there is refused before anybody looks at it") {
  const auto refused = [](const auto& change) {
    auto made = sample::refused();
    change(made.plan);
    Kept kept;
    const auto read =
        saved_plan::decode(encoded(saved_of(made.plan, made.recorded), made.directory, made.files),
                           "plan.json", kept.directory, kept.files);
    return !read && read.error().message.find("cannot be used") != std::string::npos;
  };
  CHECK_FALSE(refused([](plan::Plan&) {}));
  CHECK(refused([](plan::Plan& plan) { plan.actions.front().depends_on = {0}; }));
  CHECK(refused([](plan::Plan& plan) { plan.causes.sets.clear(); }));
  CHECK(refused([](plan::Plan& plan) { plan.causes.sets.push_back({4711}); }));
  CHECK(refused([](plan::Plan& plan) { plan.violations.front().actions = {4711}; }));
  CHECK(refused([](plan::Plan& plan) { plan.exceptions.push_back({{}, {4711}}); }));
  CHECK(refused([](plan::Plan& plan) {
    for (plan::Violation& violation : plan.violations) violation.user.reset(), violation.account.reset();
  }));
  const auto grant = [](plan::Plan& plan) -> plan::Action& {
    return *std::find_if(plan.actions.begin(), plan.actions.end(), [](const plan::Action& action) {
      return std::holds_alternative<plan::GrantAction>(action.object);
    });
  };
  CHECK(refused([&](plan::Plan& plan) { std::get<plan::GrantAction>(grant(plan).object).cause = 4711; }));
  CHECK(refused([&](plan::Plan& plan) { grant(plan).verb = plan::Verb::kCreate; }));
  CHECK(refused([&](plan::Plan& plan) {
    grant(plan).verb = plan::Verb::kGrant;
    std::get<plan::GrantAction>(grant(plan).object).after.reset();
  }));
}

TEST_CASE("only the start of a saved plan looks like one") {
  CHECK(saved_plan::looks_like_saved_plan("{\n  \"format\": \"rollcall-saved-plan\",\n"));
  CHECK(saved_plan::looks_like_saved_plan(""));
  CHECK(saved_plan::looks_like_saved_plan("{\"format\":"));
  CHECK_FALSE(saved_plan::looks_like_saved_plan("{\n  \"format\": \"rollcall-state\",\n"));
  CHECK_FALSE(saved_plan::looks_like_saved_plan("version: 1\n"));
}

TEST_CASE("the digest of a roster is of its files' texts, wherever one ends") {
  CHECK(saved_plan::roster_digest({"a", "b"}) != saved_plan::roster_digest({"ab"}));
  CHECK(saved_plan::roster_digest({"a", "b"}) != saved_plan::roster_digest({"b", "a"}));
  CHECK(saved_plan::roster_digest({}) != saved_plan::roster_digest({""}));
}
