#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "model/desired.hpp"
#include "model/directory.hpp"

namespace rollcall::roster {

/// A user named in a group or rule, and where.
struct UserMention {
  model::UserRef user{};
  Origin origin;
};

/// An index into Roster::groups, and where it is named.
struct GroupMention {
  std::uint32_t group = 0;
  Origin origin;
};

struct Group {
  std::string key;
  Origin origin;
  std::vector<UserMention> members;
  std::vector<GroupMention> groups;
};

/// An account key or a shell-style pattern over account keys, as written.
struct AccountPattern {
  std::string text;
  Origin origin;
};

/// One entry of `grants`.
struct Rule {
  Origin origin;
  model::Role role = model::Role::kAgent;
  std::vector<AccountPattern> accounts;
  std::vector<AccountPattern> except;
  std::vector<UserMention> users;
  std::vector<GroupMention> groups;
  std::string reason;
  std::optional<Date> until;
};

/// The roster as written. Objects are sorted by reference; groups and rules stand in the order of the files.
struct Roster : model::OneEach<model::DesiredList> {
  std::vector<Group> groups;
  std::vector<Rule> rules;
  std::vector<model::Move> moves;
};

struct LoadedRoster {
  /// Where there is an error: what could be read, without the rules whose role or reason could not.
  Roster roster;
  /// Everything that is wrong in any file, sorted. With an error among them the roster is good for
  /// policy::review_parts() only.
  Diagnostics diagnostics;
};

/// Where a roster is.
struct Places {
  std::vector<std::filesystem::path> paths;
  std::optional<std::filesystem::path> project_file = std::nullopt;
  /// The files and folders in which everything has to lie, links resolved, so that nobody who may change the
  /// roster can have another file of this machine read and shown; empty: anywhere.
  std::vector<std::filesystem::path> allowed = {};
};

/// Reads the roster's files, in parallel where there are several. A folder stands for its *.yaml and *.yml
/// files with those of its sub-folders, in byte order of their paths, without dot files and without the
/// project file. Adds every file to `files` and every key and address to `directory`. Of a file that does not
/// start with `version: 1` no diagnostic shows anything. `parsed` is called once all files are parsed: before
/// it `directory` is not touched, so that another thread may fill it meanwhile.
LoadedRoster load(const Places& places, SourceFiles& files, model::Directory& directory,
                  const std::function<void()>& parsed = {});

}  // namespace rollcall::roster
