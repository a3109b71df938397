#include "forge/gitlab.hpp"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "forge/api.hpp"

namespace rollcall::forge {
namespace {

class Gitlab final : public Forge {
 public:
  Gitlab(const Place& place, std::unique_ptr<http::Transport> transport, Clock& clock)
      : api_(std::move(transport), clock,
             {"GitLab", "ROLLCALL_GITLAB_TOKEN",
              fmt::format("{} of project {}", describe(place), place.project),
              "It has to be an access token of this project with the role Reporter and the scope `api`."},
             {{"Accept", "application/json"}}),
        user_(place.api_path + "/user"),
        notes_(fmt::format("{}/projects/{}/merge_requests/{}/notes", place.api_path, place.project,
                           place.number)) {}

  Expected<std::string> own_user() override {
    http::Request request;
    request.path = user_;
    const auto user = api_.read(std::move(request), "say whose the token is");
    if (!user) return tl::unexpected<Error>(user.error());
    if (const std::int64_t id = id_at(*user, "id"); id > 0) return std::to_string(id);
    return fail("GitLab did not say whose the token of ROLLCALL_GITLAB_TOKEN is.",
                "Without that it is unknown which comments are its own. Check CI_API_V4_URL.");
  }

  Expected<std::vector<Comment>> comments_of(const std::string& author) override {
    std::vector<Comment> comments;
    const auto read = api_.read_pages(
        notes_ + "?sort=asc&order_by=created_at",
        fmt::format("list the comments of {}", api_.wording().place), [&](const nlohmann::json& note) {
          if (std::to_string(id_at(value_at(note, "author"), "id")) == author && id_at(note, "id") > 0)
            comments.push_back({id_at(note, "id"), text_at(note, "body")});
        });
    if (!read) return tl::unexpected<Error>(read.error());
    return comments;
  }

  Written create(const std::string& body) override { return api_.create(notes_, body); }

  Written update(std::int64_t id, const std::string& body) override {
    return api_.update(http::Method::kPut, fmt::format("{}/{}", notes_, id), id, body);
  }

 private:
  Api api_;
  std::string user_;
  std::string notes_;
};

}  // namespace

http::Credentials gitlab_credentials(Secret token) {
  return {"PRIVATE-TOKEN", std::move(token)};
}

std::unique_ptr<Forge> make_gitlab(const Place& place, std::unique_ptr<http::Transport> transport,
                                   Clock& clock) {
  return std::make_unique<Gitlab>(place, std::move(transport), clock);
}

}  // namespace rollcall::forge
