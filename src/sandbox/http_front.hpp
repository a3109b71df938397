#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "message.hpp"

namespace sandbox {

// The HTTP server on 127.0.0.1: connections kept alive without limit and without a thread each, and the
// headers of the real server (no Date, no Keep-Alive).
class HttpFront {
 public:
  // Sends the response to one request; the first call counts. Any thread may call it, at any time.
  using Respond = std::function<void(Reply)>;
  // Calls `respond` before it returns, or hands it on and returns: no other request waits for one that is
  // held.
  using Handler = std::function<void(Message message, Respond respond)>;

  // Keeps count of the open connections in `connections`, which has to outlive it.
  HttpFront(Handler handler, std::atomic<int>& connections);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  // The port bound (a free one for 0), or 0 when it cannot be had.
  int bind(int port);
  // Serves from here on, on threads of its own; false when it cannot.
  bool start();
  // Closes all connections, those of held requests too.
  void stop();

 private:
  class Exchange;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sandbox
