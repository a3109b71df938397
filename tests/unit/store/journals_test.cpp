#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <latch>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "store/group_commit.hpp"
#include "store/local_journals.hpp"
#include "support/memory_store.hpp"

using namespace rollcall;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "rollcall-journals-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

/// Calls back before it does what it is asked.
class WatchedFile final : public store::JournalFile {
 public:
  std::function<void()> on_append = [] {};
  std::function<void()> on_sync = [] {};
  Expected<void> append(std::string_view) override {
    on_append();
    return {};
  }
  Expected<void> sync() override {
    on_sync();
    return {};
  }
};

}  // namespace

TEST_CASE("journals are files beside the state, of their owner alone, and told by their runs") {
  const Folder folder;
  store::LocalJournals journals(folder.path / "state.json");
  CHECK(journals.runs()->empty());
  const mode_t before = ::umask(0777);
  auto file = journals.create("run-2");
  ::umask(before);
  REQUIRE(file);
  REQUIRE((*file)->append("one\n"));
  REQUIRE((*file)->append("two\n"));
  REQUIRE((*file)->sync());
  struct stat status {};
  REQUIRE(::stat((folder.path / "state.json.run-2.journal").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  REQUIRE(journals.create("run-1"));
  for (const char* other : {"state.json.bak", "state.json..journal", "other.json.run-3.journal",
                            "state.json.a b.journal", "state.json.journal"})
    REQUIRE(::creat((folder.path / other).c_str(), 0600) >= 0);
  CHECK(*journals.runs() == std::vector<std::string>{"run-1", "run-2"});
  CHECK(**journals.read("run-2") == "one\ntwo\n");
  CHECK_FALSE(*journals.read("run-9"));
  CHECK_FALSE(journals.create("run-2"));
  REQUIRE(journals.remove("run-2"));
  REQUIRE(journals.remove("run-2"));
  CHECK(*journals.runs() == std::vector<std::string>{"run-1"});
}

TEST_CASE("a journal that cannot be made is told with what to do") {
  store::LocalJournals journals("/nowhere/at/all/state.json");
  CHECK(journals.runs()->empty());
  const auto made = journals.create("run-1");
  REQUIRE_FALSE(made);
  CHECK(made.error().hint == "Create the folder first.");
}

TEST_CASE("every line of many threads is there once, in order") {
  testing::MemoryJournals journals;
  const auto file = journals.create("run");
  store::GroupCommit commit(**file);
  constexpr int kThreads = 8, kLines = 500;
  std::mutex order;
  std::string expected;
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int line = 0; line < kLines; ++line) {
          std::uint64_t ticket = 0;
          {
            const std::scoped_lock lock(order);
            const std::string text = std::to_string(thread) + ":" + std::to_string(line) + "\n";
            expected += text;
            ticket = commit.add(text);
          }
          if (!(line % 2 == 0 ? commit.wait(ticket) : commit.push())) ++failures;
        }
      });
  }
  REQUIRE(commit.push());
  CHECK(failures == 0);
  CHECK(journals.files().at("run") == expected);
  CHECK(journals.syncs() >= 1);
}

TEST_CASE("of many that wait one syncs for all") {
  WatchedFile file;
  store::GroupCommit commit(file);
  constexpr int kOthers = 8;
  std::latch first_syncs{1}, others_added{kOthers};
  std::atomic<int> synced{0}, failures{0};
  file.on_sync = [&] {
    if (++synced > 1) return;
    first_syncs.count_down();
    others_added.wait();
  };
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kOthers; ++thread)
      threads.emplace_back([&] {
        first_syncs.wait();
        const auto ticket = commit.add("other\n");
        others_added.count_down();
        if (!commit.wait(ticket)) ++failures;
      });
    if (!commit.wait(commit.add("first\n"))) ++failures;
  }
  CHECK(failures == 0);
  CHECK(synced == 2);
}

TEST_CASE("the first failure is the response from then on") {
  testing::MemoryJournals journals;
  const auto file = journals.create("run");
  store::GroupCommit commit(**file);
  REQUIRE(commit.wait(commit.add("one\n")));
  journals.fill(Error{"No space left on device", "Free some."});
  const auto ticket = commit.add("two\n");
  REQUIRE_FALSE(commit.wait(ticket));
  CHECK(commit.wait(ticket).error().message == "No space left on device");
  CHECK_FALSE(commit.push());
  CHECK(journals.files().at("run") == "one\n");
}

TEST_CASE("a line that comes while others are synced waits for a sync of its own") {
  WatchedFile file;
  store::GroupCommit commit(file);
  std::atomic<int> appended{0}, synced{0}, synced_before_return{-1};
  std::uint64_t late = 0;
  std::jthread other;
  std::mutex mutex;
  std::condition_variable returned;
  file.on_append = [&] {
    if (++appended != 2) return;
    // The first round is over, and with it whoever waits for no more than that.
    other = std::jthread([&] {
      const bool done = commit.wait(late).has_value();
      const std::scoped_lock lock(mutex);
      synced_before_return = done ? synced.load() : -1;
      returned.notify_all();
    });
    // One that returns too soon does so at once; one that is right is not waited for long.
    std::unique_lock lock(mutex);
    returned.wait_for(lock, std::chrono::milliseconds{100}, [&] { return synced_before_return >= 0; });
  };
  file.on_sync = [&] {
    if (synced == 0) late = commit.add("late\n");
    ++synced;
  };
  REQUIRE(commit.wait(commit.add("first\n")));
  other.join();
  CHECK(synced == 2);
  CHECK(synced_before_return == 2);
}
