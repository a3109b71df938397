#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace rollcall {

/// A failure that is no position in an input file: what is wrong and where, and what to do next.
struct Error {
  std::string message;
  std::string hint;

  bool operator==(const Error&) const = default;
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(hint)});
}

}  // namespace rollcall
