#pragma once

#include <string>

#include "report/view.hpp"

namespace rollcall::report {

/// The view for a terminal or a log: columns aligned, signs coloured where `colour` is set, every text safe
/// to print.
std::string view_text(const View& view, bool colour);

/// A row in one line, whatever its form, without its sign and its advice; safe to print.
std::string row_text(const Row& row);

}  // namespace rollcall::report
