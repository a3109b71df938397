#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/server_url.hpp"
#include "http/transport.hpp"
#include "store/lock_wait.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// A state on a server that speaks the protocol of Terraform's HTTP backend, such as the one that GitLab has
/// for every project. Its lock has no end of its own: a run that dies leaves it, and `remove_lock` takes it
/// away. Versions are digests. Used by one thread at a time.
class HttpStore final : public Store {
 public:
  /// `transport` leads to the address of the state itself. Without credentials (`authenticated`) the requests
  /// show none.
  /// `on_left` is told where the lock of an open state could not be let go at the end.
  HttpStore(const http::ServerUrl& url, std::unique_ptr<http::Transport> transport, bool authenticated,
            std::function<void(const Error&)> on_left = nullptr);

  [[nodiscard]] std::string name() const override { return name_; }
  Expected<std::optional<Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override;
  /// Unknown: to ask is to lock.
  LockSight look_at_lock() override { return {LockSight::Kind::kUnknown, {}}; }
  Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) override;
  Expected<void> remove_lock(const std::string& id) override;

 private:
  class HttpLock;

  using Answer = tl::expected<http::Response, http::TransportError>;

  [[nodiscard]] Answer send(http::Request request);
  Expected<LockAttempt> try_lock(const LockInfo& info);
  /// Whose lock it is decides what a refusal means after an attempt whose end is unknown.
  enum class Whose : std::uint8_t { kOurs, kAnothers };
  Expected<void> unlock(const std::string& id, Whose whose);
  Expected<void> require_version(const std::optional<std::string>& expected);
  [[nodiscard]] Error no_answer(const http::TransportError& error, std::string_view what) const;
  [[nodiscard]] Error refusal(const http::Response& response, std::string_view what) const;

  std::string name_;
  std::unique_ptr<http::Transport> transport_;
  bool authenticated_;
  /// POST and DELETE on ADDRESS/lock instead of LOCK and UNLOCK on the address.
  bool locks_by_path_;
  std::function<void(const Error&)> on_left_;
  /// Of the lock that this process holds; empty: none.
  std::string lock_id_;
  /// The version of a write of this process that may stand there by now; empty: none.
  std::string uncertain_;
};

}  // namespace rollcall::store
