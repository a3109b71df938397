#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/state_backend.hpp"

namespace rollcall::cli {
namespace {

Expected<std::int64_t> parse_serial(const std::string& text) {
  std::int64_t serial = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial);
  if (error == std::errc{} && end == text.data() + text.size() && serial > 0) return serial;
  return fail(fmt::format("`{}` is not a serial.", printable(text)),
              "It is a whole number from 1 on, as `serial` in a state.");
}

/// The bytes that are asked for: those of now, or those with a serial.
Expected<std::string> read_state(store::Store& store, std::optional<std::int64_t> serial) {
  if (serial) {
    auto kept = store.read_kept(*serial);
    if (!kept) return tl::unexpected<Error>(kept.error());
    if (*kept) return **std::move(kept);
    return fail(fmt::format("{} has no state with serial {}.", store.name(), *serial),
                "It keeps what each of the last 50 runs wrote at its end.");
  }
  auto stored = store.read();
  if (!stored) return tl::unexpected<Error>(stored.error());
  if (*stored) return std::move((*stored)->bytes);
  return fail(fmt::format("There is no state at {}.", store.name()),
              "`rollcall apply` makes the first state; --state names another one.");
}

int run_state_pull(const Program& program, std::optional<std::int64_t> serial) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const auto backend = open_backend(session);
  if (!backend) return session.fail_with(backend.error());
  const auto bytes = read_state(*backend->store, serial);
  if (!bytes) return session.fail_with(bytes.error());
  program.console.document(*bytes);
  return kExitDone;
}

Body declare_state_pull(OptionSet& options) {
  const auto serial = std::make_shared<std::optional<std::int64_t>>();
  options.parsed(
      "--serial", "N",
      [serial](const std::string& text) -> Expected<void> {
        const auto parsed = parse_serial(text);
        if (!parsed) return tl::unexpected<Error>(parsed.error());
        *serial = *parsed;
        return {};
      },
      "An earlier state, where its place keeps them (PostgreSQL)");
  return [serial](const Program& program) { return run_state_pull(program, *serial); };
}

}  // namespace

const Command kStatePull{"state pull", "Print the recorded state as it is stored", declare_state_pull};

}  // namespace rollcall::cli
