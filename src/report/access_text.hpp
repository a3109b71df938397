#pragma once

#include <string>
#include <vector>

#include "report/fold.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"

namespace rollcall::report {

/// "agent", "agent -> administrator"; what goes is told by what it was.
std::string role_text(const plan::GrantAction& grant);

/// The accounts of a bundle: their keys where they are three at most, else their number.
std::string accounts_text(const plan::Plan& plan, const Bundle& bundle, const Context& context);

/// The section of access: rules that reach many, then each account with one line a person. Empty without
/// grants.
std::string access_text(const plan::Plan& plan, const Context& context, const Style& style);

}  // namespace rollcall::report
