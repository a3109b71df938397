#pragma once

#include <cstddef>
#include <string>

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// What a comment of GitHub takes, with room for the frame that a tool puts around it.
constexpr std::size_t kMaxMarkdownCharacters = 60'000;
constexpr std::size_t kMaxMarkdownBytes = 200'000;

/// The view for reviewers on a page of GitLab or GitHub: what deserves a second look stands open, all else
/// can be unfolded, and places of the roster are links where the pipeline says where its files are shown.
/// Never more than the limits: what does not fit is left out by section, and the section says how much it
/// is.
std::string markdown(const View& view, const Meta& meta);

}  // namespace rollcall::report
