#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/tables.hpp"
#include "roster/targets.hpp"

namespace rollcall::roster {
namespace {

using model::Field;
using yaml::Node;
using BotTarget = Target<model::DesiredBot>;

constexpr std::size_t kMaxDescription = 255;
constexpr std::size_t kMaxUrl = 2048;

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  }
  return !host.empty() && host.front() != '.' && host.front() != '-' &&
         host.find("..") == std::string_view::npos &&
         to_lower(host).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
             std::string_view::npos;
}

/// http or https, a host, perhaps a port, and no spaces.
bool is_web_address(std::string_view url) {
  const std::string lower = to_lower(url.substr(0, 8));
  if (!lower.starts_with("http://") && !lower.starts_with("https://")) return false;
  std::string_view rest = url.substr(url.find("://") + 3);
  if (rest.find_first_of(" \t\r\n\"<>\\^`{|}") != std::string_view::npos) return false;
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    authority = authority.substr(0, colon);
  }
  return is_host(authority);
}

void read_url(BotTarget& target, Node, Node value) {
  const auto url = target.context.reader.text(value, "`outgoing_url`", kMaxUrl);
  if (!url) return;
  if (is_web_address(*url)) return target.object.settings.set(Field::kOutgoingUrl, std::string(*url));
  target.context.problems.error("R125", value.span(), fmt::format("`{}` is not a web address", *url),
                                "write it with http:// or https://, a host, and no spaces");
}

void read_bot_account(BotTarget& target, Node, Node value) {
  const auto key = target.context.reader.text(value, "`account`");
  if (!key) return;
  target.object.settings.set(Field::kAccount, std::string(*key));
  check_account(target.context, *key, value.span());
}

void read_bot_on_remove(BotTarget& target, Node, Node value) {
  if (const auto on_remove = read_other_on_remove(target.context, value))
    target.object.on_remove = *on_remove;
}

constexpr yaml::Key<BotTarget> kBotKeys[] = {
    {"name", read_text<model::DesiredBot, Field::kName, kMaxName>, true},
    {"description", read_text<model::DesiredBot, Field::kDescription, kMaxDescription>},
    {"outgoing_url", read_url},
    {"account", read_bot_account},
    {"on_remove", read_bot_on_remove},
};

}  // namespace

void read_bot(Context& context, Node key, Node value) {
  const auto name = read_key(context, key, "an agent bot", nullptr);
  model::DesiredBot bot;
  bot.origin = key.origin();
  BotTarget target{context, bot, key};
  const std::string what = fmt::format("the agent bot `{}`", shown_value(key.text()));
  context.reader.mapping(value, key.span(), what, std::span(kBotKeys), target);
  if (!name) return;
  bot.ref = context.directory.bots.intern(*name);
  if (define(context, context.bots, bot.ref, key, "agent bot", *name))
    context.roster.bots.push_back(std::move(bot));
}

Place bot_place() {
  return place_of("agent_bot", std::span<const yaml::Key<BotTarget>>(kBotKeys));
}

}  // namespace rollcall::roster
