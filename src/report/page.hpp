#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "report/report.hpp"
#include "report/view.hpp"

/// What pages for reviewers have in common, whatever their format.
namespace rollcall::report {

/// The path of a file in the repository that the pipeline works in, where it lies in it.
std::string path_in_repository(const std::string& file, const Pipeline& pipeline);

/// "roster/a.yaml:9"; the file alone where all of it is meant.
std::string place_text(const Source& source);

/// Where the pipeline's forge shows the place; empty where it does not, or where there is no pipeline.
std::string place_url(const Source& source, const Pipeline& pipeline);

/// Whether the row is about a place, which is its subject.
bool names_place(const Row& row);

/// How much there is under the heading.
std::size_t count_of(const Section& section);

/// A section of one row as that row: a user with the one thing that changes for them.
std::optional<Row> as_row(const Section& section);

}  // namespace rollcall::report
