#include "report/view_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/paint.hpp"

namespace rollcall::report {
namespace {

// Wider names would push everything after them off the screen.
constexpr std::size_t kNameColumns = 40;
constexpr std::size_t kAspectColumns = 60;
// A before and after that would be wider than this stand in two lines.
constexpr std::size_t kLongChange = 90;
// A change wider than this moves what follows it, and no other line.
constexpr std::size_t kChangeColumns = 40;
constexpr std::size_t kArrow = 4;
// The headings of the breakdown, whichever of them there are.
constexpr std::size_t kBreakdownColumns = 10;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kNested = 4;

std::string source_text(const Source& source) {
  std::string out = source.file;
  if (source.line != 0) out += fmt::format(":{}", source.line);
  if (source.until) out += fmt::format(" until {}", to_string(*source.until));
  if (!source.reason.empty()) out += fmt::format(" ({})", shown_value(source.reason));
  return out;
}

std::string name_of(const Row& row) {
  return printable(row.aspect.empty() ? row.subject : row.subject + " " + shown_value(row.aspect));
}

bool is_arrow(const Change& change) {
  return change.before && change.after && *change.before != *change.after;
}

std::string change_text(const Change& change) {
  if (is_arrow(change)) return printable(*change.before + " -> " + *change.after);
  return printable(change.after.value_or(change.before.value_or("")));
}

/// Why and where. In a table the text comes with it; a sentence says the text with the change.
std::string grounds(const Row& row, bool with_text) {
  std::vector<std::string> parts;
  if (with_text && !row.text.empty()) parts.push_back(row.text);
  if (!row.reason.empty()) parts.push_back(row.reason);
  if (!row.sources_told)
    for (const Source& source : row.sources) parts.push_back(source_text(source));
  if (!row.sources_told && row.more_sources != 0)
    parts.push_back("and " + pluralize(row.more_sources, "more rule", "more rules"));
  return printable(fmt::format("{}", fmt::join(parts, ", ")));
}

std::string ending(const Row& row, bool tell_folded) {
  std::string out;
  if (!row.note.empty()) out += "; " + printable(row.note);
  if (!row.rule.empty()) out += fmt::format(" [{}]", row.rule);
  if (tell_folded && row.folded != 0) out += " (--full lists them)";
  return out;
}

std::string sentence(const Row& row) {
  std::vector<std::string> words;
  if (row.change) words.push_back(change_text(*row.change));
  if (!row.text.empty()) words.push_back(printable(row.text));
  std::string out = name_of(row);
  if (!out.empty() && !words.empty()) out += ": ";
  out += fmt::format("{}", fmt::join(words, " "));
  const std::string rest = grounds(row, false);
  if (!out.empty() && !rest.empty()) out += ", ";
  return out + rest;
}

struct Columns {
  std::size_t name = 0;
  std::size_t change = 0;
};

Columns columns_for(const std::vector<Row>& rows) {
  Columns columns;
  std::size_t widest = kNameColumns;
  for (const Row& row : rows) {
    if (row.form != Form::kColumns) continue;
    if (!row.aspect.empty()) widest = kAspectColumns;
    columns.name = std::max(columns.name, columns_of(name_of(row)));
    if (row.change) columns.change = std::max(columns.change, columns_of(change_text(*row.change)));
  }
  columns.name = std::min(columns.name, widest);
  columns.change = std::min(columns.change, kChangeColumns);
  return columns;
}

class Renderer {
 public:
  explicit Renderer(bool colour) : paint_(colour) {}

  [[nodiscard]] std::string section(const Section& section, std::size_t indent) const {
    const bool top = indent == 0;
    const bool folded = !top && is_folded(section);
    std::string out = std::string(indent, ' ') + heading(section, top, folded) + "\n";
    const std::string inner(indent + kIndent, ' ');
    if (!section.advice.empty()) out += inner + paint_(Color::kDim, printable(section.advice)) + "\n";
    out += rows(section.rows, indent + kIndent, !folded);
    if (section.hidden != 0)
      out += inner + fmt::format("and {} more (--full lists them)\n", with_thousands(section.hidden));
    for (const Section& nested : section.sections) out += this->section(nested, indent + kIndent);
    return out;
  }

  [[nodiscard]] std::string breakdown(const std::vector<Breakdown>& kinds) const {
    std::string out = paint_(Color::kBold, "Changes") + "\n";
    for (const Breakdown& kind : kinds) {
      std::vector<std::string> counts;
      for (const Breakdown::Count& count : kind.counts)
        counts.push_back(fmt::format("{} {}", with_thousands(count.number), count.what));
      out += fmt::format("  {}  {}\n", pad(kind.heading, kBreakdownColumns), fmt::join(counts, ", "));
    }
    return out + "\n";
  }

 private:
  /// Whether the heading can say for all rows that they stand for many.
  static bool is_folded(const Section& section) {
    return !section.rows.empty() && std::all_of(section.rows.begin(), section.rows.end(),
                                                [](const Row& row) { return row.folded != 0; });
  }

  [[nodiscard]] std::string heading(const Section& section, bool top, bool folded) const {
    std::string text = printable(section.heading);
    if (!section.summary.empty()) text += ": " + printable(section.summary);
    if (section.count) text += fmt::format(" ({})", with_thousands(*section.count));
    if (folded) text += " (--full lists every grant)";
    if (section.tone == Tone::kAlarm) return paint_(Color::kRed, text);
    return top ? paint_(Color::kBold, text) : text;
  }

  [[nodiscard]] std::string rows(const std::vector<Row>& rows, std::size_t indent, bool tell_folded) const {
    const Columns columns = columns_for(rows);
    const std::string margin(indent, ' ');
    std::string out;
    for (const Row& row : rows) {
      out += margin;
      if (row.sign != ' ') out += paint_.sign(row.sign) + " ";
      out += (row.form == Form::kSentence ? sentence(row) : cells(row, columns, indent)) +
             ending(row, tell_folded) + "\n";
      if (!row.advice.empty()) out += margin + "  " + printable(row.advice) + "\n";
      out += this->rows(row.rows, indent + kNested, tell_folded);
    }
    return out;
  }

  static std::string cells(const Row& row, const Columns& columns, std::size_t indent) {
    const std::string rest = grounds(row, true);
    std::string out = name_of(row);
    if (!row.change && rest.empty()) return out;
    if (!out.empty()) out = pad(std::move(out), columns.name) + "  ";
    if (!row.change) return out + rest;
    std::string change = change_text(*row.change);
    if (is_arrow(*row.change) && columns_of(change) > kLongChange + kArrow) {
      const std::string before = printable(*row.change->before);
      const std::size_t at = indent + (row.sign == ' ' ? 0 : 2) + columns.name + 2;
      change = fmt::format("{}\n{}{}", before, std::string(at, ' '), change.substr(before.size() + 1));
    }
    if (rest.empty()) return out + change;
    return out + pad(std::move(change), columns.change) + "  " + rest;
  }

  Paint paint_;
};

}  // namespace

std::string row_text(const Row& row) {
  return sentence(row) + ending(row, false);
}

std::string view_text(const View& view, bool colour) {
  const Renderer renderer(colour);
  std::string out;
  if (!view.title.empty()) out += Paint(colour)(Color::kBold, printable(view.title)) + "\n\n";
  if (!view.breakdown.empty()) out += renderer.breakdown(view.breakdown);
  for (const Section& section : view.sections) out += renderer.section(section, 0) + "\n";
  return out + printable(view.total) + "\n";
}

}  // namespace rollcall::report
