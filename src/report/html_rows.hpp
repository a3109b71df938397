#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.hpp"
#include "report/view.hpp"

/// Rows of a view as items of a page's lists.
namespace rollcall::report {

struct HtmlSign {
  char sign;
  /// Of kHtmlStyle.
  std::string_view style;
  /// What it means, for who does not see it.
  std::string_view words;
};

constexpr std::array<HtmlSign, 5> kHtmlSigns = {{{'+', "new", "new"},
                                                 {'~', "change", "changes"},
                                                 {'-', "gone", "goes"},
                                                 {'=', "same", "stays as it is"},
                                                 {'!', "look-here", "needs attention"}}};

/// Empty for a space.
std::string html_sign(char sign);

/// An item with the rows that belong to it; places are links where the pipeline shows its files.
std::string html_row(const Row& row, const Pipeline& pipeline);

/// A list of such items; empty without rows.
std::string html_rows(const std::vector<Row>& rows, const Pipeline& pipeline);

/// What to do, as a paragraph; what stands between backticks there becomes code.
std::string html_advice(std::string_view text);

}  // namespace rollcall::report
