#pragma once

#include <string>
#include <string_view>

namespace rollcall::report {

/// A path as a part of a URL: everything but letters, digits, `/`, `-`, `_`, `.` and `~` as %XX.
std::string url_path(std::string_view path);

/// The reference to a file: relative for a relative path, file:// for an absolute one.
std::string file_uri(std::string_view path);

}  // namespace rollcall::report
