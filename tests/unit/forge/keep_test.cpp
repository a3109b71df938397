#include "forge/keep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "support/fake_clock.hpp"

namespace rollcall::forge {
namespace {

using Effect = WriteFailure::Effect;

constexpr const char* kMe = "me";
constexpr const char* kEve = "eve";

struct Held {
  Comment comment;
  std::string author;
};

/// A forge in memory that loses responses as a test says.
class MemoryForge final : public Forge {
 public:
  /// What becomes of a write.
  enum class Fate { kDone, kRefused, kLostBefore, kLostAfter, kLate };

  Expected<std::string> own_user() override {
    if (reads_fail()) return fail("No response.");
    return std::string(kMe);
  }
  Expected<std::vector<Comment>> comments_of(const std::string& author) override {
    deliver_some();
    if (reads_fail()) return fail("No response.");
    std::vector<Comment> found;
    for (const Held& held : comments)
      if (held.author == author) found.push_back(held.comment);
    // The order is the forge's own business.
    std::reverse(found.begin(), found.end());
    return found;
  }
  Written create(const std::string& body) override {
    return write([this, body] { return add(kMe, body); });
  }
  Written update(std::int64_t id, const std::string& body) override {
    return write([this, id, body] {
      for (Held& held : comments) {
        if (held.comment.id != id) continue;
        if (held.author != kMe) ++touched_others;
        held.comment.body = body;
        return held.comment;
      }
      return Comment{};
    });
  }

  Comment add(const std::string& author, const std::string& body) {
    comments.push_back({{next_id++, body}, author});
    return comments.back().comment;
  }
  /// What is late has its effect now.
  void deliver_all() {
    for (const auto& effect : std::exchange(late_, {})) effect();
  }
  [[nodiscard]] std::vector<Comment> ours(const std::string& marker) const {
    std::vector<Comment> found;
    for (const Held& held : comments)
      if (held.author == kMe && has_marker(held.comment.body, marker)) found.push_back(held.comment);
    return found;
  }

  std::vector<Held> comments;
  std::vector<Fate> fates;
  std::mt19937* random = nullptr;
  std::int64_t next_id = 1;
  int writes = 0;
  int touched_others = 0;

 private:
  bool chance(unsigned percent) { return random != nullptr && (*random)() % 100 < percent; }
  bool reads_fail() { return chance(5); }
  void deliver_some() {
    if (chance(50)) deliver_all();
  }
  Fate next_fate() {
    if (random != nullptr) {
      constexpr std::array kFates = {Fate::kDone,       Fate::kDone,      Fate::kRefused,
                                     Fate::kLostBefore, Fate::kLostAfter, Fate::kLate};
      return kFates[(*random)() % kFates.size()];
    }
    if (fates.empty()) return Fate::kDone;
    const Fate fate = fates.front();
    fates.erase(fates.begin());
    return fate;
  }
  template <class Work>
  Written write(Work work) {
    ++writes;
    switch (next_fate()) {
      case Fate::kDone:
        return work();
      case Fate::kRefused:
        return tl::unexpected(WriteFailure{{"Refused.", ""}, Effect::kNone});
      case Fate::kLostBefore:
        return tl::unexpected(WriteFailure{{"Lost.", ""}, Effect::kUnknown});
      case Fate::kLostAfter:
        work();
        return tl::unexpected(WriteFailure{{"Lost.", ""}, Effect::kUnknown});
      case Fate::kLate:
        late_.push_back([work]() mutable { work(); });
        return tl::unexpected(WriteFailure{{"Timed out.", "Wait."}, Effect::kMayFollow});
    }
    return tl::unexpected(WriteFailure{});
  }

  std::vector<std::function<void()>> late_;
};

using Fate = MemoryForge::Fate;

Body body_of(const std::string& text, const std::string& name = "default") {
  const auto body = make_body(Kind::kGithub, name, text, "plan.md");
  REQUIRE(body);
  return *body;
}

Expected<Kept> keep(MemoryForge& forge, const Body& body, Mode mode = Mode::kWrite) {
  testing::FakeClock clock;
  return keep_comment(forge, body, mode, clock, {});
}

TEST_CASE("a comment is created, left alone while it is the same, and updated in place") {
  MemoryForge forge;
  CHECK(keep(forge, body_of("one")) == Kept{Change::kCreated, 1, 0});
  CHECK(keep(forge, body_of("one")) == Kept{Change::kUnchanged, 1, 0});
  CHECK(forge.writes == 1);
  CHECK(keep(forge, body_of("two")) == Kept{Change::kUpdated, 1, 0});
  CHECK(forge.comments.size() == 1);
  CHECK(forge.comments[0].comment.body == "<!-- rollcall:default -->\ntwo");
}

TEST_CASE("only a comment with the marker and of the token's own user is touched") {
  MemoryForge forge;
  forge.add(kEve, "<!-- rollcall:default -->\nforged");
  forge.add(kMe, "by hand");
  forge.add(kMe, "<!-- rollcall:other -->\none");
  CHECK(keep(forge, body_of("one")) == Kept{Change::kCreated, 4, 0});
  CHECK(forge.comments[0].comment.body == "<!-- rollcall:default -->\nforged");
  CHECK(keep(forge, body_of("two", "other")) == Kept{Change::kUpdated, 3, 0});
}

TEST_CASE("of several the oldest is updated, and the others are counted") {
  MemoryForge forge;
  for (const char* text : {"a", "b", "c"}) forge.add(kMe, body_of(text).whole);
  CHECK(keep(forge, body_of("a")) == Kept{Change::kUnchanged, 1, 2});
  CHECK(keep(forge, body_of("c")) == Kept{Change::kUpdated, 1, 2});
  CHECK(forge.comments[2].comment.body == body_of("c").whole);
}

TEST_CASE("who only looks writes nothing") {
  MemoryForge forge;
  CHECK(keep(forge, body_of("one"), Mode::kOnlyLook) == Kept{Change::kCreated, 0, 0});
  CHECK(forge.comments.empty());
  forge.add(kMe, body_of("one").whole);
  CHECK(keep(forge, body_of("one"), Mode::kOnlyLook) == Kept{Change::kUnchanged, 1, 0});
  CHECK(keep(forge, body_of("two"), Mode::kOnlyLook) == Kept{Change::kUpdated, 1, 0});
  CHECK(forge.writes == 0);
}

TEST_CASE("after a lost response the comment is looked for before another is written") {
  MemoryForge forge;
  SECTION("it was created") {
    forge.fates = {Fate::kLostAfter};
    CHECK(keep(forge, body_of("one")) == Kept{Change::kCreated, 1, 0});
    CHECK(forge.writes == 1);
  }
  SECTION("it was not") {
    forge.fates = {Fate::kLostBefore};
    CHECK(keep(forge, body_of("one")) == Kept{Change::kCreated, 1, 0});
    CHECK(forge.writes == 2);
  }
  SECTION("it was updated") {
    forge.add(kMe, body_of("one").whole);
    forge.fates = {Fate::kLostAfter};
    CHECK(keep(forge, body_of("two")) == Kept{Change::kUpdated, 1, 0});
    CHECK(forge.writes == 1);
  }
  CHECK(forge.comments.size() == 1);
}

TEST_CASE("what may still come is not written a second time") {
  MemoryForge forge;
  forge.fates = {Fate::kLate};
  const auto kept = keep(forge, body_of("one"));
  REQUIRE_FALSE(kept);
  CHECK(kept.error().message == "Timed out. It is unknown whether the comment was written.");
  CHECK(kept.error().hint == "Wait. The next run finds it if it was.");
  forge.deliver_all();
  CHECK(keep(forge, body_of("one")) == Kept{Change::kUnchanged, 1, 0});
  CHECK(forge.comments.size() == 1);
}

TEST_CASE("a refused write is not repeated, and a forge that loses all of them is given up") {
  MemoryForge forge;
  SECTION("refused") {
    forge.fates = {Fate::kRefused};
    const auto kept = keep(forge, body_of("one"));
    REQUIRE_FALSE(kept);
    CHECK(kept.error().message == "Refused.");
    CHECK(forge.writes == 1);
  }
  SECTION("lost") {
    forge.fates = {Fate::kLostBefore, Fate::kLostBefore, Fate::kLostBefore};
    const auto kept = keep(forge, body_of("one"));
    REQUIRE_FALSE(kept);
    CHECK(kept.error().message == "Lost. It is unknown whether the comment was written.");
    CHECK(forge.writes == 3);
  }
}

TEST_CASE("whatever is lost, there is one comment, and it has the text where the run says so") {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    MemoryForge forge;
    forge.add(kEve, "<!-- rollcall:default -->\nforged");
    forge.random = &random;
    for (int push = 0; push < 8; ++push) {
      const Body body = body_of(fmt::format("text {}", random() % 3));
      const bool had_it = !forge.ours(body.marker).empty() && forge.ours(body.marker)[0].body == body.whole;
      const int writes = forge.writes;
      const auto kept = keep(forge, body);
      const auto ours = forge.ours(body.marker);
      INFO("seed " << seed << ", push " << push);
      REQUIRE(ours.size() <= 1);
      if (kept) {
        REQUIRE(ours.size() == 1);
        REQUIRE(ours[0].id == kept->id);
        REQUIRE(ours[0].body == body.whole);
        REQUIRE((kept->change == Change::kUnchanged) == (forge.writes == writes));
        if (had_it) REQUIRE(kept->change == Change::kUnchanged);
      }
      // Before the next run begins.
      forge.deliver_all();
    }
    REQUIRE(forge.touched_others == 0);
    REQUIRE(forge.comments[0].comment.body == "<!-- rollcall:default -->\nforged");
  }
}

}  // namespace
}  // namespace rollcall::forge
