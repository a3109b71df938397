#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/tables.hpp"

namespace rollcall::roster {
namespace {

using model::Address;
using model::Move;
using model::ObjectKind;
using yaml::Node;

struct MoveTarget {
  Context& context;
  std::optional<Address> from, to;
  yaml::Span from_at, to_at;
};

std::vector<std::string> sections() {
  std::vector<std::string> names;
  model::each_kind([&](auto kind) { names.emplace_back(kind.kSection); });
  return names;
}

/// The address that was probably meant by one that is none: a section that is nearly right, capitals.
std::optional<std::string> near_address(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string section = to_lower(text.substr(0, dot));
  const auto near = section == "bots" || section == "bot" ? std::optional<std::string>("agent_bots")
                                                          : closest(section, sections());
  if (!near) return std::nullopt;
  const auto address = model::parse_address(fmt::format("{}.{}", *near, to_lower(text.substr(dot + 1))));
  if (!address) return std::nullopt;
  return model::to_string(*address);
}

std::optional<Address> read_address(Context& context, Node value, std::string_view what) {
  const auto text = context.reader.text(value, what);
  if (!text) return std::nullopt;
  auto address = model::parse_address(*text);
  if (!address) {
    context.problems.error(
        "R150", value.span(),
        fmt::format("`{}` is not an address{}", shown_value(*text), did_you_mean(near_address(*text))),
        "write accounts.KEY, users.EMAIL or agent_bots.KEY");
    return std::nullopt;
  }
  if (address->kind == ObjectKind::kGrant) {
    context.problems.error("R151", value.span(), "a grant cannot be moved",
                           "move the account or the user; the grants follow");
    return std::nullopt;
  }
  return std::move(*address);
}

void read_from(MoveTarget& target, Node, Node value) {
  target.from_at = value.span();
  target.from = read_address(target.context, value, "`from`");
}

void read_to(MoveTarget& target, Node, Node value) {
  target.to_at = value.span();
  target.to = read_address(target.context, value, "`to`");
}

constexpr yaml::Key<MoveTarget> kMoveKeys[] = {
    {"from", read_from, true},
    {"to", read_to, true},
};

bool in_roster(const Context& context, const Address& address) {
  bool found = false;
  model::visit_kind(address.kind, [&]<class Kind>(Kind) {
    const auto ref = (context.directory.*Kind::kDirectory).find(address.key);
    found = ref && context.of<Kind>().has(*ref);
  });
  return found;
}

/// Something of the roster that is nearly called so.
std::optional<std::string> near_in_roster(Context& context, const Address& address) {
  std::optional<std::string> near;
  model::visit_kind(address.kind, [&]<class Kind>(Kind) {
    if (const auto key = near_defined<Kind>(context, address.key)) near = model::object_address<Kind>(*key);
  });
  return near;
}

/// Moves by what they move from; the first of each.
using ByFrom = std::map<Address, std::size_t>;

/// The numbers of the moves that lead back to where they began.
std::set<std::size_t> moves_in_circles(const std::vector<Move>& moves, const ByFrom& by_from) {
  std::set<std::size_t> circling;
  std::vector<std::size_t> seen_in(moves.size(), 0);
  for (std::size_t start = 0; start < moves.size(); ++start) {
    std::size_t at = start;
    while (seen_in[at] == 0) {
      seen_in[at] = start + 1;
      const auto next = by_from.find(moves[at].to);
      if (next == by_from.end()) break;
      at = next->second;
      if (seen_in[at] != start + 1) continue;
      while (circling.insert(at).second) at = by_from.find(moves[at].to)->second;
    }
  }
  return circling;
}

}  // namespace

void read_move(Context& context, Node node) {
  MoveTarget target{context, {}, {}, {}, {}};
  if (!context.reader.mapping(node, node.span(), "an entry of `moved`", std::span(kMoveKeys), target)) return;
  if (!target.from || !target.to) return;
  if (target.from->kind != target.to->kind) {
    context.problems.error("R152", target.to_at,
                           fmt::format("`{}` and `{}` are of different kinds", model::to_string(*target.from),
                                       model::to_string(*target.to)),
                           "an account moves to an account, a user to a user, an agent bot to an agent bot");
    return;
  }
  if (*target.from == *target.to) {
    context.problems.error("R153", target.to_at,
                           fmt::format("`{}` moves to itself", model::to_string(*target.to)),
                           "remove the entry, or correct one of the two");
    return;
  }
  context.roster.moves.push_back({std::move(*target.from), std::move(*target.to), node.origin()});
  context.move_spans.emplace_back(target.from_at, target.to_at);
}

void check_moves(Context& context) {
  const std::vector<Move>& moves = context.roster.moves;
  ByFrom by_from;
  std::map<Address, std::size_t> by_to;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto [from, new_from] = by_from.emplace(moves[i].from, i);
    if (!new_from)
      context.problems.error("R154", context.move_spans[i].first,
                             fmt::format("`{}` is moved twice, first at {}", model::to_string(moves[i].from),
                                         context.where(moves[from->second].origin)),
                             "keep one of the two");
    const auto [to, new_to] = by_to.emplace(moves[i].to, i);
    if (!new_to)
      context.problems.error(
          "R155", context.move_spans[i].second,
          fmt::format("two objects are moved to `{}`, the first at {}", model::to_string(moves[i].to),
                      context.where(moves[to->second].origin)),
          "two objects cannot become one; keep one of the two");
  }
  const std::set<std::size_t> circling = moves_in_circles(moves, by_from);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto& [from_at, to_at] = context.move_spans[i];
    if (circling.count(i) != 0) {
      context.problems.error("R156", from_at,
                             fmt::format("`{}` and `{}` swap places, or move in a circle",
                                         model::to_string(moves[i].from), model::to_string(moves[i].to)),
                             "move one of them to a new key first, apply, then move on");
      continue;
    }
    if (!context.complete) continue;
    if (in_roster(context, moves[i].from))
      context.problems.error("R157", from_at,
                             fmt::format("`{}` is still in the roster", model::to_string(moves[i].from)),
                             "remove the old definition: a moved object is defined only under its new key");
    if (!in_roster(context, moves[i].to) && by_from.count(moves[i].to) == 0)
      context.problems.error("R158", to_at,
                             fmt::format("`{}` is not in the roster{}", model::to_string(moves[i].to),
                                         did_you_mean(near_in_roster(context, moves[i].to))),
                             "define it under its new key");
  }
}

Place move_place() {
  return place_of("move", std::span<const yaml::Key<MoveTarget>>(kMoveKeys));
}

}  // namespace rollcall::roster
