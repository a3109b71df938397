#pragma once

#include "project/project.hpp"
#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::project {

/// The project file's own rules: its keys and their values. Problems have the numbers of docs/project.md.
/// `roster_is_known` becomes false where `roster` could not be read.
ProjectFile read_project(const yaml::Document& document, yaml::Problems& problems, bool& roster_is_known);

}  // namespace rollcall::project
