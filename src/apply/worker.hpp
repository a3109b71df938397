#pragma once

#include <memory>

#include "chatwoot/client.hpp"
#include "http/transport.hpp"

namespace rollcall::apply {

/// Watches a worker's responses for writes that were sent more than once.
class RetryObserver final : public http::Transport {
 public:
  explicit RetryObserver(std::unique_ptr<http::Transport> inner) : inner_(std::move(inner)) {}
  tl::expected<http::Response, http::TransportError> send(const http::Request& request) override;
  /// Whether a request since the last call was repeated after an attempt whose outcome is unknown.
  bool take_repeated();

 private:
  std::unique_ptr<http::Transport> inner_;
  bool repeated_ = false;
};

/// One connection and the client that speaks over it. Used by one thread at a time.
struct Worker {
  explicit Worker(std::unique_ptr<http::Transport> transport)
      : witness(std::move(transport)), client(witness) {}
  RetryObserver witness;
  chatwoot::Client client;
};

}  // namespace rollcall::apply
