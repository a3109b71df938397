#include "model/exception.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/pattern.hpp"

namespace rollcall::model {

bool covers(const Exception& exception, std::string_view address) {
  return std::any_of(exception.addresses.begin(), exception.addresses.end(),
                     [&](const std::string& pattern) { return glob_match(pattern, address, '/'); });
}

std::string expiry_text(const Exception& exception, std::string_view key) {
  return fmt::format("this entry of `{}` expired on {} and has no effect", key, to_string(exception.until));
}

std::vector<Exception> holding_on(Date today, const std::vector<Exception>& exceptions) {
  std::vector<Exception> holding;
  std::copy_if(exceptions.begin(), exceptions.end(), std::back_inserter(holding),
               [&](const Exception& exception) { return exception.until >= today; });
  return holding;
}

}  // namespace rollcall::model
