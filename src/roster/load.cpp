#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "roster/context.hpp"
#include "roster/files.hpp"
#include "roster/keys.hpp"
#include "roster/roster.hpp"
#include "roster/tables.hpp"
#include "yaml/parse.hpp"
#include "yaml/version.hpp"

namespace rollcall::roster {
namespace {

using yaml::Node;

/// The sections of one file, read when the definitions of all files are wanted, one kind after the other.
struct Sections {
  std::optional<std::pair<Node, Node>> defaults;
  std::optional<Node> accounts, users, groups, agent_bots, grants, moved;
};

template <std::optional<Node> Sections::*section>
void keep(Sections& sections, Node, Node value) {
  sections.*section = value;
}

/// With its key, because a second one is reported.
void keep_defaults(Sections& sections, Node key, Node value) {
  sections.defaults.emplace(key, value);
}

/// Looked at before the file is parsed.
void skip_version(Sections&, Node, Node) {}

constexpr yaml::Key<Sections> kRosterKeys[] = {
    {"version", skip_version},
    {"defaults", keep_defaults},
    {"accounts", keep<&Sections::accounts>},
    {"users", keep<&Sections::users>},
    {"groups", keep<&Sections::groups>},
    {"agent_bots", keep<&Sections::agent_bots>},
    {"grants", keep<&Sections::grants>},
    {"moved", keep<&Sections::moved>},
};

constexpr yaml::VersionRules kVersionRules{"R100", "R103"};

/// `complete` becomes false where a file that could not be read may define something. One with nothing in it
/// does not.
std::vector<std::optional<yaml::Document>> parse_all(const SourceFiles& files,
                                                     const std::vector<FileIndex>& wanted,
                                                     yaml::Problems& problems, bool& complete) {
  std::vector<std::optional<yaml::Document>> documents(wanted.size());
  std::size_t separators = 0;
  for (const FileIndex file : wanted) {
    separators += yaml::count_separators(files.text(file));
    if (separators <= yaml::kMaxSeparators) continue;
    complete = false;
    yaml::report_separators(file, problems);
    return documents;
  }
  std::vector<yaml::Problems> found(wanted.size());
  run_parallel(wanted.size(), std::thread::hardware_concurrency(), {}, [&](std::size_t, std::size_t i) {
    documents[i] = yaml::parse_versioned(files.text(wanted[i]), wanted[i], kVersionRules, found[i]);
  });
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!documents[i] && !found[i].has(yaml::kNothingInFile)) complete = false;
    problems.take(std::move(found[i]));
  }
  return documents;
}

void read_section(Context& context, const std::optional<Node>& section, std::string_view what,
                  void (*read)(Context&, Node, Node)) {
  if (section && context.reader.require(*section, yaml::Kind::kMapping, what))
    section->each_entry([&](Node key, Node value) {
      if (!context.problems.is_full()) read(context, key, value);
    });
}

void read_list(Context& context, const std::optional<Node>& section, std::string_view what,
               void (*read)(Context&, Node)) {
  if (section) context.reader.list(*section, what, true, [&](Node entry) { read(context, entry); });
}

/// Nothing where the file says nothing that can be judged.
std::optional<Sections> read_file_sections(Context& context, Node root) {
  Sections sections;
  if (!context.reader.mapping(root, root.span(), "a roster file", std::span(kRosterKeys), sections))
    return std::nullopt;
  return sections;
}

std::size_t count_entries(const std::vector<Sections>& all, std::optional<Node> Sections::*section) {
  std::size_t count = 0;
  for (const Sections& file : all)
    if (const std::optional<Node>& node = file.*section; node && node->is_mapping())
      node->each_entry([&](Node, Node) { ++count; });
  return count;
}

/// Defaults before what they fill, definitions before what refers to them, each kind through all files.
void read_sections(Context& context, const std::vector<Sections>& all) {
  for (const Sections& file : all)
    if (file.defaults) read_defaults(context, file.defaults->first, file.defaults->second);
  limit_defaults(context, count_entries(all, &Sections::accounts), count_entries(all, &Sections::users));
  for (const Sections& file : all) read_section(context, file.accounts, "`accounts`", read_account);
  for (const Sections& file : all) read_section(context, file.users, "`users`", read_user);
  for (const Sections& file : all) read_section(context, file.agent_bots, "`agent_bots`", read_bot);
  for (const Sections& file : all)
    if (file.groups && file.groups->is_mapping())
      file.groups->each_entry([&](Node key, Node) { define_group(context, key); });
  for (const Sections& file : all) read_section(context, file.groups, "`groups`", read_group);
  check_group_cycles(context);
  for (const Sections& file : all) read_list(context, file.grants, "`grants`", read_rule);
  for (const Sections& file : all) read_list(context, file.moved, "`moved`", read_move);
  check_moves(context);
}

void sort_objects(Roster& roster) {
  model::each_kind([&]<class Kind>(Kind) {
    auto& objects = roster.of<Kind>();
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.ref < b.ref; });
  });
}

}  // namespace

LoadedRoster load(const Places& places, SourceFiles& files, model::Directory& directory,
                  const std::function<void()>& parsed) {
  LoadedRoster loaded;
  const std::vector<FileIndex> indexes =
      read_files(find_files(places, loaded.diagnostics), files, loaded.diagnostics);
  Context context(files, directory);
  context.complete = !has_errors(loaded.diagnostics);
  const auto documents = parse_all(files, indexes, context.problems, context.complete);
  if (parsed) parsed();
  std::vector<Sections> sections;
  for (const auto& document : documents) {
    if (!document) continue;
    const auto of_file = read_file_sections(context, document->root());
    if (of_file)
      sections.push_back(*of_file);
    else
      context.complete = false;
  }
  read_sections(context, sections);
  sort_objects(context.roster);
  loaded.roster = std::move(context.roster);
  Diagnostics found = context.problems.take_diagnostics(files);
  std::move(found.begin(), found.end(), std::back_inserter(loaded.diagnostics));
  sort_diagnostics(loaded.diagnostics);
  return loaded;
}

Place roster_place() {
  Place place = place_of("roster", std::span<const yaml::Key<Sections>>(kRosterKeys));
  // Its absence has a rule of its own.
  place.required.emplace_back("version");
  return place;
}

}  // namespace rollcall::roster
