#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/source.hpp"

/// One input. Each target is one file that defines this; libFuzzer calls it, and so does replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rollcall::fuzz {

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
