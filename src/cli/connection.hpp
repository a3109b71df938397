#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/error.hpp"
#include "cli/session.hpp"
#include "http/retry.hpp"
#include "http/server_url.hpp"
#include "http/throttle.hpp"
#include "http/transport.hpp"
#include "model/desired.hpp"
#include "model/live.hpp"
#include "model/recorded.hpp"
#include "observe/observe.hpp"

namespace rollcall::cli {

/// The server that the settings name; an error that says how to name one where they do not.
Expected<http::ServerUrl> server_of(const Session& session);

/// Its identity, or an empty text where the settings name no server.
Expected<std::string> server_identity(const Session& session);

/// A way to the server with the token, the pace and the log of this run.
class Connection {
 public:
  /// Reads the token; warns of a token file that others can read.
  static Expected<std::unique_ptr<Connection>> open(Session& session, std::stop_token stop);

  [[nodiscard]] const http::MakeTransport& make_transport() const { return make_transport_; }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }

 private:
  Connection(Session& session, std::stop_token stop);

  std::stop_token stop_;
  http::Throttle throttle_;
  http::MakeTransport make_transport_;
};

/// What to read of the server. Managed objects; where there is a roster (`desired` is not nullptr) also what
/// its `id:` names, what was released and is wanted again, and whether an account that its removal suspended
/// still is.
observe::Targets targets_of(const model::RecordedEstate& recorded, const model::DesiredEstate* desired,
                            const model::Directory& directory);

/// Reads the targets from the server, with a live line on a terminal. The number of workers is that of the
/// settings.
Expected<model::LiveEstate> read_server(Session& session, const Connection& connection,
                                        const observe::Targets& targets, observe::Options options = {});

}  // namespace rollcall::cli
