#include "options.hpp"

#include <getopt.h>

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>

namespace sandbox {
namespace {

enum Option : int {
  kPort = 1,
  kToken,
  kData,
  kLatency,
  kJobDelay,
  kFailRate,
  kDropBefore,
  kDropAfter,
  kThrottle,
  kSeed,
  kHelp
};

template <typename T>
bool read_number(std::string_view text, T least, T most, T& value) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    return false;
  value = number;
  return true;
}

// 20ms, 1.5s; a bare number is milliseconds.
bool read_duration(std::string_view text, int& milliseconds) {
  double factor = 1;
  if (text.size() > 2 && text.substr(text.size() - 2) == "ms") {
    text.remove_suffix(2);
  } else if (text.size() > 1 && text.back() == 's') {
    text.remove_suffix(1);
    factor = 1000;
  }
  double value = 0;
  if (!read_number(text, 0.0, 3600.0 * 1000 / factor, value)) return false;
  milliseconds = static_cast<int>(value * factor);
  return true;
}

bool read_option(int option, std::string_view value, Options& options) {
  Settings& settings = options.settings;
  switch (option) {
    case Option::kPort:
      return read_number(value, 0, 65535, options.port);
    case Option::kToken:
      options.tokens.emplace_back(value);
      return !value.empty();
    case Option::kData:
      options.data = value;
      return !value.empty();
    case Option::kLatency:
      return read_duration(value, settings.latency_ms);
    case Option::kJobDelay:
      return read_duration(value, settings.job_delay_ms);
    case Option::kFailRate:
      return read_number(value, 0.0, 1.0, settings.fail_rate);
    case Option::kDropBefore:
      return read_number(value, 0.0, 1.0, settings.drop_before);
    case Option::kDropAfter:
      return read_number(value, 0.0, 1.0, settings.drop_after);
    case Option::kThrottle:
      settings.throttle.emplace();
      return read_number(value, 1, 1'000'000, settings.throttle->limit);
    case Option::kSeed:
      options.seed.emplace();
      return read_number<std::uint64_t>(value, 0, std::numeric_limits<std::uint64_t>::max(), *options.seed);
    default:
      options.help = true;
      return true;
  }
}

constexpr std::array<struct option, 12> kOptions = {{
    {"port", required_argument, nullptr, Option::kPort},
    {"token", required_argument, nullptr, Option::kToken},
    {"data", required_argument, nullptr, Option::kData},
    {"latency", required_argument, nullptr, Option::kLatency},
    {"job-delay", required_argument, nullptr, Option::kJobDelay},
    {"fail-rate", required_argument, nullptr, Option::kFailRate},
    {"drop-before", required_argument, nullptr, Option::kDropBefore},
    {"drop-after", required_argument, nullptr, Option::kDropAfter},
    {"throttle", required_argument, nullptr, Option::kThrottle},
    {"seed", required_argument, nullptr, Option::kSeed},
    {"help", no_argument, nullptr, Option::kHelp},
    {nullptr, 0, nullptr, 0},
}};

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  opterr = 0;
  while (true) {
    int index = 0;
    const char* current = optind < argc ? argv[optind] : "";
    const int option = getopt_long(argc, argv, ":", kOptions.data(), &index);
    if (option == -1) break;
    if (option == ':' || option == '?') {
      parsed.complaint = std::string(option == ':' ? "No value for " : "Unknown option ") + current;
      return parsed;
    }
    const char* value = optarg == nullptr ? "" : optarg;
    if (!read_option(option, value, parsed.options)) {
      parsed.complaint =
          std::string("--") + kOptions.at(static_cast<std::size_t>(index)).name + " cannot be " + value;
      return parsed;
    }
  }
  if (optind < argc) parsed.complaint = std::string("Unexpected argument ") + argv[optind];
  if (parsed.options.tokens.empty()) parsed.options.tokens.emplace_back("sandbox-token");
  return parsed;
}

const char* help_text() {
  return R"(rollcall-sandbox: an in-memory Chatwoot 4.10.0 Platform API on 127.0.0.1, to try things out.

Usage: rollcall-sandbox [options]

  --port N            port to listen on; 0, the default, takes a free one
  --token T           access token of a platform app; repeat it for several apps (default: sandbox-token)
  --data FILE         keep the data in this file across restarts
  --latency 20ms      wait this long before each response
  --job-delay 300ms   run deletions and other jobs this long after their request
  --fail-rate P       answer 503 without doing the work, with this probability (0..1)
  --drop-before P     close the connection without doing the work
  --drop-after P      do the work, then close the connection without a response
  --throttle N        answer 429 to more than N requests a minute and address
  --seed N            repeat the same random faults
  --help              show this text

The first line on stdout is the address: listening on http://127.0.0.1:PORT
Tests control it under /_sandbox/; `rollcall help sandbox` says how.
)";
}

}  // namespace sandbox
