#include "cli/token_command.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <stop_token>

#include <catch2/catch.hpp>

using rollcall::cli::output_of_token_command;

namespace {

bool poll_is_refused = false;

}  // namespace

// In the place of the C library's in this program.
extern "C" int poll(pollfd* fds, nfds_t count, int timeout) {
  if (!poll_is_refused) return static_cast<int>(::syscall(SYS_poll, fds, count, timeout));
  errno = ENOMEM;
  return -1;
}

TEST_CASE("a token command gives what it prints") {
  const auto output = output_of_token_command("printf tok; printf en", 100, std::stop_token());
  REQUIRE(output);
  CHECK(output->reveal() == "token");
}

TEST_CASE("output that cannot be read is no token that was cut off, and says why") {
  poll_is_refused = true;
  const auto output = output_of_token_command("printf token", 100, std::stop_token());
  poll_is_refused = false;
  REQUIRE_FALSE(output);
  CHECK(output.error().message == "Cannot read what the token command prints: Cannot allocate memory.");
}
