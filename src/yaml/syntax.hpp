#pragma once

#include <yaml-cpp/exceptions.h>

#include <cstddef>
#include <string_view>

#include "base/source.hpp"
#include "yaml/builder.hpp"
#include "yaml/problems.hpp"

namespace rollcall::yaml {

/// Reports what yaml-cpp refused, in our words and at the place to edit. `builder` knows what was open by
/// then.
void report_syntax(const YAML::Exception& exception, std::string_view text, FileIndex file,
                   const Builder& builder, Problems& problems);

void report_unclosed_quote(std::string_view text, FileIndex file, std::size_t quote, Problems& problems);

}  // namespace rollcall::yaml
