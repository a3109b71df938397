#include "forge/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace rollcall::forge {
namespace {

constexpr std::string_view kGitlabRule =
    "Run it in the pipeline of a merge request: give the job "
    "`rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]`.";
constexpr std::string_view kGithubRule = "Run it in a workflow that starts `on: pull_request`.";
/// Digits of an id that fits into 64 bits.
constexpr std::size_t kMostDigits = 18;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<Error> missing(std::string_view variable, Kind kind, std::string hint = {}) {
  if (hint.empty())
    hint = fmt::format("{} sets it in each of its jobs; pass it on to this one.", to_string(kind));
  return fail(fmt::format("{} is not set, so it is unknown where to comment.", variable), std::move(hint));
}

tl::unexpected<Error> unusable(std::string_view variable, std::string_view value, std::string_view expected) {
  return fail(
      fmt::format("{} cannot be used: `{}` is not {}.", variable, printable(shown_value(value)), expected),
      "The pipeline sets it: check what else does.");
}

Expected<http::ServerUrl> parse_api(std::string_view variable, const std::string& value,
                                    http::PlainHttp plain_http) {
  auto url = http::parse_server_url(value, plain_http);
  if (url) return url;
  return fail(fmt::format("{} cannot be used: {}", variable, url.error().message),
              "The pipeline sets it, and the token goes there: https://, or http:// to this machine; "
              "--allow-http allows it elsewhere.");
}

/// The address of a page for the browser, which can be printed as it is; empty for what is none.
std::string page_of(const std::optional<std::string>& base, std::string_view rest) {
  if (!base || !http::parse_server_url(*base, http::PlainHttp::kAllowed)) return {};
  return fmt::format("{}{}", *base, rest);
}

Expected<Place> find_on_gitlab(const Variables& variables, http::PlainHttp plain_http) {
  if (!variables.gitlab_api) return missing("CI_API_V4_URL", Kind::kGitlab);
  const auto& project =
      variables.gitlab_target_project ? variables.gitlab_target_project : variables.gitlab_project;
  if (!project) return missing("CI_PROJECT_ID", Kind::kGitlab);
  if (!variables.gitlab_merge_request)
    return missing("CI_MERGE_REQUEST_IID", Kind::kGitlab,
                   fmt::format("This pipeline is not one of a merge request. {}", kGitlabRule));
  auto api = parse_api("CI_API_V4_URL", *variables.gitlab_api, plain_http);
  if (!api) return tl::unexpected<Error>(api.error());
  if (!is_number(*project))
    return unusable(variables.gitlab_target_project ? "CI_MERGE_REQUEST_PROJECT_ID" : "CI_PROJECT_ID",
                    *project, "a number");
  const std::string& number = *variables.gitlab_merge_request;
  if (!is_number(number)) return unusable("CI_MERGE_REQUEST_IID", number, "a number");
  Place place;
  place.kind = Kind::kGitlab;
  place.api_path = std::exchange(api->path, {});
  place.host = std::move(*api);
  place.project = *project;
  place.number = number;
  place.page = page_of(variables.gitlab_project_url, "/-/merge_requests/" + number);
  return place;
}

/// OWNER/NAME, of characters that need no escape and lead nowhere else.
bool is_repository(std::string_view text) {
  const auto is_part = [](std::string_view part) {
    constexpr std::string_view kOther = "-._";
    return !part.empty() && part != "." && part != ".." && std::all_of(part.begin(), part.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             kOther.find(c) != std::string_view::npos;
    });
  };
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1));
}

/// The number in refs/pull/N/merge; empty for another ref.
std::string pull_request_of(std::string_view ref) {
  constexpr std::string_view kBefore = "refs/pull/";
  constexpr std::string_view kAfter = "/merge";
  if (!ref.starts_with(kBefore) || !ref.ends_with(kAfter) || ref.size() < kBefore.size() + kAfter.size())
    return {};
  const std::string_view number = ref.substr(kBefore.size(), ref.size() - kBefore.size() - kAfter.size());
  return is_number(number) ? std::string(number) : std::string();
}

/// Where GitHub has its other API: https://api.github.com/graphql, and /api/graphql beside the /api/v3 of a
/// server of one's own.
std::string graphql_beside(std::string_view api) {
  constexpr std::string_view kVersion = "/v3";
  while (api.ends_with('/')) api.remove_suffix(1);
  if (api.ends_with("/api/v3")) api.remove_suffix(kVersion.size());
  return std::string(api) + "/graphql";
}

Expected<Place> find_on_github(const Variables& variables, http::PlainHttp plain_http) {
  if (!variables.github_api) return missing("GITHUB_API_URL", Kind::kGithub);
  if (!variables.github_repository) return missing("GITHUB_REPOSITORY", Kind::kGithub);
  if (!variables.github_ref) return missing("GITHUB_REF", Kind::kGithub);
  const std::string number = pull_request_of(*variables.github_ref);
  if (number.empty())
    return fail(fmt::format("GITHUB_REF is `{}`, which is not the ref of a pull request (refs/pull/N/merge).",
                            printable(shown_value(*variables.github_ref))),
                std::string(kGithubRule));
  auto api = parse_api("GITHUB_API_URL", *variables.github_api, plain_http);
  if (!api) return tl::unexpected<Error>(api.error());
  auto graphql =
      parse_api("GITHUB_GRAPHQL_URL",
                variables.github_graphql.value_or(graphql_beside(*variables.github_api)), plain_http);
  if (!graphql) return tl::unexpected<Error>(graphql.error());
  const std::string& repository = *variables.github_repository;
  if (!is_repository(repository)) return unusable("GITHUB_REPOSITORY", repository, "OWNER/NAME");
  Place place;
  place.kind = Kind::kGithub;
  place.api_path = std::exchange(api->path, {});
  place.graphql_path = std::exchange(graphql->path, {});
  if (*api != *graphql)
    return fail(
        "GITHUB_API_URL and GITHUB_GRAPHQL_URL name different servers, and the token goes to one only.",
        "GitHub sets both: check what else does.");
  place.host = std::move(*api);
  place.project = repository;
  place.number = number;
  place.page = page_of(variables.github_server, fmt::format("/{}/pull/{}", repository, number));
  return place;
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kind == Kind::kGitlab ? "GitLab" : "GitHub";
}

std::string describe(const Place& place) {
  return fmt::format("{}{}", place.kind == Kind::kGitlab ? "merge request !" : "pull request #",
                     place.number);
}

std::string describe_comment(const Place& place, std::int64_t id) {
  if (place.page.empty()) return fmt::format("{} of {}", id, describe(place));
  return fmt::format("{}#{}{}", place.page, place.kind == Kind::kGitlab ? "note_" : "issuecomment-", id);
}

Expected<Place> find_place(const Variables& variables, http::PlainHttp plain_http) {
  const bool gitlab = variables.gitlab_ci || variables.gitlab_api || variables.gitlab_target_project ||
                      variables.gitlab_project || variables.gitlab_merge_request;
  const bool github = variables.github_actions || variables.github_api || variables.github_graphql ||
                      variables.github_repository || variables.github_ref;
  if (gitlab && github)
    return fail(
        "Variables of both a GitLab and a GitHub pipeline are set, so it is unknown where to comment.",
        "Unset those of the one that does not run this job: CI_… are GitLab's, GITHUB_… GitHub's.");
  if (gitlab) return find_on_gitlab(variables, plain_http);
  if (github) return find_on_github(variables, plain_http);
  return fail(
      "This is neither a GitLab nor a GitHub pipeline: neither CI_MERGE_REQUEST_IID nor GITHUB_REF is set.",
      fmt::format("On GitLab: {} On GitHub: {}", kGitlabRule, kGithubRule));
}

}  // namespace rollcall::forge
