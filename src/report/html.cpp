#include "report/html.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "report/html_rows.hpp"
#include "report/html_style.hpp"
#include "report/html_text.hpp"
#include "report/page.hpp"

namespace rollcall::report {
namespace {

// A page with fewer sections or rows needs no list of contents.
constexpr std::size_t kContentsSections = 3;
constexpr std::size_t kContentsRows = 30;
// What changes for each user stands open where all of it is no more than this.
constexpr std::size_t kOpenUsers = 40;

std::string counted_heading(const Section& section, std::size_t count) {
  return fmt::format("{} {}", shown_html(section.heading),
                     html_element("span", "count", fmt::format("({})", with_thousands(count))));
}

/// The rows of a section and of those in it.
std::size_t rows_in(const Section& section) {
  std::size_t rows = section.rows.size();
  for (const Section& nested : section.sections) rows += rows_in(nested);
  return rows;
}

bool is_look(const Section& section) {
  return section.heading == kSecondLook;
}

/// The page's parts in their order.
class Page {
 public:
  Page(const View& view, const Meta& meta) : view_(view), meta_(meta) {}

  [[nodiscard]] std::string write(std::string_view heading) const {
    std::string out = head(heading);
    out += fmt::format("<body>\n<main>\n<header>\n<h1>{}</h1>\n", title(heading));
    out += html_element("p", "total", shown_html(view_.total)) + "\n" + facts() + breakdown() + "</header>\n";
    out += contents();
    for (std::size_t i = 0; i < view_.sections.size(); ++i) out += top_section(i);
    return out + legend() + "</main>\n</body>\n</html>\n";
  }

 private:
  [[nodiscard]] std::string head(std::string_view heading) const {
    const std::string name = view_.title.empty() ? fmt::format("{}: {}", heading, view_.total) : view_.title;
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{}</style>\n</head>\n",
        sha256_base64(kHtmlStyle), shown_html(name), kHtmlStyle);
  }

  [[nodiscard]] std::string title(std::string_view heading) const {
    std::string out = shown_html(heading);
    if (meta_.server) out += " for " + html_value("value", *meta_.server);
    return out;
  }

  /// What the report was made from.
  [[nodiscard]] std::string facts() const {
    const auto fact = [](std::string_view name, const std::string& inner) {
      return fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, inner);
    };
    std::string out = fact("Date", to_string(meta_.date) + " (UTC)");
    if (!view_.title.empty()) out += fact("State", state());
    if (meta_.plan_digest)
      out += fact("Digest of the plan", "<code>" + shown_html(*meta_.plan_digest) + "</code>");
    if (const std::string& job = meta_.pipeline.job_url; !job.empty())
      out += fact("Job", html_link(job, shown_html(job)));
    return "<dl class=\"facts\">\n" + out + "</dl>\n";
  }

  [[nodiscard]] std::string state() const {
    std::string out = meta_.state ? html_value("value", *meta_.state) + ", " : std::string();
    return out + (meta_.serial ? fmt::format("serial {}", *meta_.serial) : "nothing recorded yet");
  }

  [[nodiscard]] std::string breakdown() const {
    if (view_.breakdown.empty()) return {};
    std::string out = "<table>\n<caption>Changes</caption>\n";
    for (const Breakdown& kind : view_.breakdown) {
      std::vector<std::string> counts;
      for (const Breakdown::Count& count : kind.counts)
        counts.push_back(
            fmt::format("<span>{} {}</span>", with_thousands(count.number), shown_html(count.what)));
      out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", shown_html(kind.heading),
                         fmt::join(counts, ", "));
    }
    return out + "</table>\n";
  }

  [[nodiscard]] std::string contents() const {
    std::size_t rows = 0;
    for (const Section& section : view_.sections) rows += rows_in(section);
    if (view_.sections.size() < kContentsSections || rows < kContentsRows) return {};
    std::string out = "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ul>\n";
    for (std::size_t i = 0; i < view_.sections.size(); ++i) {
      const Section& section = view_.sections[i];
      out += fmt::format("<li><a href=\"#s{}\">{}</a></li>\n", i + 1,
                         counted_heading(section, is_look(section) ? rows_in(section) : count_of(section)));
    }
    return out + "</ul>\n</nav>\n";
  }

  [[nodiscard]] std::string top_section(std::size_t index) const {
    const Section& section = view_.sections[index];
    std::string out = fmt::format(
        "<section id=\"s{}\" class=\"{}{}\">\n<h2>{}</h2>\n", index + 1, is_look(section) ? "look" : "list",
        alarm(section),
        is_look(section) ? shown_html(section.heading) : counted_heading(section, count_of(section)));
    out += advice(section);
    out += folded(section.rows.size(), rows(section));
    if (is_look(section))
      for (const Section& nested : section.sections) out += look(nested);
    else
      out += folded(section.sections.size(), users(section));
    return out + "</section>\n";
  }

  /// What deserves a second look, for one reason.
  [[nodiscard]] std::string look(const Section& section) const {
    std::string out = fmt::format("<section class=\"list{}\">\n<h3>{}</h3>\n", alarm(section),
                                  counted_heading(section, count_of(section)));
    out += advice(section) + folded(section.rows.size(), rows(section));
    return out + folded(section.sections.size(), users(section)) + "</section>\n";
  }

  /// Sections within a section, each of which unfolds: a user with all that changes for them.
  [[nodiscard]] std::string users(const Section& section) const {
    if (section.sections.empty()) return {};
    const bool open = rows_in(section) <= kOpenUsers;
    std::string out = "<ul class=\"rows users\">\n";
    for (const Section& nested : section.sections) out += user(nested, open);
    return out + "</ul>\n";
  }

  [[nodiscard]] std::string user(const Section& section, bool open) const {
    if (const std::optional<Row> row = as_row(section)) return html_row(*row, meta_.pipeline);
    std::string signs;
    for (const HtmlSign& known : kHtmlSigns)
      if (std::any_of(section.rows.begin(), section.rows.end(),
                      [&](const Row& row) { return row.sign == known.sign; }))
        signs += html_sign(known.sign);
    std::string out = fmt::format("<li><details{}><summary>{}{}", open ? " open" : "", signs,
                                  html_value("name value", section.heading));
    if (!section.summary.empty()) out += ": " + shown_html(section.summary);
    out += "</summary>\n" + advice(section) + rows(section) + users(section);
    return out + "</details></li>\n";
  }

  /// A long list is shut until a reader opens it.
  static std::string folded(std::size_t count, const std::string& list) {
    if (count <= kHtmlOpenRows) return list;
    return fmt::format("<details class=\"long\"><summary>Show all {}</summary>\n{}</details>\n",
                       with_thousands(count), list);
  }

  [[nodiscard]] std::string rows(const Section& section) const {
    return html_rows(section.rows, meta_.pipeline);
  }

  static std::string advice(const Section& section) {
    return section.advice.empty() ? std::string() : html_advice(section.advice) + "\n";
  }

  static std::string_view alarm(const Section& section) {
    return section.tone == Tone::kAlarm ? " alarm" : "";
  }

  [[nodiscard]] std::string legend() const {
    if (view_.sections.empty()) return {};
    std::vector<std::string> parts;
    for (const HtmlSign& known : kHtmlSigns)
      parts.push_back(fmt::format("<span class=\"{}\">{}</span> {}", known.style, known.sign, known.words));
    return fmt::format("<footer>{}</footer>\n", fmt::join(parts, ", "));
  }

  const View& view_;
  const Meta& meta_;
};

}  // namespace

std::string html(std::string_view heading, const View& view, const Meta& meta) {
  return Page(view, meta).write(heading);
}

}  // namespace rollcall::report
