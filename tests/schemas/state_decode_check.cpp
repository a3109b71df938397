#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "state/state.hpp"

/// Reads states from standard input, each ended by a NUL, and says of each on a line whether it is accepted.
int main() {
  std::cin >> std::noskipws;
  for (std::string bytes; std::getline(std::cin, bytes, '\0');) {
    rollcall::model::Directory directory;
    const auto state = rollcall::state::decode(bytes, "state", directory);
    std::cout << (state ? "accepted" : "refused " + state.error().message) << '\n';
  }
}
