#include "roster/context.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/names.hpp"

namespace rollcall::roster {

std::optional<std::string> Suggestions::closest_of(std::string_view word) const {
  return closest_(to_lower(word), *candidates_);
}

std::optional<std::string_view> read_key(Context& context, yaml::Node key, std::string_view what) {
  const auto text = context.reader.free_key(key, fmt::format("the key of {}", what));
  if (!text) return std::nullopt;
  if (model::is_key(*text)) return text;
  const std::string lower = to_lower(*text);
  context.problems.error(
      "R101", key.span(), fmt::format("`{}` cannot be the key of {}", *text, what),
      model::is_key(lower)
          ? fmt::format("write it in lower case: {}", lower)
          : "a key has small letters, digits and hyphens, starts with a letter or digit, and is "
            "at most 100 characters long");
  return std::nullopt;
}

std::optional<std::string> read_email(Context& context, yaml::Node node, std::string_view what) {
  const auto text = context.reader.text(node, what);
  if (!text) return std::nullopt;
  auto email = model::parse_email(*text);
  if (!email)
    context.problems.error("R102", node.span(),
                           fmt::format("`{}` is no e-mail address that Chatwoot takes", *text),
                           "write name@domain.example in ASCII without blanks, at most 255 characters");
  return email;
}

void check_account(Context& context, std::string_view key, const yaml::Span& at) {
  const auto ref = context.directory.accounts.find(key);
  if ((ref && context.accounts.has(*ref)) || !context.complete) return;
  const auto near = context.near_accounts.find(key, [&] {
    std::vector<std::string> keys;
    for (const model::AccountRef known : context.accounts.refs())
      keys.push_back(context.directory.key(known));
    return keys;
  });
  context.problems.error("R110", at,
                         near ? fmt::format("unknown account `{}`, did you mean `{}`?", key, *near)
                              : fmt::format("unknown account `{}`", key),
                         "accounts are defined under `accounts`, by their keys");
}

}  // namespace rollcall::roster
