#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/mentions.hpp"
#include "roster/tables.hpp"

namespace rollcall::roster {
namespace {

using yaml::Node;

struct GroupTarget {
  Context& context;
  Group& group;
  std::vector<yaml::Span>& spans;
};

void read_members(GroupTarget& target, Node, Node value) {
  // A group may be empty for a while.
  read_user_mentions(target.context, value, "`members`", true, target.group.members);
}

void read_groups(GroupTarget& target, Node, Node value) {
  read_group_mentions(target.context, value, true, target.group.groups, &target.spans);
}

constexpr yaml::Key<GroupTarget> kGroupKeys[] = {
    {"members", read_members},
    {"groups", read_groups},
};

/// Walks the groups depth first with a stack of its own: they can be nested deeply.
class CycleFinder {
 public:
  explicit CycleFinder(Context& context)
      : context_(context), marks_(context.roster.groups.size(), Mark::kNew) {}

  void run() {
    for (std::uint32_t group = 0; group < marks_.size(); ++group)
      if (marks_[group] == Mark::kNew) walk(group);
  }

 private:
  enum class Mark : std::uint8_t { kNew, kOnPath, kDone };
  struct Step {
    std::uint32_t group = 0;
    std::size_t next = 0;
  };

  void walk(std::uint32_t start) {
    path_.push_back({start, 0});
    marks_[start] = Mark::kOnPath;
    while (!path_.empty()) {
      Step& step = path_.back();
      const Group& group = context_.roster.groups[step.group];
      if (step.next == group.groups.size()) {
        marks_[step.group] = Mark::kDone;
        path_.pop_back();
        continue;
      }
      const std::size_t mention = step.next++;
      const std::uint32_t child = group.groups[mention].group;
      if (marks_[child] == Mark::kOnPath) {
        report(child, context_.group_spans[step.group][mention]);
      } else if (marks_[child] == Mark::kNew) {
        marks_[child] = Mark::kOnPath;
        path_.push_back({child, 0});
      }
    }
  }

  void report(std::uint32_t child, const yaml::Span& at) {
    const auto first =
        std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.group == child; });
    std::string cycle;
    constexpr std::ptrdiff_t kMaxShown = 10;
    for (auto step = first; step != path_.end(); ++step) {
      if (step - first == kMaxShown) {
        cycle += "… -> ";
        break;
      }
      cycle += fmt::format("{} -> ", context_.roster.groups[step->group].key);
    }
    cycle += context_.roster.groups[child].key;
    context_.problems.error("R130", at, fmt::format("these groups contain each other: {}", cycle),
                            "remove one of these references");
  }

  Context& context_;
  std::vector<Mark> marks_;
  std::vector<Step> path_;
};

}  // namespace

void define_group(Context& context, Node key) {
  const auto name = read_key(context, key, "a group", &context.refused_groups);
  if (!name) return;
  const auto [at, is_new] =
      context.groups.emplace(*name, static_cast<std::uint32_t>(context.roster.groups.size()));
  if (is_new) {
    context.roster.groups.push_back({std::string(*name), key.origin(), {}, {}});
    context.group_spans.emplace_back();
    return;
  }
  const Origin first = context.roster.groups[at->second].origin;
  // The same key twice in one mapping was reported when the file was parsed.
  if (first.file == key.origin().file) return;
  context.problems.error("R112", key.span(),
                         fmt::format("the group `{}` is already defined at {}", *name, context.where(first)),
                         "remove one of the two; all files of a roster are read as one");
}

void read_group(Context& context, Node key, Node value) {
  Group scratch;
  std::vector<yaml::Span> scratch_spans;
  const auto found = context.groups.find(std::string(key.text()));
  // A second definition is only checked.
  const bool is_first =
      found != context.groups.end() && context.roster.groups[found->second].origin == key.origin();
  GroupTarget target{context, is_first ? context.roster.groups[found->second] : scratch,
                     is_first ? context.group_spans[found->second] : scratch_spans};
  context.reader.mapping(value, key.span(), fmt::format("the group `{}`", shown_value(key.text())),
                         std::span(kGroupKeys), target);
}

void check_group_cycles(Context& context) {
  CycleFinder(context).run();
}

Place group_place() {
  return place_of("group", std::span<const yaml::Key<GroupTarget>>(kGroupKeys));
}

}  // namespace rollcall::roster
