#include "forge/place.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace rollcall::forge {
namespace {

Variables gitlab() {
  Variables variables;
  variables.gitlab_ci = true;
  variables.gitlab_api = "https://gitlab.example.com/api/v4";
  variables.gitlab_project = "42";
  variables.gitlab_merge_request = "7";
  variables.gitlab_project_url = "https://gitlab.example.com/ops/access";
  return variables;
}

Variables github() {
  Variables variables;
  variables.github_actions = true;
  variables.github_api = "https://github.example.com/api/v3/";
  variables.github_graphql = "https://github.example.com/api/graphql";
  variables.github_repository = "ops/access";
  variables.github_ref = "refs/pull/7/merge";
  variables.github_server = "https://github.example.com";
  return variables;
}

Expected<Place> find(const Variables& variables) {
  return find_place(variables, http::PlainHttp::kLoopbackOnly);
}

std::string error_of(const Variables& variables) {
  const auto place = find(variables);
  REQUIRE_FALSE(place);
  return place.error().message;
}

TEST_CASE("a merge request of GitLab") {
  const auto place = find(gitlab());
  REQUIRE(place);
  CHECK(*place == Place{Kind::kGitlab,
                        {true, "gitlab.example.com", 443, ""},
                        "/api/v4",
                        "",
                        "42",
                        "7",
                        "https://gitlab.example.com/ops/access/-/merge_requests/7"});
  CHECK(describe(*place) == "merge request !7");
  CHECK(describe_comment(*place, 5) == "https://gitlab.example.com/ops/access/-/merge_requests/7#note_5");
}

TEST_CASE("a merge request from a fork stands in the project that it is to be merged into") {
  Variables variables = gitlab();
  variables.gitlab_project = "43";
  variables.gitlab_target_project = "42";
  CHECK(find(variables)->project == "42");
}

TEST_CASE("a pull request of GitHub, and of a server of one's own") {
  const auto place = find(github());
  REQUIRE(place);
  CHECK(*place == Place{Kind::kGithub,
                        {true, "github.example.com", 443, ""},
                        "/api/v3",
                        "/api/graphql",
                        "ops/access",
                        "7",
                        "https://github.example.com/ops/access/pull/7"});
  CHECK(describe(*place) == "pull request #7");
  CHECK(describe_comment(*place, 5) == "https://github.example.com/ops/access/pull/7#issuecomment-5");
  Variables variables = github();
  variables.github_api = "https://api.github.com";
  variables.github_graphql = "https://api.github.com/graphql";
  CHECK(find(variables)->api_path.empty());
  CHECK(find(variables)->graphql_path == "/graphql");
  variables.github_graphql.reset();
  CHECK(find(variables)->graphql_path == "/graphql");
  variables.github_api = "https://github.example.com/api/v3/";
  CHECK(find(variables)->graphql_path == "/api/graphql");
}

TEST_CASE("a page that cannot be printed is left out") {
  Variables variables = gitlab();
  for (const char* page :
       {"", "javascript:x", "https://gitlab.example.com/\x1b[31m", "https://a:b@gitlab.example.com"}) {
    variables.gitlab_project_url = page;
    CHECK(find(variables)->page.empty());
    CHECK(describe_comment(*find(variables), 5) == "5 of merge request !7");
  }
}

TEST_CASE("what is missing is named") {
  const auto missing = [](Variables variables, std::optional<std::string> Variables::*member) {
    variables.*member = std::nullopt;
    return error_of(variables);
  };
  CHECK(missing(gitlab(), &Variables::gitlab_api) ==
        "CI_API_V4_URL is not set, so it is unknown where to comment.");
  CHECK(missing(gitlab(), &Variables::gitlab_project).starts_with("CI_PROJECT_ID is not set"));
  CHECK(missing(gitlab(), &Variables::gitlab_merge_request).starts_with("CI_MERGE_REQUEST_IID is not set"));
  CHECK(missing(github(), &Variables::github_api).starts_with("GITHUB_API_URL is not set"));
  CHECK(missing(github(), &Variables::github_repository).starts_with("GITHUB_REPOSITORY is not set"));
  CHECK(missing(github(), &Variables::github_ref).starts_with("GITHUB_REF is not set"));
  CHECK(
      error_of({}) ==
      "This is neither a GitLab nor a GitHub pipeline: neither CI_MERGE_REQUEST_IID nor GITHUB_REF is set.");
  Variables both = gitlab();
  both.github_actions = true;
  CHECK(error_of(both).starts_with("Variables of both a GitLab and a GitHub pipeline are set"));
}

TEST_CASE("what would lead elsewhere is refused") {
  Variables variables = gitlab();
  for (const char* number : {"", "7/../../users", "-1", "7 ", "1234567890123456789"}) {
    variables = gitlab();
    variables.gitlab_merge_request = number;
    CHECK(error_of(variables).starts_with("CI_MERGE_REQUEST_IID cannot be used"));
    variables = gitlab();
    variables.gitlab_project = number;
    CHECK(error_of(variables).starts_with("CI_PROJECT_ID cannot be used"));
  }
  for (const char* repository : {"", "ops", "ops/..", "../x", "ops/a/b", "ops/a?b", "/a"}) {
    variables = github();
    variables.github_repository = repository;
    CHECK(error_of(variables).starts_with("GITHUB_REPOSITORY cannot be used"));
  }
  for (const char* ref : {"", "refs/heads/main", "refs/pull/merge", "refs/pull//merge", "refs/pull/x/merge",
                          "refs/pull/7/head"}) {
    variables = github();
    variables.github_ref = ref;
    CHECK(error_of(variables).find("is not the ref of a pull request") != std::string::npos);
  }
  variables = github();
  variables.github_graphql = "https://other.example.com/api/graphql";
  CHECK(error_of(variables).find("name different servers") != std::string::npos);
  variables = github();
  variables.github_api = "http://github.example.com/api/v3";
  CHECK(error_of(variables).starts_with("GITHUB_API_URL cannot be used: Plain http:// would send the token"));
  CHECK(find_place(gitlab(), http::PlainHttp::kAllowed));
}

}  // namespace
}  // namespace rollcall::forge
