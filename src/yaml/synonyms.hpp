#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::yaml {

/// Which of the words that are right at one place a wrong one was probably meant to be: one that says the
/// same in other programs, such as `admin` for `administrator`, else a slip of the finger. In any case of
/// letters.
std::optional<std::string> meant_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace rollcall::yaml
