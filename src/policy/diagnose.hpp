#pragma once

#include <cstdint>
#include <string>

#include "base/diagnostic.hpp"
#include "base/source.hpp"

namespace rollcall::policy {

/// A diagnostic about a place of the roster, with its line to show. `length`: how many bytes the caret
/// underlines.
Diagnostic diagnose(const SourceFiles& files, Severity severity, std::string rule, Origin origin,
                    std::string message, std::string hint, std::uint32_t length = 1);

}  // namespace rollcall::policy
