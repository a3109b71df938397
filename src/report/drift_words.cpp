#include "report/drift_words.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace rollcall::report {

std::string fact_text(const plan::Fact& fact) {
  struct Text {
    std::string operator()(const model::Value& value) const { return model::to_text(value); }
    std::string operator()(const std::optional<model::Role>& role) const {
      return role ? std::string(to_string(*role)) : "no role";
    }
    std::string operator()(const std::string& text) const { return shown_value(text); }
  };
  return std::visit(Text{}, fact);
}

std::string note_text(const plan::Note& note) {
  switch (note.code) {
    case plan::NoteCode::kNone:
      return {};
    case plan::NoteCode::kFirstMissed:
      return note.since ? "first seen " + to_string(*note.since) : std::string();
    case plan::NoteCode::kBack:
      return "it is back on the server";
    case plan::NoteCode::kAddressStays:
      return "an apply does not change it back; an entry in `moved` accepts the new address";
    case plan::NoteCode::kAddressKept:
      return "the state keeps the address that the roster knows; an entry in `moved` accepts the new one";
    case plan::NoteCode::kNoSuchId:
      return "the server has no account with the id that the roster binds";
    case plan::NoteCode::kNotAdopted:
      return "a user with this address exists on the server; an apply refuses it without `adopt: true`";
    case plan::NoteCode::kActiveAgain:
      return "it was suspended when it left the roster";
    case plan::NoteCode::kDeletionWaits:
      return "its deletion waits for the server's background jobs: apply again once they have run";
    case plan::NoteCode::kMembershipLeft:
      return "left the roster, and is deleted once no membership is left: "
             "`rollcall plan --refresh` names the membership, or plans the deletion";
    case plan::NoteCode::kInterrupted:
      return "an interrupted run: the next apply looks up what became of it";
    case plan::NoteCode::kNeverLooked:
      return "an interrupted run may have created this user, "
             "and no apply looks it up while the roster does not have the user: "
             "`rollcall state rm` with this address forgets the attempt";
    case plan::NoteCode::kOldState:
      return "created by Rollcall, but missing from this state";
    case plan::NoteCode::kOtherState:
      return "created by Rollcall, with another state";
    case plan::NoteCode::kEnded:
      return note.ended ? "ended on " + to_string(*note.ended) : std::string();
    case plan::NoteCode::kUserOfRoster:
      return "a user of the roster whom no rule lists here";
    case plan::NoteCode::kNotRead:
      return "this user was not read";
    case plan::NoteCode::kNotPermitted:
      return "the token may not read this user";
    case plan::NoteCode::kNoSuchUser:
      return "the server says that there is no such user";
    case plan::NoteCode::kReadFailed:
      return "reading this user failed: " + note.failure;
  }
  return {};
}

}  // namespace rollcall::report
