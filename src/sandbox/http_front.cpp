#include "http_front.hpp"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <set>

#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::size_t kThreads = 128;
// cpp-httplib reads forms and multipart bodies itself when it sees their type, so it sees another name.
constexpr const char* kContentType = "X-Sandbox-Content-Type";

thread_local bool drop_connection = false;

// A connection of our own making: cpp-httplib's closes only after an answer. Writes are gathered until the
// answer is whole, and left out when the connection is to be dropped.
class Connection : public httplib::Stream {
 public:
  explicit Connection(socket_t socket) : socket_(socket) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  socket_t socket() const override { return socket_; }

  ssize_t read(char* target, size_t size) override {
    if (start_ == end_ && !fill()) return 0;
    const size_t count = std::min(size, end_ - start_);
    std::copy_n(buffer_.data() + start_, count, target);
    start_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* source, size_t size) override {
    if (!drop_connection) unsent_.append(source, size);
    return static_cast<ssize_t>(size);
  }

  // Waits for the next request; false when the client has gone.
  bool await() { return start_ < end_ || fill(); }

  bool flush() {
    std::size_t sent = 0;
    while (sent < unsent_.size()) {
      const ssize_t count = ::send(socket_, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      sent += static_cast<std::size_t>(count);
    }
    unsent_.clear();
    return true;
  }

 private:
  socket_t socket_;
  std::array<char, 16384> buffer_{};
  size_t start_ = 0;
  size_t end_ = 0;
  std::string unsent_;

  bool fill() {
    // 100 Continue must be out before its body can come.
    if (!flush()) return false;
    ssize_t count = 0;
    do {
      count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    } while (count < 0 && errno == EINTR);
    start_ = 0;
    end_ = count > 0 ? static_cast<size_t>(count) : 0;
    return count > 0;
  }
};

Message message_of(const httplib::Request& request) {
  Message message;
  message.method = request.method;
  const std::size_t question = request.target.find('?');
  message.path = request.target.substr(0, question);
  if (question != std::string::npos) message.query = request.target.substr(question + 1);
  for (const auto& [name, value] : request.headers) {
    const bool renamed = name == kContentType;
    message.headers.emplace(renamed ? "content-type" : lower(name), value);
  }
  message.body = request.body;
  return message;
}

std::string request_id(const Message& message) {
  std::string id;
  for (const char c : message.header("x-request-id")) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '@';
    if (kept && id.size() < 255) id += c;
  }
  return id.empty() ? random_uuid() : id;
}

void add_headers(httplib::Response& response, const Message& message, const Reply& reply) {
  if (reply.kind == ReplyKind::kJson) {
    for (const auto& [name, value] : {std::pair("x-frame-options", "SAMEORIGIN"),
                                      {"x-xss-protection", "0"},
                                      {"x-content-type-options", "nosniff"},
                                      {"x-download-options", "noopen"},
                                      {"x-permitted-cross-domain-policies", "none"},
                                      {"referrer-policy", "strict-origin-when-cross-origin"}}) {
      response.set_header(name, value);
    }
  }
  const bool tagged = reply.kind == ReplyKind::kJson && reply.status == 200 && !reply.body.empty();
  if (tagged) {
    const std::string etag = "W/\"" + fingerprint(reply.body) + "\"";
    response.set_header("etag", etag);
    response.set_header("cache-control", "max-age=0, private, must-revalidate");
    const bool reads = message.method == "GET" || message.method == "HEAD";
    if (reads && message.header("if-none-match") == etag) response.status = 304;
  } else if (reply.kind == ReplyKind::kJson || reply.kind == ReplyKind::kThrottled) {
    response.set_header("cache-control", "no-cache");
  }
}

void fill(httplib::Response& response, const Message& message, const Reply& reply, double seconds) {
  response.status = reply.status;
  add_headers(response, message, reply);
  std::array<char, 32> runtime{};
  std::snprintf(runtime.data(), runtime.size(), "%.6f", seconds);
  response.set_header("x-request-id", request_id(message));
  response.set_header("x-runtime", runtime.data());
  if (response.status == 304) return;
  response.set_header("content-type", reply.content_type);
  if (message.method != "HEAD") response.body = reply.body;
}

}  // namespace

class HttpFront::Impl : public httplib::Server {
 public:
  Impl(HttpFront::Handler handler, std::atomic<int>& connections)
      : handler_(std::move(handler)), connections_(connections) {
    new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    set_tcp_nodelay(true);
    // The default shares the port with whoever asks for it too.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      serve(request, response);
    };
    Get(".*", answer);
    Post(".*", answer);
    Put(".*", answer);
    Patch(".*", answer);
    Delete(".*", answer);
    Options(".*", answer);
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (request.method != "TRACE" && request.method != "CONNECT") return HandlerResponse::Unhandled;
      serve(request, response);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
    });
  }

  void close_all() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const socket_t socket : open_) ::shutdown(socket, SHUT_RDWR);
    if (is_running()) stop();
  }

  bool stopping() const { return stopping_; }

 private:
  HttpFront::Handler handler_;
  std::atomic<int>& connections_;
  std::mutex mutex_;
  std::set<socket_t> open_;
  std::atomic<bool> stopping_ = false;

  void serve(const httplib::Request& request, httplib::Response& response) {
    const auto start = std::chrono::steady_clock::now();
    const Message message = message_of(request);
    const Reply reply = handler_(message);
    if (reply.kind == ReplyKind::kDropped) drop_connection = true;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    fill(response, message, reply, taken.count());
  }

  bool process_and_close_socket(socket_t socket) override {
    if (enter(socket)) {
      Connection connection(socket);
      bool closed = false;
      while (!closed && !stopping_ && connection.await()) {
        drop_connection = false;
        const bool fine = process_request(connection, false, closed, prepare);
        if (!fine || drop_connection || !connection.flush()) break;
      }
      leave(socket);
    }
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
  }

  bool enter(socket_t socket) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    open_.insert(socket);
    ++connections_;
    return true;
  }

  void leave(socket_t socket) {
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    --connections_;
  }

  // Between the headers and the body: takes from cpp-httplib what the real server does otherwise. Without a
  // length it would wait for one, and it refuses bodies that call themselves compressed.
  static void prepare(httplib::Request& request) {
    const auto type = request.headers.find("Content-Type");
    if (type != request.headers.end()) {
      const std::string value = type->second;
      request.headers.erase("Content-Type");
      request.headers.emplace(kContentType, value);
    }
    request.headers.erase("Content-Encoding");
    request.headers.erase("Range");
    request.headers.erase("Accept-Encoding");
    const bool sized = request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
    if (!sized) request.set_header("Content-Length", "0");
  }
};

HttpFront::HttpFront(Handler handler, std::atomic<int>& connections)
    : impl_(std::make_unique<Impl>(std::move(handler), connections)) {}

HttpFront::~HttpFront() = default;

int HttpFront::bind(int port) {
  if (port == 0) return std::max(impl_->bind_to_any_port("127.0.0.1"), 0);
  return impl_->bind_to_port("127.0.0.1", port) ? port : 0;
}

void HttpFront::run() {
  if (!impl_->stopping()) impl_->listen_after_bind();
}

void HttpFront::stop() {
  impl_->close_all();
}

}  // namespace sandbox
