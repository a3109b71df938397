#include "store/snapshot.hpp"

#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include "support/memory_store.hpp"

using namespace rollcall;
using testing::MemoryJournals;

namespace {

/// What stands on the disk at one moment.
struct Moment {
  std::string state;
  std::map<std::string, std::string> journals;

  bool operator==(const Moment&) const = default;
};

/// Everything that writers do, one visible change after the other: a first run, then one that finds a state.
std::vector<Moment> moments() {
  return {{"", {}},
          {"S1", {}},
          {"S1", {{"a", ""}}},
          {"S1", {{"a", "header\n"}}},
          {"S1", {{"a", "header\nbeg"}}},
          {"S1", {{"a", "header\nbegun\n"}}},
          {"S2", {{"a", "header\nbegun\n"}}},
          {"S2", {}},
          {"S2", {{"b", "header\n"}}},
          {"S3", {{"b", "header\n"}}},
          {"S3", {}}};
}

/// A disk on which a writer goes on by a given number of moments before each call of a reader.
class Disk final : public store::Store {
 public:
  explicit Disk(std::vector<std::size_t> steps) : steps_(std::move(steps)) {}

  [[nodiscard]] std::string name() const override { return "disk"; }
  Expected<std::optional<store::Stored>> read() override {
    step();
    const std::string& state = all_[now_].state;
    if (state.empty()) return std::optional<store::Stored>();
    return std::optional<store::Stored>(store::Stored{state, state});
  }
  Expected<std::string> write(std::string_view, const std::optional<std::string>&) override {
    return fail("A reader wrote.");
  }
  store::Journals& journals() { return journals_; }
  Expected<std::unique_ptr<store::Lock>> lock(const store::LockInfo&, const store::LockWait&,
                                              Clock&) override {
    return fail("A reader locked.");
  }
  store::LockSight look_at_lock() override { return {}; }
  Expected<std::optional<store::LockInfo>> find_holder(const store::LockInfo& /*asking*/) override {
    return std::optional<store::LockInfo>();
  }
  Expected<void> remove_lock(const std::string& /*id*/) override { return {}; }

  [[nodiscard]] std::size_t now() const { return now_; }
  [[nodiscard]] const std::vector<Moment>& all() const { return all_; }

 private:
  class Beside final : public store::Journals {
   public:
    explicit Beside(Disk& disk) : disk_(disk) {}
    Expected<std::vector<std::string>> runs() override {
      disk_.step();
      std::vector<std::string> runs;
      for (const auto& [run, bytes] : disk_.all_[disk_.now_].journals) runs.push_back(run);
      return runs;
    }
    Expected<std::optional<std::string>> read(const std::string& run) override {
      disk_.step();
      const auto& journals = disk_.all_[disk_.now_].journals;
      const auto found = journals.find(run);
      return found == journals.end() ? std::nullopt : std::optional<std::string>(found->second);
    }
    Expected<std::unique_ptr<store::JournalFile>> create(const std::string&) override {
      return fail("A reader created a journal.");
    }
    Expected<void> remove(const std::string&) override { return fail("A reader removed a journal."); }
    [[nodiscard]] std::string name(const std::string& run) const override { return run; }

   private:
    Disk& disk_;
  };

  void step() {
    const std::size_t by = calls_ < steps_.size() ? steps_[calls_] : 0;
    ++calls_;
    now_ = std::min(now_ + by, all_.size() - 1);
  }

  std::vector<Moment> all_ = moments();
  std::vector<std::size_t> steps_;
  std::size_t calls_ = 0;
  std::size_t now_ = 0;
  Beside journals_{*this};
};

}  // namespace

TEST_CASE(
    "what is read without the lock stood on the disk at one moment, however a writer goes on meanwhile") {
  constexpr std::size_t kCalls = 7;
  const std::size_t last = moments().size() - 1;
  std::size_t tried = 0;
  // Every way to spread the writer's steps over the reader's calls.
  std::vector<std::size_t> steps(kCalls, 0);
  for (bool more = true; more;) {
    Disk disk(steps);
    const auto snapshot = store::read_snapshot(disk, disk.journals());
    ++tried;
    if (!snapshot) FAIL(snapshot.error().message);
    Moment seen;
    if (snapshot->stored) seen.state = snapshot->stored->bytes;
    seen.journals.insert(snapshot->journals.begin(), snapshot->journals.end());
    const auto from = disk.all().begin() + static_cast<std::ptrdiff_t>(steps[0]);
    const auto to = disk.all().begin() + static_cast<std::ptrdiff_t>(disk.now()) + 1;
    if (std::find(from, to, seen) == to) {
      CAPTURE(steps, seen.state);
      FAIL_CHECK("nothing like it ever stood there");
    }
    more = false;
    for (std::size_t call = 0; call < kCalls && !more; ++call) {
      ++steps[call];
      std::size_t sum = 0;
      for (const std::size_t by : steps) sum += by;
      more = sum <= last;
      if (!more) steps[call] = 0;
    }
  }
  CHECK(tried > 10'000);
}

TEST_CASE("a state that changes with every look is told") {
  MemoryJournals none;
  struct Restless final : store::Store {
    int looks = 0;
    [[nodiscard]] std::string name() const override { return "the-state"; }
    Expected<std::optional<store::Stored>> read() override {
      const std::string bytes = std::to_string(++looks);
      return std::optional<store::Stored>(store::Stored{bytes, bytes});
    }
    Expected<std::string> write(std::string_view, const std::optional<std::string>&) override {
      return fail("A reader wrote.");
    }
    Expected<std::unique_ptr<store::Lock>> lock(const store::LockInfo&, const store::LockWait&,
                                                Clock&) override {
      return fail("A reader locked.");
    }
    store::LockSight look_at_lock() override { return {}; }
    Expected<std::optional<store::LockInfo>> find_holder(const store::LockInfo& /*asking*/) override {
      return std::optional<store::LockInfo>();
    }
    Expected<void> remove_lock(const std::string& /*id*/) override { return {}; }
  } restless;
  const auto snapshot = store::read_snapshot(restless, none);
  REQUIRE_FALSE(snapshot);
  CHECK(snapshot.error().message == "the-state changes faster than it can be read.");
  CHECK(restless.looks < 100);
}
