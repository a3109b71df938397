#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.hpp"

namespace rollcall::testing {

using Answer = tl::expected<http::Response, http::TransportError>;

inline Answer answer(int status, std::string body = "", std::string content_type = "application/json") {
  http::Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

inline Answer no_answer(http::Failure failure, bool may_have_arrived) {
  return tl::unexpected(http::TransportError{failure, may_have_arrived, "No response.", "Try again."});
}

/// A server in memory: a function from request to answer, and what it was asked. Safe for many threads.
class FakeServer {
 public:
  using Handler = std::function<Answer(const http::Request&)>;

  explicit FakeServer(Handler handler) : handler_(std::move(handler)) {}
  /// Gives these answers in turn; a request too many breaks the connection.
  explicit FakeServer(std::vector<Answer> script)
      : handler_([answers = std::deque<Answer>(script.begin(), script.end())](const http::Request&) mutable {
          if (answers.empty()) return no_answer(http::Failure::kBroken, true);
          Answer next = std::move(answers.front());
          answers.pop_front();
          return next;
        }) {}

  Answer handle(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return handler_(request);
  }
  [[nodiscard]] std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// Transports to this server, which has to outlive them.
  std::unique_ptr<http::Transport> connect();
  http::MakeTransport connections() {
    return [this] { return connect(); };
  }

 private:
  mutable std::mutex mutex_;
  Handler handler_;
  std::vector<http::Request> requests_;
};

class FakeTransport final : public http::Transport {
 public:
  explicit FakeTransport(FakeServer& server) : server_(server) {}
  Answer send(const http::Request& request) override { return server_.handle(request); }

 private:
  FakeServer& server_;
};

inline std::unique_ptr<http::Transport> FakeServer::connect() {
  return std::make_unique<FakeTransport>(*this);
}

}  // namespace rollcall::testing
