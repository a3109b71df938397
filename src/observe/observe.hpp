#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/error.hpp"
#include "http/transport.hpp"
#include "model/directory.hpp"
#include "model/live.hpp"

namespace rollcall::observe {

/// What is read: ids in any order.
struct Targets {
  /// With their members.
  std::vector<model::ServerId> accounts;
  std::vector<model::ServerId> users;
  std::vector<model::ServerId> bots;
  std::vector<model::ServerId> accounts_without_members{};
  /// RecordedEstate::accounts_seen_to: where a search by id begins.
  model::ServerId accounts_seen_to = 0;
  /// Whether a member of an account who is no target may stay unread where there are more than
  /// model::kMaxUnlistedRead. Empty: none may.
  std::function<bool(model::ServerId account, model::ServerId user)> may_stay_unread{};
};

struct Options {
  /// Threads, each with a connection of its own.
  std::size_t workers = 8;
  /// Leave users' own settings unread: of the users of the targets, and of members that are not among them.
  bool skip_users = false;
  /// Read the bots' listing even where the targets name no bot.
  bool list_bots = false;
};

/// Requests done and known to be needed so far; the total may grow. Calls never overlap, and must not wait:
/// the workers would wait with them.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

/// Reads the server with one request a fact: the listing of accounts (where it is broken: each account, and
/// ids upward for those that are unknown), the members of each account, each user, members who are no
/// target once each for their address (model::kMaxUnlistedRead of them, those who may stay unread last, else
/// by their ids), and bots by their listing (where it is broken: each bot). The result is sorted by id and
/// does not depend on the number of workers. A read that fails stays with its object (Sight::kFailed). An
/// error: the token is refused, the server cannot be reached or is no Chatwoot, or the run was stopped.
Expected<model::LiveEstate> read_server(const Targets& targets, const Options& options,
                                        const http::MakeTransport& make_transport,
                                        const std::stop_token& stop, const Progress& progress = nullptr);

}  // namespace rollcall::observe
