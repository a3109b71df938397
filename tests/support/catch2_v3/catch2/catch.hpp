#pragma once

// Version 3 of Catch2, which Debian 13 has, under the names of version 2, which Debian 12 has and the tests
// use. In the include path only where version 3 is.
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <catch2/matchers/catch_matchers_vector.hpp>

namespace Catch {
inline auto Contains(const std::string& text) {
  return Matchers::ContainsSubstring(text);
}
inline auto StartsWith(const std::string& text) {
  return Matchers::StartsWith(text);
}
inline auto EndsWith(const std::string& text) {
  return Matchers::EndsWith(text);
}
}  // namespace Catch
