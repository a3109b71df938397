#include "report/html_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "report/html_text.hpp"
#include "report/page.hpp"

namespace rollcall::report {
namespace {

// Rows under a row, such as the settings of an object: more are shut.
constexpr std::size_t kNestedOpen = 20;

/// The text with what stands between backticks as code; `write` makes HTML of each part.
template <class Write>
std::string code_in(std::string_view text, const Write& write) {
  const std::string shown = printable(text);
  const std::string_view all = shown;
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t tick = std::min(all.find('`', at), all.size());
    const std::size_t closing = tick == all.size() ? std::string_view::npos : all.find('`', tick + 1);
    if (closing == std::string_view::npos || closing == tick + 1) {
      // No pair that has something in it.
      const std::size_t end = closing == std::string_view::npos ? all.size() : closing + 1;
      out += write(all.substr(at, end - at));
      at = end;
      continue;
    }
    out += write(all.substr(at, tick - at));
    out += "<code>" + write(all.substr(tick + 1, closing - tick - 1)) + "</code>";
    at = closing + 1;
  }
  return out;
}

/// Rows of a view as items of lists.
class Items {
 public:
  explicit Items(const Pipeline& pipeline) : pipeline_(pipeline) {}

  [[nodiscard]] std::string list(const std::vector<Row>& rows) const {
    if (rows.empty()) return {};
    std::string out = "<ul class=\"rows\">\n";
    for (const Row& row : rows) out += item(row);
    return out + "</ul>\n";
  }

  /// A row with the rows that belong to it.
  [[nodiscard]] std::string item(const Row& row) const {
    std::string out = row.sign == ' ' ? "<li class=\"plain\">" : "<li>" + html_sign(row.sign);
    out += sentence(row);
    if (!row.advice.empty()) out += "\n" + html_advice(as_sentence(row.advice));
    if (!row.rows.empty()) out += "\n" + nested(row.rows);
    return out + "</li>\n";
  }

 private:
  [[nodiscard]] std::string nested(const std::vector<Row>& rows) const {
    if (rows.size() <= kNestedOpen) return list(rows);
    return fmt::format("<details><summary>{} lines</summary>\n{}</details>\n", with_thousands(rows.size()),
                       list(rows));
  }

  [[nodiscard]] std::string sentence(const Row& row) const {
    std::string out = name(row);
    std::string words = row.change ? change(*row.change) : std::string();
    if (!row.text.empty())
      words += (words.empty() ? "" : " ") +
               (row.is_code ? "<code>" + shown_html(row.text) + "</code>" : text(row.text, row));
    if (!out.empty() && !words.empty()) out += ": ";
    out += words;
    std::vector<std::string> grounds = places(row);
    if (!row.reason.empty()) grounds.insert(grounds.begin(), text(row.reason, row));
    if (!grounds.empty())
      out += html_element("span", "dim",
                          (out.empty() ? "" : ", ") + fmt::format("{}", fmt::join(grounds, ", ")));
    if (!row.note.empty()) out += "; " + html_element("span", "note", text(row.note, row));
    // A row without a sign is a remark.
    if (row.declined && row.sign != ' ') out += html_element("span", "dim", "; does not count");
    if (!row.rule.empty()) out += " " + html_value("dim", "(" + row.rule + ")");
    return out;
  }

  /// The subject; the place that it may be as a link.
  [[nodiscard]] std::string name(const Row& row) const {
    if (names_place(row)) return html_element("span", "name value", place(row.sources.front()));
    std::string out;
    if (!row.subject.empty()) out = html_value("name value", row.subject);
    if (!row.aspect.empty()) out += (out.empty() ? "" : " ") + html_value("value", row.aspect);
    return out;
  }

  static std::string change(const Change& change) {
    if (change.before && change.after && *change.before != *change.after)
      return html_value("value was", *change.before) + " → " + html_value("value", *change.after);
    return html_value("value", change.after.value_or(change.before.value_or("")));
  }

  /// Where the rules stand and what they say of themselves.
  [[nodiscard]] std::vector<std::string> places(const Row& row) const {
    std::vector<std::string> parts;
    if (names_place(row)) return parts;
    for (const Source& source : row.sources) {
      if (row.sources_told) {
        // A place that the words do not name is of use only as a link.
        if (!place_url(source, pipeline_).empty() && !tells(row, source)) parts.push_back(place(source));
        continue;
      }
      std::string part = place(source);
      if (source.until) part += " until " + to_string(*source.until);
      if (!source.reason.empty()) part += " (" + html_value("value", source.reason) + ")";
      parts.push_back(std::move(part));
    }
    if (row.more_sources != 0 && !row.sources_told)
      parts.push_back("and " + pluralize(row.more_sources, "more rule", "more rules"));
    return parts;
  }

  static bool tells(const Row& row, const Source& source) {
    const std::string place = place_text(source);
    const auto names = [&](std::string_view words) { return find_place(words, place) != std::string::npos; };
    return names(row.text) || names(row.reason) || names(row.note);
  }

  [[nodiscard]] std::string place(const Source& source) const {
    const std::string shown = "<code>" + shown_html(place_text(source)) + "</code>";
    const std::string url = place_url(source, pipeline_);
    return url.empty() ? shown : html_link(url, shown);
  }

  /// Words of the row, in which the places that they name are links where they can be.
  [[nodiscard]] std::string text(std::string_view words, const Row& row) const {
    if (!row.sources_told) return code_in(words, &escape_html);
    return code_in(words, [&](std::string_view part) { return linked(part, row); });
  }

  [[nodiscard]] std::string linked(std::string_view text, const Row& row) const {
    std::string out;
    while (!text.empty()) {
      std::size_t first = text.size();
      std::size_t length = 0;
      std::string url;
      for (const Source& source : row.sources) {
        const std::string place = printable(place_text(source));
        const std::size_t at = find_place(text, place);
        std::string found = at < first ? place_url(source, pipeline_) : std::string();
        if (found.empty()) continue;
        first = at;
        length = place.size();
        url = std::move(found);
      }
      out += escape_html(text.substr(0, first));
      if (length != 0) out += html_link(url, escape_html(text.substr(first, length)));
      text.remove_prefix(first + length);
    }
    return out;
  }

  /// "roster/a.yaml:4" is not in "roster/a.yaml:44".
  static std::size_t find_place(std::string_view text, std::string_view place) {
    const auto is_digit = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    std::size_t at = text.find(place);
    while (at != std::string_view::npos && is_digit(at + place.size())) at = text.find(place, at + 1);
    return at;
  }

  const Pipeline& pipeline_;
};

}  // namespace

std::string html_sign(char sign) {
  const auto* found = std::find_if(kHtmlSigns.begin(), kHtmlSigns.end(),
                                   [&](const HtmlSign& known) { return known.sign == sign; });
  if (found == kHtmlSigns.end()) return {};
  return fmt::format("<span class=\"sign {}\" role=\"img\" aria-label=\"{}\">{}</span>", found->style,
                     found->words, sign);
}

std::string html_row(const Row& row, const Pipeline& pipeline) {
  return Items(pipeline).item(row);
}

std::string html_rows(const std::vector<Row>& rows, const Pipeline& pipeline) {
  return Items(pipeline).list(rows);
}

std::string html_advice(std::string_view text) {
  return html_element("p", "advice", code_in(text, &escape_html));
}

}  // namespace rollcall::report
