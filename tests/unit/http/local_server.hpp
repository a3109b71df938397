#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace rollcall::testing {

/// The next request on a connection, head and body; empty once the client has closed it.
inline std::string read_request(int connection) {
  std::string request;
  std::size_t wanted = std::string::npos;
  char byte = 0;
  while (request.size() < wanted && recv(connection, &byte, 1, 0) == 1) {
    request += byte;
    if (wanted != std::string::npos || !request.ends_with("\r\n\r\n")) continue;
    const std::size_t length = request.find("Content-Length: ");
    wanted = request.size() + (length == std::string::npos ? 0 : std::stoul(request.substr(length + 16)));
  }
  return request;
}

inline void write_text(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// A listening socket on loopback, and its port.
inline std::pair<int, std::uint16_t> listen_on_loopback(int backlog) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, backlog) != 0 ||
      getsockname(listener, generic, &size) != 0)
    throw std::runtime_error("no loopback socket");
  return {listener, ntohs(address.sin_port)};
}

/// A port whose queue of connections is full: further ones are neither taken nor refused.
class FullListener {
 public:
  FullListener() {
    std::tie(listener_, port_) = listen_on_loopback(0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    for (int& waiting : waiting_) {
      waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      connect(waiting, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    }
  }
  ~FullListener() {
    for (const int waiting : waiting_) close(waiting);
    close(listener_);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::array<int, 4> waiting_{};
};

/// A socket on loopback in this process. Each connection is given, one after the other, to `serve` with its
/// number, and closed after it.
class LocalServer {
 public:
  explicit LocalServer(std::function<void(int connection, int number)> serve) {
    std::tie(listener_, port_) = listen_on_loopback(8);
    thread_ = std::jthread([this, serve = std::move(serve)](const std::stop_token& stop) {
      for (int number = 0; !stop.stop_requested();) {
        if (deaf_) return;
        pollfd waiting{listener_, POLLIN, 0};
        if (poll(&waiting, 1, 20) != 1) continue;
        const int connection = accept(listener_, nullptr, nullptr);
        serve(connection, number++);
        close(connection);
      }
    });
  }
  ~LocalServer() {
    thread_.request_stop();
    thread_.join();
    if (!deaf_) close(listener_);
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// For `serve`: from now on connections are refused.
  void stop_listening() {
    close(listener_);
    deaf_ = true;
  }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> deaf_{false};
  std::jthread thread_;
};

}  // namespace rollcall::testing
