#include "roster/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "model/names.hpp"

namespace rollcall::roster {

void Suggestions::keep(std::vector<std::string> candidates) {
  candidates_ = std::move(candidates);
  for (const std::string& candidate : *candidates_) candidates_size_ += candidate.size();
}

std::optional<std::string> Suggestions::closest_of(std::string_view word) {
  --budget_.words;
  // A longer word is no slip for any of them.
  constexpr std::size_t kLongest = 512;
  const std::size_t steps = std::min(word.size(), kLongest) * candidates_size_;
  if (word.size() > kLongest || steps > budget_.steps) return std::nullopt;
  budget_.steps -= steps;
  return closest_(to_lower(word), *candidates_);
}

std::string did_you_mean(const std::optional<std::string>& near) {
  return near ? fmt::format(", did you mean `{}`?", *near) : std::string();
}

std::optional<std::string_view> read_key(Context& context, yaml::Node key, std::string_view what,
                                         std::unordered_set<std::string>* refused) {
  const auto text = context.reader.free_key(key, fmt::format("the key of {}", what));
  if (!text) return std::nullopt;
  if (model::is_key(*text)) return text;
  const std::string lower = to_lower(*text);
  if (refused != nullptr) refused->insert({std::string(*text), lower});
  context.problems.error(
      "R101", key.span(), fmt::format("`{}` cannot be the key of {}", shown_value(*text), what),
      model::is_key(lower) ? fmt::format("write it in lower case: {}", lower)
                           : "a key has lower-case letters, digits and hyphens, "
                             "starts with a letter or digit, and is at most 100 characters long");
  return std::nullopt;
}

std::optional<model::OnRemove> read_other_on_remove(Context& context, yaml::Node value) {
  constexpr std::array<model::OnRemove, 2> kValues = {model::OnRemove::kRetain, model::OnRemove::kDelete};
  const std::array<std::string_view, 2> words = {model::to_string(kValues[0]), model::to_string(kValues[1])};
  const auto word = context.reader.word(value, "`on_remove`", words);
  if (!word) return std::nullopt;
  return kValues.at(*word);
}

std::optional<std::string> read_email(Context& context, yaml::Node node, std::string_view what) {
  const auto text = context.reader.text(node, what);
  if (!text) return std::nullopt;
  auto email = model::parse_email(*text);
  if (!email)
    context.problems.error(
        "R102", node.span(),
        fmt::format("`{}` is not an e-mail address that Chatwoot accepts", shown_value(*text)),
        "write name@domain.example in ASCII without spaces, at most 255 characters");
  return email;
}

void check_account(Context& context, std::string_view key, const yaml::Span& at) {
  const auto ref = context.directory.accounts.find(key);
  if ((ref && context.accounts.has(*ref)) || !context.complete) return;
  if (context.refused_accounts.count(std::string(key)) != 0) return;
  context.problems.error("R110", at,
                         fmt::format("unknown account `{}`{}", shown_value(key),
                                     did_you_mean(near_defined<model::Account>(context, key))),
                         "accounts are defined under `accounts`, by their keys");
}

}  // namespace rollcall::roster
