#pragma once

#include <string>
#include <string_view>

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// A section with more rows is shut until a reader opens it; the heading says how many there are.
constexpr std::size_t kHtmlOpenRows = 100;

/// The view as a page that a browser shows without a script and without loading anything: all of the view is
/// in it, whatever its length. Texts show as themselves; links lead only to the page's own sections, and to
/// where the pipeline says that its files and its job are shown. `heading` says what the page is, such as
/// "Plan".
std::string html(std::string_view heading, const View& view, const Meta& meta);

}  // namespace rollcall::report
