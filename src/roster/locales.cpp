#include "roster/locales.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"

namespace rollcall::roster {
namespace {

/// What Chatwoot 4.10 takes: the languages of its list that are switched on (`hi`, `am` and `zh` are not).
/// The recordings have en, de, fr and pt_BR, and a 500 for others.
constexpr auto kLocales = std::to_array<std::string_view>(
    {"ar",    "bg", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr",    "he",
     "hu",    "id", "is", "it", "ja", "ko", "lt", "lv", "ml", "nl", "no", "pl",    "pt",
     "pt_BR", "ro", "ru", "sk", "sr", "sv", "ta", "th", "tr", "uk", "vi", "zh_CN", "zh_TW"});

bool is_small(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

std::string_view language_of(std::string_view locale) {
  return locale.substr(0, locale.find('_'));
}

/// Whether the text has the form of a locale.
bool is_locale(std::string_view text) {
  const std::string_view language = language_of(text);
  if (language.size() < 2 || language.size() > 3 || !std::all_of(language.begin(), language.end(), is_small))
    return false;
  if (language.size() == text.size()) return true;
  const std::string_view region = text.substr(language.size() + 1);
  return region.size() >= 2 && region.size() <= 8 && is_capital(region.front()) &&
         std::all_of(region.begin(), region.end(), [](char c) { return is_small(c) || is_capital(c); });
}

/// What `pt-BR`, `PT_br` or `de_AT` was probably meant to be: the locale of these letters, else those of the
/// language.
std::vector<std::string_view> near_locales(std::string_view text) {
  std::string wanted = to_lower(text);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  std::vector<std::string_view> of_language;
  for (const std::string_view known : kLocales) {
    if (to_lower(known) == wanted) return {known};
    if (language_of(known) == language_of(wanted)) of_language.push_back(known);
  }
  return of_language;
}

}  // namespace

std::optional<std::string> read_locale(Context& context, yaml::Node node) {
  const auto text = context.reader.text(node, "`locale`");
  if (!text) return std::nullopt;
  if (std::find(kLocales.begin(), kLocales.end(), *text) != kLocales.end()) return std::string(*text);
  const std::vector<std::string_view> near = near_locales(*text);
  if (!is_locale(*text)) {
    context.problems.error("R123", node.span(),
                           fmt::format("`{}` is not a locale of Chatwoot", shown_value(*text)),
                           near.empty() ? "write a code such as `en`, `de` or `pt_BR`, in exactly this case"
                                        : fmt::format("write {}", yaml::choices(near)));
    return std::nullopt;
  }
  context.problems.warning(
      "R126", node.span(),
      near.empty()
          ? fmt::format("Chatwoot 4.10 has no locale `{}`", *text)
          : fmt::format("Chatwoot 4.10 has no locale `{}`, did you mean {}?", *text, yaml::choices(near)),
      "a server that does not know the locale answers 500 and changes none of the account's settings");
  return std::string(*text);
}

}  // namespace rollcall::roster
