#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::yaml {

/// Files over this are refused before they are read.
constexpr std::uint64_t kMaxFileSize = 64ULL * 1024 * 1024;
constexpr std::size_t kMaxDepth = 100;
/// Aliases may blow a file up to this many times its own nodes, or to this many nodes, whichever is more: a
/// few hundred accounts that share one mapping are no bomb.
constexpr std::uint64_t kMaxExpansion = 10;
constexpr std::uint64_t kFreeExpansion = 100'000;

/// Line breaks, commas, colons and opening brackets of a file, and of a whole roster: what a parser takes
/// most of its time for.
constexpr std::size_t kMaxSeparators = 4'000'000;

/// The rule that a file with nothing but comments in it breaks.
constexpr std::string_view kNothingInFile = "R010";

/// How many a text has, of the kMaxSeparators.
std::size_t count_separators(std::string_view text);
/// R022.
void report_separators(FileIndex file, Problems& problems);

/// Reads the one document of a file, UTF-8 with or without a byte order mark. `text` has to outlive the
/// document and stay where it is. Problems are added to `problems`; nothing is returned where the text is no
/// YAML that could be read on (syntax, encoding, limits, no document), otherwise what follows can still be
/// checked.
std::optional<Document> parse(std::string_view text, FileIndex file, Problems& problems);

}  // namespace rollcall::yaml
