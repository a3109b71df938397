#include "forge/github.hpp"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "forge/api.hpp"

namespace rollcall::forge {
namespace {

/// The words of a query that failed, after a colon; empty where it has none.
std::string first_error(const nlohmann::json& response) {
  const nlohmann::json errors = value_at(response, "errors");
  const std::string words =
      errors.is_array() && !errors.empty() ? text_at(errors.front(), "message") : std::string();
  return words.empty() ? "" : ": " + printable(shown_value(words));
}

class Github final : public Forge {
 public:
  Github(const Place& place, std::unique_ptr<http::Transport> transport, Clock& clock)
      : api_(std::move(transport), clock,
             {"GitHub", "GITHUB_TOKEN", fmt::format("{} of {}", describe(place), place.project),
              "Give the job `permissions: {pull-requests: write}`. The pull request of a fork gets a token "
              "that only "
              "reads."},
             {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}}),
        graphql_(place.graphql_path),
        comments_(fmt::format("{}/repos/{}/issues/{}/comments", place.api_path, place.project, place.number)),
        comment_(fmt::format("{}/repos/{}/issues/comments", place.api_path, place.project)) {}

  /// Asked by GraphQL, since a job's token may not read /user.
  Expected<std::string> own_user() override {
    http::Request request;
    request.method = http::Method::kPost;
    request.path = graphql_;
    request.body = nlohmann::json{{"query", "query { viewer { login } }"}}.dump();
    const auto response = api_.read(std::move(request), "say whose the token is");
    if (!response) return tl::unexpected<Error>(response.error());
    if (std::string login = text_at(value_at(value_at(*response, "data"), "viewer"), "login"); !login.empty())
      return login;
    return fail(
        fmt::format("GitHub did not say whose the token of GITHUB_TOKEN is{}.", first_error(*response)),
        "Without that it is unknown which comments are its own. Check GITHUB_GRAPHQL_URL.");
  }

  Expected<std::vector<Comment>> comments_of(const std::string& author) override {
    std::vector<Comment> comments;
    const auto read = api_.read_pages(
        comments_, fmt::format("list the comments of {}", api_.wording().place),
        [&](const nlohmann::json& comment) {
          if (text_at(value_at(comment, "user"), "login") == author && id_at(comment, "id") > 0)
            comments.push_back({id_at(comment, "id"), text_at(comment, "body")});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return comments;
  }

  Written create(const std::string& body) override { return api_.create(comments_, body); }

  Written update(std::int64_t id, const std::string& body) override {
    return api_.update(http::Method::kPatch, fmt::format("{}/{}", comment_, id), id, body);
  }

 private:
  Api api_;
  std::string graphql_;
  std::string comments_;
  std::string comment_;
};

}  // namespace

http::Credentials github_credentials(Secret token) {
  http::Credentials credentials{"Authorization", std::move(token)};
  credentials.scheme = "Bearer ";
  return credentials;
}

std::unique_ptr<Forge> make_github(const Place& place, std::unique_ptr<http::Transport> transport,
                                   Clock& clock) {
  return std::make_unique<Github>(place, std::move(transport), clock);
}

}  // namespace rollcall::forge
