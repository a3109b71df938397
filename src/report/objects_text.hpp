#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/paint.hpp"
#include "report/report.hpp"

namespace rollcall::report {

/// The address without its kind: a key, or an e-mail address. Safe to print.
std::string short_name(const plan::Action& action, const model::Directory& directory);

/// "delete", "release (id 7)", "bind to id 42", "create, or take over".
std::string verb_text(const plan::Action& action);

/// The sections of accounts, people and agent bots, each with what changes. Empty without such actions.
std::string objects_text(const plan::Plan& plan, const model::RecordedEstate& recorded,
                         const Context& context, const Style& style);

}  // namespace rollcall::report
