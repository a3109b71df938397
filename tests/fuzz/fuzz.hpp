#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/source.hpp"

/// Begins what a target does with one input, the bytes of `data`; each target is one file that has this once.
/// libFuzzer calls it, or replay.cpp, which has all of them and takes the one that is named.
#ifdef ROLLCALL_FUZZ
#define ROLLCALL_FUZZ_TARGET(name) \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#define ROLLCALL_FUZZ_TARGET(name)                                \
  int take_one_input(const std::uint8_t* data, std::size_t size); \
  const ::rollcall::fuzz::Target known{#name, take_one_input};    \
  int take_one_input(const std::uint8_t* data, std::size_t size)
#endif

namespace rollcall::fuzz {

using TakeOneInput = int (*)(const std::uint8_t* data, std::size_t size);

/// A target that replay.cpp knows by its name from then on.
struct Target {
  Target(std::string_view name, TakeOneInput take);
};

std::string_view text_of(const std::uint8_t* data, std::size_t size);

/// Paths of files in memory that hold the parts of an input, which stand between characters that no file of a
/// roster may have. They are the same files at the next call.
std::vector<std::filesystem::path> files_of(std::string_view input);

/// Ends the program where a promise is broken; `promise` is what should hold, `shown` what there is instead.
void require(bool holds, std::string_view promise, std::string_view shown = {});

/// What a user may be shown: something, in one line, without a character that a terminal would obey.
void require_words(std::string_view words, std::string_view what);

/// An error says what is wrong and what to do, and can be shown.
void require_error(const Error& error);

/// Every problem has a message, a rule, a file that was read and a place inside of it; they are sorted and
/// none is there twice; rendered, they fill no terminal with control characters.
void require_diagnostics(const Diagnostics& diagnostics, const SourceFiles& files);

}  // namespace rollcall::fuzz
