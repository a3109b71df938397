#include "report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "report/markdown_text.hpp"
#include "report/page.hpp"

namespace rollcall::report {
namespace {

// The address of a server may be long, and a plan's digest comes after it.
constexpr std::size_t kLongestTitle = 1000;
// Lines under another line.
constexpr std::size_t kNestedShown = 20;
// A longer section is shut until a reader opens it.
constexpr std::size_t kOpenUpTo = 10;

constexpr std::size_t kRoom = 600'000;
static_assert(kRoom % kMaxMarkdownCharacters == 0 && kRoom % kMaxMarkdownBytes == 0);

/// A part of the document: what it says in any case, and lines that can be left out from the end on.
struct Part {
  std::string head;
  std::vector<std::string> lines;
  std::string tail;
};

/// How much of the room a text takes, be it by its characters or by its bytes: a sum of these is never less
/// than what all of it takes.
std::size_t cost_of(std::string_view text) {
  return std::max(count_characters(text) * (kRoom / kMaxMarkdownCharacters),
                  text.size() * (kRoom / kMaxMarkdownBytes));
}

std::string left_out_line(std::size_t count) {
  return fmt::format("- and {} more, left out here\n", with_thousands(count));
}

/// Lines of a view as items of lists.
class Lines {
 public:
  explicit Lines(const Pipeline& pipeline) : pipeline_(pipeline) {}

  /// A row with the rows that belong to it.
  [[nodiscard]] std::string item(const Row& row, std::size_t indent = 0) const {
    const std::string margin(indent, ' ');
    std::string out = margin + "- ";
    if (row.sign != ' ') out += markdown_code(std::string(1, row.sign)) + " ";
    out += sentence(row) + "\n";
    if (!row.advice.empty()) out += margin + "  " + markdown_text(as_sentence(row.advice)) + "\n";
    const std::size_t shown = std::min(row.rows.size(), kNestedShown);
    for (std::size_t i = 0; i < shown; ++i) out += item(row.rows[i], indent + 2);
    if (shown < row.rows.size()) out += margin + "  " + left_out_line(row.rows.size() - shown);
    return out;
  }

 private:
  [[nodiscard]] std::string sentence(const Row& row) const {
    std::string out = name(row);
    std::string words = row.change ? change(*row.change) : std::string();
    if (!row.text.empty())
      words += (words.empty() ? "" : " ") + (row.is_code ? markdown_code(row.text) : markdown_text(row.text));
    if (!out.empty() && !words.empty()) out += ": ";
    out += words;
    if (!row.reason.empty()) out += (out.empty() ? "" : ", ") + markdown_text(row.reason);
    if (row.sources_told)
      link_places(out, row);
    else
      out += places(row, out.empty());
    if (!row.note.empty()) out += "; " + markdown_text(row.note);
    if (!row.rule.empty()) out += fmt::format(" ({})", row.rule);
    return out;
  }

  /// The subject; the place that it may be as a link.
  [[nodiscard]] std::string name(const Row& row) const {
    if (names_place(row)) return place(row.sources.front());
    std::string out = markdown_value(row.subject);
    if (!row.aspect.empty()) out += (out.empty() ? "" : " ") + markdown_value(shown_value(row.aspect));
    return out;
  }

  static std::string change(const Change& change) {
    if (change.before && change.after && *change.before != *change.after)
      return markdown_value(*change.before) + " → " + markdown_value(*change.after);
    return markdown_value(change.after.value_or(change.before.value_or("")));
  }

  /// Makes links of the places that the line names already, and adds those that it does not.
  void link_places(std::string& line, const Row& row) const {
    if (names_place(row) || pipeline_.files_url.empty()) return;
    for (const Source& source : row.sources) {
      const std::string shown = markdown_code(place_text(source));
      const std::string link = place(source);
      const std::size_t at = line.find(shown);
      if (at == std::string::npos)
        line += ", " + link;
      else if (at == 0 || line[at - 1] != '[')
        line.replace(at, shown.size(), link);
    }
  }

  /// Where the rules stand, and what they say of themselves.
  [[nodiscard]] std::string places(const Row& row, bool is_first) const {
    if (names_place(row)) return {};
    std::vector<std::string> parts;
    for (const Source& source : row.sources) {
      std::string part = place(source);
      if (source.until) part += " until " + to_string(*source.until);
      if (!source.reason.empty()) part += " (" + markdown_value(shown_value(source.reason)) + ")";
      parts.push_back(std::move(part));
    }
    if (row.more_sources != 0)
      parts.push_back("and " + pluralize(row.more_sources, "more rule", "more rules"));
    if (parts.empty()) return {};
    return (is_first ? "" : ", ") + fmt::format("{}", fmt::join(parts, ", "));
  }

  [[nodiscard]] std::string place(const Source& source) const {
    const std::string shown = markdown_code(place_text(source));
    const std::string url = place_url(source, pipeline_);
    return url.empty() ? shown : fmt::format("[{}]({})", shown, url);
  }

  const Pipeline& pipeline_;
};

std::string counted(const Section& section) {
  return fmt::format("{} ({})", section.heading, with_thousands(count_of(section)));
}

/// A section that stays open: a heading and its rows.
Part open_part(const Section& section, const Lines& lines) {
  Part part;
  part.head = fmt::format("**{}**\n\n", markdown_text(counted(section)));
  if (!section.advice.empty()) part.head += markdown_text(section.advice) + "\n\n";
  for (const Row& row : section.rows) part.lines.push_back(lines.item(row));
  part.tail = "\n";
  return part;
}

/// A section within another, as a line: a user with all that changes for them.
std::string nested_item(const Section& section, const Lines& lines) {
  if (const std::optional<Row> row = as_row(section)) return lines.item(*row);
  // The heading is a name.
  const std::string summary = section.summary.empty() ? std::string() : ": " + html_text(section.summary);
  std::string out =
      fmt::format("\n<details><summary>{}{}</summary>\n\n", html_value_text(section.heading), summary);
  const std::size_t shown = std::min(section.rows.size(), kNestedShown);
  for (std::size_t i = 0; i < shown; ++i) out += lines.item(section.rows[i]);
  if (shown < section.rows.size()) out += left_out_line(section.rows.size() - shown);
  return out + "\n</details>\n\n";
}

/// A section of sections, each of which can be unfolded.
Part list_part(const Section& section, const Lines& lines) {
  Part part;
  part.head = fmt::format("#### {}\n\n", markdown_text(counted(section)));
  for (const Row& row : section.rows) part.lines.push_back(lines.item(row));
  for (const Section& nested : section.sections) part.lines.push_back(nested_item(nested, lines));
  part.tail = "\n";
  return part;
}

/// A section that can be unfolded as a whole.
Part folded_part(const Section& section, const Lines& lines) {
  Part part;
  part.head = fmt::format("<details{}><summary>{}</summary>\n\n",
                          section.rows.size() <= kOpenUpTo ? " open" : "", html_text(counted(section)));
  if (!section.advice.empty()) part.head += markdown_text(section.advice) + "\n\n";
  for (const Row& row : section.rows) part.lines.push_back(lines.item(row));
  part.tail = "\n</details>\n\n";
  return part;
}

Part front_part(const View& view) {
  Part part;
  if (!view.title.empty())
    part.head += fmt::format("### {}\n\n", markdown_text(shortened(view.title, kLongestTitle, "…")));
  part.head += fmt::format("**{}**\n\n", markdown_text(view.total));
  for (const Breakdown& kind : view.breakdown) {
    std::vector<std::string> counts;
    for (const Breakdown::Count& count : kind.counts)
      counts.push_back(fmt::format("{} {}", with_thousands(count.number), count.what));
    part.head += fmt::format("- {}: {}\n", kind.heading, fmt::join(counts, ", "));
  }
  if (!view.breakdown.empty()) part.head += "\n";
  return part;
}

std::vector<Part> parts_of(const View& view, const Lines& lines) {
  std::vector<Part> parts = {front_part(view)};
  for (const Section& section : view.sections) {
    if (section.heading == kSecondLook) {
      parts.push_back({fmt::format("#### {}\n\n", kSecondLook), {}, {}});
      for (const Section& nested : section.sections) parts.push_back(open_part(nested, lines));
    } else if (!section.sections.empty()) {
      parts.push_back(list_part(section, lines));
    } else {
      parts.push_back(folded_part(section, lines));
    }
  }
  return parts;
}

std::string shortened_note(const Pipeline& pipeline) {
  const std::string job =
      pipeline.job_url.empty() ? "" : fmt::format(", as has [the job]({})", pipeline.job_url);
  return fmt::format("This report is shortened; the formats `text` and `json` have all of it{}.\n", job);
}

std::size_t cost_of_lines(const Part& part) {
  return std::accumulate(part.lines.begin(), part.lines.end(), std::size_t{0},
                         [](std::size_t sum, const std::string& line) { return sum + cost_of(line); });
}

/// The room of each part's lines: all parts get the same, and what short ones leave is the others'.
std::vector<std::size_t> shares_of(const std::vector<Part>& parts, std::size_t room) {
  std::vector<std::pair<std::size_t, std::size_t>> wanted;
  for (std::size_t i = 0; i < parts.size(); ++i) wanted.emplace_back(cost_of_lines(parts[i]), i);
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::size_t> shares(parts.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    shares[wanted[i].second] = std::min(wanted[i].first, room / (wanted.size() - i));
    room -= shares[wanted[i].second];
  }
  return shares;
}

/// The lines for which there is room, and how many there are besides.
std::string shown_lines(const Part& part, std::size_t room) {
  std::string out;
  std::size_t shown = 0;
  for (; shown < part.lines.size(); ++shown) {
    const std::size_t cost = cost_of(part.lines[shown]);
    if (cost > room) break;
    room -= cost;
    out += part.lines[shown];
  }
  if (shown < part.lines.size()) out += left_out_line(part.lines.size() - shown);
  return out;
}

}  // namespace

std::string markdown(const View& view, const Meta& meta) {
  const std::vector<Part> parts = parts_of(view, Lines(meta.pipeline));
  const std::string note = shortened_note(meta.pipeline);
  std::size_t frame = 0, whole = 0, counts = cost_of(note);
  for (const Part& part : parts) {
    frame += cost_of(part.head) + cost_of(part.tail);
    whole += cost_of_lines(part);
    if (!part.lines.empty()) counts += cost_of(left_out_line(part.lines.size()));
  }
  const bool is_whole = frame + whole <= kRoom;
  const std::vector<std::size_t> shares =
      shares_of(parts, is_whole ? whole : kRoom - std::min(kRoom, frame + counts));
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    out += parts[i].head + shown_lines(parts[i], shares[i]) + parts[i].tail;
  return is_whole ? out : out + note;
}

}  // namespace rollcall::report
