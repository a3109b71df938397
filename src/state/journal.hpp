#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "state/state.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {

/// A journal is a file of lines: a checksum, a space, a JSON object. The checksum covers the object and the
/// line before, so a line that changed, is missing or came from elsewhere is found. The first line is the
/// header; each other one says what the run was about to do, or what it has seen.
constexpr std::string_view kJournalFormat = "rollcall-journal";
/// The version that is written; every one from 1 is read. Before 3 no header named a server, and every run
/// began with a state. Before 4 nothing was intended before it was begun.
constexpr std::int64_t kJournalVersion = 4;
/// JournalHeader::base of a first run.
constexpr std::string_view kAbsent = "absent";

struct JournalHeader {
  std::string lineage;
  std::string run;
  /// SHA-256 of the bytes of the state that the run began with, and that state's serial; kAbsent and 0 where
  /// there was none: then the state gets its lineage and server from here.
  std::string base;
  std::int64_t serial = 0;
  /// The server's identity; empty in a journal of an older version.
  std::string server{};
  /// SHA-256 of the saved plan that the run applies; empty, and not written, where it made its own.
  std::string plan_digest{};

  bool operator==(const JournalHeader&) const = default;
};

/// An action is about to be sent, or, where it was begun already, more is known of it. `action` is its number
/// in the run's plan.
struct Begun {
  std::uint32_t action = 0;
  Intent intent;
  bool operator==(const Begun&) const = default;
};
/// An action may be sent from now on: written with many others at once, and only where the server shows the
/// end of each whenever it is asked.
struct Intended {
  std::uint32_t action = 0;
  Intent intent;
  bool operator==(const Intended&) const = default;
};
/// An action that was intended is about to be sent. After a power cut it may have been sent without this
/// line.
struct Sent {
  std::uint32_t action = 0;
  bool operator==(const Sent&) const = default;
};
/// What became of an action that was begun or sent is known; nothing to record where it failed.
struct Settled {
  std::uint32_t action = 0;
  std::vector<StateChange> facts;
  bool operator==(const Settled&) const = default;
};
/// Facts that the run has seen besides its actions.
struct Noted {
  std::vector<StateChange> facts;
  bool operator==(const Noted&) const = default;
};
using JournalEntry = std::variant<Begun, Intended, Sent, Settled, Noted>;

/// Writes the lines of one journal, each with its line break.
class JournalEncoder {
 public:
  explicit JournalEncoder(const model::Directory& directory) : directory_(directory) {}
  std::string header(const JournalHeader& header);
  std::string entry(const JournalEntry& entry);

 private:
  std::string line(const std::string& object);

  const model::Directory& directory_;
  std::string previous_;
};

/// What a journal holds besides its entries.
struct JournalEnds {
  /// Nothing where not even the header was written whole: its run has not sent anything.
  std::optional<JournalHeader> header;
  /// Whether the last line was cut off by a crash; it is left out.
  bool torn = false;
};

/// Reads a journal and gives every whole entry to `visit` in order, after `fits` has agreed to the header. An
/// end that was cut off (a part of a line, with or without the zeroes that a power cut leaves) is tolerated;
/// anything else that is not as it was written is refused. `name` is the file as messages show it.
Expected<JournalEnds> read_journal(std::string_view bytes, const std::string& name,
                                   model::Directory& directory,
                                   const std::function<Expected<void>(const JournalHeader&)>& fits,
                                   const std::function<void(JournalEntry)>& visit);

}  // namespace rollcall::state
