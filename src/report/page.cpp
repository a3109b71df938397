#include "report/page.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "report/url.hpp"

namespace rollcall::report {

std::string path_in_repository(const std::string& file, const Pipeline& pipeline) {
  const std::filesystem::path path(file);
  std::filesystem::path inside = path.is_absolute() ? path.lexically_relative(pipeline.root)
                                                    : (pipeline.folder / path).lexically_normal();
  const bool outside = inside.empty() || *inside.begin() == "..";
  return outside ? path.lexically_normal().string() : inside.generic_string();
}

std::string place_text(const Source& source) {
  return source.line == 0 ? source.file : fmt::format("{}:{}", source.file, source.line);
}

std::string place_url(const Source& source, const Pipeline& pipeline) {
  const std::string path = path_in_repository(source.file, pipeline);
  if (pipeline.files_url.empty() || path.starts_with('/') || path.starts_with("..")) return {};
  const std::string line = source.line == 0 ? "" : fmt::format("#L{}", source.line);
  return pipeline.files_url + url_path(path) + line;
}

bool names_place(const Row& row) {
  return !row.sources.empty() && row.subject == place_text(row.sources.front());
}

std::size_t count_of(const Section& section) {
  return section.count.value_or(section.rows.size() + section.sections.size() + section.hidden);
}

std::optional<Row> as_row(const Section& section) {
  if (section.rows.size() != 1 || section.summary.empty()) return std::nullopt;
  Row row = section.rows.front();
  row.subject = section.heading;
  row.change.reset();
  row.text = section.summary;
  return row;
}

}  // namespace rollcall::report
