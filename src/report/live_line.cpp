#include <fmt/format.h>

#include "base/text.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"

namespace rollcall::report {
namespace {

std::string time_left(std::chrono::milliseconds elapsed, std::size_t finished, std::size_t remaining) {
  const auto seconds = static_cast<std::size_t>(elapsed.count()) * remaining / finished / 1000;
  if (seconds < 120) return fmt::format("{} s left", seconds);
  return seconds < 7200 ? fmt::format("{} min left", seconds / 60) : fmt::format("{} h left", seconds / 3600);
}

std::string rate(std::chrono::milliseconds elapsed, std::size_t finished) {
  const double per_second = static_cast<double>(finished) * 1000.0 / static_cast<double>(elapsed.count());
  return per_second < 10 ? fmt::format("{:.1f}/s", per_second) : fmt::format("{:.0f}/s", per_second);
}

}  // namespace

std::string live_line(const Progress& progress, std::size_t width) {
  const std::string count =
      fmt::format("{}/{}", with_thousands(progress.finished), with_thousands(progress.total));
  std::string line = "Applying " + count;
  const std::string failed =
      progress.failed == 0 ? "" : fmt::format(" · {} failed", with_thousands(progress.failed));
  std::string speed;
  std::string left;
  if (progress.finished != 0 && progress.elapsed.count() > 0) {
    speed = " · " + rate(progress.elapsed, progress.finished);
    if (progress.finished < progress.total)
      left = " · " + time_left(progress.elapsed, progress.finished, progress.total - progress.finished);
  }
  // A narrow terminal loses the least wanted part first; what failed stays longest.
  for (const std::string& attempt :
       {line + speed + left + failed, line + left + failed, line + failed, count + failed})
    if (columns_of(attempt) <= width) return attempt;
  return truncate(count, width);
}

}  // namespace rollcall::report
