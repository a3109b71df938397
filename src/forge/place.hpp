#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/server_url.hpp"

namespace rollcall::forge {

/// What hosts the repository and runs its pipelines.
enum class Kind : std::uint8_t { kGitlab, kGithub };

/// GitLab, GitHub.
std::string_view to_string(Kind kind);

/// The variables of a pipeline that say where its merge or pull request is.
struct Variables {
  /// GITLAB_CI and GITHUB_ACTIONS.
  bool gitlab_ci = false;
  bool github_actions = false;
  /// CI_API_V4_URL.
  std::optional<std::string> gitlab_api = {};
  /// CI_MERGE_REQUEST_PROJECT_ID: of the project that is merged into; CI_PROJECT_ID where it is not set.
  std::optional<std::string> gitlab_target_project = {};
  std::optional<std::string> gitlab_project = {};
  /// CI_MERGE_REQUEST_IID.
  std::optional<std::string> gitlab_merge_request = {};
  /// CI_MERGE_REQUEST_PROJECT_URL, or CI_PROJECT_URL.
  std::optional<std::string> gitlab_project_url = {};
  /// GITHUB_API_URL, GITHUB_GRAPHQL_URL, GITHUB_REPOSITORY, GITHUB_REF, GITHUB_SERVER_URL.
  std::optional<std::string> github_api = {};
  std::optional<std::string> github_graphql = {};
  std::optional<std::string> github_repository = {};
  std::optional<std::string> github_ref = {};
  std::optional<std::string> github_server = {};
};

/// A merge or pull request, and where its forge is asked for it.
struct Place {
  Kind kind = Kind::kGitlab;
  /// The host alone; the paths below begin there.
  http::ServerUrl host;
  /// Such as /api/v4 and /api/graphql; the second one is GitHub's.
  std::string api_path;
  std::string graphql_path;
  /// GitLab's id of the project, or GitHub's OWNER/NAME.
  std::string project;
  /// Of the merge or pull request, within its project.
  std::string number;
  /// The address of its page; empty where the pipeline does not say it.
  std::string page;

  bool operator==(const Place&) const = default;
};

/// merge request !7, or pull request #7.
std::string describe(const Place& place);

/// The comment as messages name it: its address where that is known, else its number and where it stands.
std::string describe_comment(const Place& place, std::int64_t id);

/// Works out the forge and the request. An error names the variable that is missing or cannot be used.
Expected<Place> find_place(const Variables& variables, http::PlainHttp plain_http);

}  // namespace rollcall::forge
