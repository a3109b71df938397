#pragma once

#include "project/project.hpp"
#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::project {

/// The project file's own rules: its keys and their values. Problems have the numbers of docs/project.md.
ProjectFile read_project(const yaml::Document& document, yaml::Problems& problems);

}  // namespace rollcall::project
