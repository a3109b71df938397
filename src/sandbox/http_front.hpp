#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "message.hpp"

namespace sandbox {

// The HTTP server on 127.0.0.1: connections kept alive without limit, one thread each, and the headers of
// the real server (no Date, no Keep-Alive).
class HttpFront {
 public:
  using Handler = std::function<Reply(const Message&)>;

  // Keeps count of the open connections in `connections`, which has to outlive it.
  HttpFront(Handler handler, std::atomic<int>& connections);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  // The port bound (a free one for 0), or 0 when it cannot be had.
  int bind(int port);
  // Serves until stop().
  void run();
  // Closes all connections; may be called from another thread, before run() too.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sandbox
