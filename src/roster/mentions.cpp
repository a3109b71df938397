#include "roster/mentions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/pattern.hpp"
#include "base/text.hpp"

namespace rollcall::roster {
namespace {

/// Finds repetitions without a set on the heap for each of many short lists.
template <class Mention, class Number>
void find_repeated(Context& context, const std::vector<Mention>& mentions, std::size_t from,
                   const std::vector<yaml::Node>& nodes, Number number) {
  std::vector<std::pair<std::uint32_t, std::size_t>> order;
  order.reserve(mentions.size() - from);
  for (std::size_t i = from; i < mentions.size(); ++i) order.emplace_back(number(mentions[i]), i - from);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
    if (order[i].first == order[first].first)
      warn_repeated(context, nodes[order[i].second], mentions[from + order[first].second].origin);
    else
      first = i;
  }
}

void report_unknown_user(Context& context, yaml::Node node, std::string_view email) {
  if (!context.complete) return;
  context.problems.error("R111", node.span(),
                         fmt::format("unknown user `{}`{}", shown_value(email),
                                     did_you_mean(near_defined<model::User>(context, email))),
                         // Patterns work for accounts, so users will try one here.
                         is_pattern(email) ? "name users one by one, or together as a group"
                                           : "users are defined under `users`, by their e-mail addresses");
}

void report_unknown_group(Context& context, yaml::Node node, std::string_view key) {
  if (!context.complete || context.refused_groups.count(std::string(key)) != 0) return;
  const auto near = context.near_groups.find(key, [&] {
    std::vector<std::string> known;
    for (const Group& group : context.roster.groups) known.push_back(group.key);
    return known;
  });
  context.problems.error("R114", node.span(),
                         fmt::format("unknown group `{}`{}", shown_value(key), did_you_mean(near)),
                         "groups are defined under `groups`, by their keys");
}

}  // namespace

void warn_repeated(Context& context, yaml::Node node, const Origin& first) {
  if (context.problems.leaves_out_warning()) return;
  context.problems.warning(
      "R140", node.span(),
      fmt::format("`{}` is already in this list, on line {}", shown_value(node.text()), first.line),
      "remove one of the two");
}

void read_user_mentions(Context& context, yaml::Node list, std::string_view what, bool may_be_empty,
                        std::vector<UserMention>& mentions) {
  const std::string entry = fmt::format("an entry of {}", what);
  const std::size_t from = mentions.size();
  std::vector<yaml::Node> nodes;
  context.reader.list(list, what, may_be_empty, [&](yaml::Node node) {
    const auto email = read_email(context, node, entry);
    if (!email) return;
    const model::UserRef user = context.directory.users.intern(*email);
    if (!context.users.has(user)) report_unknown_user(context, node, *email);
    mentions.push_back({user, node.origin()});
    nodes.push_back(node);
  });
  find_repeated(context, mentions, from, nodes,
                [](const UserMention& mention) { return static_cast<std::uint32_t>(mention.user); });
}

void read_group_mentions(Context& context, yaml::Node list, bool may_be_empty,
                         std::vector<GroupMention>& mentions, std::vector<yaml::Span>* spans) {
  const std::size_t from = mentions.size();
  std::vector<yaml::Node> nodes;
  context.reader.list(list, "`groups`", may_be_empty, [&](yaml::Node node) {
    const auto key = context.reader.text(node, "an entry of `groups`");
    if (!key) return;
    const auto found = context.groups.find(std::string(*key));
    if (found == context.groups.end()) return report_unknown_group(context, node, *key);
    mentions.push_back({found->second, node.origin()});
    if (spans != nullptr) spans->push_back(node.span());
    nodes.push_back(node);
  });
  find_repeated(context, mentions, from, nodes, [](const GroupMention& mention) { return mention.group; });
}

}  // namespace rollcall::roster
