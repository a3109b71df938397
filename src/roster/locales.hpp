#pragma once

#include <optional>
#include <string>

#include "roster/context.hpp"

namespace rollcall::roster {

/// Reads a locale such as `de` or `pt_BR`. Another form is an error; one that Chatwoot 4.10 does not have
/// gets a warning, because a newer server may have it.
std::optional<std::string> read_locale(Context& context, yaml::Node node);

}  // namespace rollcall::roster
