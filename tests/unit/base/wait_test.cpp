#include "base/wait.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include <catch2/catch.hpp>

using rollcall::wait_readable;
using std::chrono::milliseconds;

namespace {

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
};

}  // namespace

TEST_CASE("a wait tells whether there is something to read, or the end") {
  Pipe pipe;
  CHECK(wait_readable(pipe.ends[0], milliseconds{0}) == false);
  REQUIRE(::write(pipe.ends[1], "x", 1) == 1);
  CHECK(wait_readable(pipe.ends[0], milliseconds{0}) == true);
  char c = 0;
  REQUIRE(::read(pipe.ends[0], &c, 1) == 1);
  ::close(pipe.ends[1]);
  pipe.ends[1] = -1;
  CHECK(wait_readable(pipe.ends[0], milliseconds{0}) == true);
}

TEST_CASE("a signal ends a wait early, with nothing to read") {
  const Pipe pipe;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
  // More than one, so that one comes while it waits.
  const itimerval soon{{0, 10'000}, {0, 10'000}};
  const itimerval never{};
  REQUIRE(::setitimer(ITIMER_REAL, &soon, nullptr) == 0);
  const auto start = std::chrono::steady_clock::now();
  const auto is_readable = wait_readable(pipe.ends[0], std::chrono::minutes{1});
  REQUIRE(::setitimer(ITIMER_REAL, &never, nullptr) == 0);
  REQUIRE(::sigaction(SIGALRM, &before, nullptr) == 0);
  CHECK(is_readable == false);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{30});
}

TEST_CASE("a wait that the system refuses is told from one that found nothing") {
  const Pipe pipe;
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  const rlimit none{0, files.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto is_readable = wait_readable(pipe.ends[0], milliseconds{0});
  const int error = errno;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  CHECK_FALSE(is_readable);
  CHECK(error == EINVAL);
}
