#pragma once

#include <cstddef>
#include <cstdint>

namespace rollcall {

/// What comes in from the server has to fit into the state, and what is written has to fit into what is read:
/// the limits of all of them stand here.

/// Beyond this an integer is not the same to every reader of JSON. No serial is larger.
constexpr std::int64_t kLargestNumber = (std::int64_t{1} << 53U) - 1;
/// An id that the server gave, or that the roster names: one above it can be written, too.
constexpr std::int64_t kLargestId = kLargestNumber - 1;

/// The levels that a response may have. Chatwoot takes attributes nested up to 99 levels (misc.deep_99 of the
/// recordings).
constexpr std::size_t kResponseLevels = 104;
/// The levels that a line of a journal or a state may have.
constexpr std::size_t kStateLevels = 110;
/// An attribute stands below 2 levels of a response, and below 8 of a state that has it in an intent.
static_assert(kResponseLevels - 2 + 8 <= kStateLevels);

/// Bytes of a text from the server whose length the API limits (255 characters of a name, say).
constexpr std::size_t kLongestServerText = std::size_t{10} << 10U;
/// Bytes of a response with one object, or with the words of a refusal.
constexpr std::size_t kObjectLimit = std::size_t{1} << 20U;
/// Bytes of a response with a list. Those that are larger than an object are read one at a time, however many
/// workers there are.
constexpr std::size_t kListLimit = std::size_t{64} << 20U;
/// Values of one object of a response: some tens of MiB of memory at most, whatever the bytes say.
constexpr std::size_t kMaxValues = 200'000;
/// Rows of one list of a response.
constexpr std::size_t kMaxRows = 1'000'000;

/// Bytes of a state, written or read.
constexpr std::size_t kStateLimit = std::size_t{1} << 30U;
static_assert(kListLimit <= kStateLimit);
/// Bytes of a journal.
constexpr std::size_t kJournalLimit = std::size_t{4} << 30U;

}  // namespace rollcall
