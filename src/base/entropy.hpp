#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace rollcall {

/// Random bytes as an effect: the system's source in earnest, a counter in tests. May be called from any
/// thread.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// OpenSSL's generator, seeded by the system. Ends the program where the system has no randomness to give.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::byte> bytes) override;
};

/// A random (version 4) UUID in lower case.
std::string make_uuid(Entropy& entropy);

/// 32 lower-case hexadecimal digits: the name of a run, or the nonce of one create.
std::string make_nonce(Entropy& entropy);

/// A number below `bound` (not 0), each with the same probability.
std::size_t random_below(Entropy& entropy, std::size_t bound);

}  // namespace rollcall
