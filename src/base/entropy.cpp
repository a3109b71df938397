#include "base/entropy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace rollcall {
namespace {

std::array<unsigned char, 16> sixteen_bytes(Entropy& entropy) {
  std::array<unsigned char, 16> bytes{};
  entropy.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

void SystemEntropy::fill(std::span<std::byte> bytes) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    std::abort();
}

std::string make_uuid(Entropy& entropy) {
  auto bytes = sixteen_bytes(entropy);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", bytes[i]);
  }
  return out;
}

std::string make_nonce(Entropy& entropy) {
  return fmt::format("{:02x}", fmt::join(sixteen_bytes(entropy), ""));
}

std::size_t random_below(Entropy& entropy, std::size_t bound) {
  // Values above the last whole multiple of the bound would favour small numbers.
  const std::uint64_t limit =
      std::numeric_limits<std::uint64_t>::max() - std::numeric_limits<std::uint64_t>::max() % bound;
  std::uint64_t value = 0;
  do {
    entropy.fill(std::as_writable_bytes(std::span(&value, 1)));
  } while (value >= limit);
  return static_cast<std::size_t>(value % bound);
}

}  // namespace rollcall
