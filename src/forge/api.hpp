#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "forge/forge.hpp"
#include "http/transport.hpp"

namespace rollcall::forge {

/// What errors say.
struct Wording {
  /// GitLab or GitHub.
  std::string forge;
  /// The variable that holds the token.
  std::string token;
  /// merge request !7 of project 42
  std::string place;
  /// What the token has to be allowed, as sentences.
  std::string rights;
};

/// Requests to a forge's API, and their responses as JSON or as errors that say what to do.
class Api {
 public:
  /// `headers` go with each request.
  Api(std::unique_ptr<http::Transport> transport, Clock& clock, Wording wording, http::Headers headers)
      : transport_(std::move(transport)),
        clock_(clock),
        wording_(std::move(wording)),
        headers_(std::move(headers)) {}

  /// A request that changes nothing and is not about the merge or pull request. `sense` follows «asked to».
  Expected<nlohmann::json> read(http::Request request, std::string_view sense);
  /// Hands over each item of a list that comes in pages.
  Expected<void> read_pages(const std::string& path, std::string_view sense,
                            const std::function<void(const nlohmann::json&)>& on_item);
  /// A new comment in the list at `path`.
  Written create(const std::string& path, const std::string& body);
  /// Another text for the comment that has this path by itself; `method` as the forge wants it.
  Written update(http::Method method, const std::string& path, std::int64_t id, const std::string& body);

  [[nodiscard]] const Wording& wording() const { return wording_; }

 private:
  /// A request that answers with the comment that it wrote.
  Written write(http::Request request, std::string_view sense);
  http::Request with_headers(http::Request request) const;
  [[nodiscard]] Error no_response(const http::TransportError& error, std::string_view sense) const;
  [[nodiscard]] Error refusal(const http::Response& response, std::string_view sense) const;
  [[nodiscard]] Error lack_of_rights(const http::Response& response, std::string_view sense) const;
  [[nodiscard]] Error not_the_api(const http::Response& response, std::string_view sense) const;

  std::unique_ptr<http::Transport> transport_;
  Clock& clock_;
  Wording wording_;
  http::Headers headers_;
};

/// The integer at a key of an object; 0 where there is none.
std::int64_t id_at(const nlohmann::json& object, const char* key);
/// The string at a key of an object; empty where there is none.
std::string text_at(const nlohmann::json& object, const char* key);
/// The value at a key of an object; null where there is none.
nlohmann::json value_at(const nlohmann::json& object, const char* key);

}  // namespace rollcall::forge
