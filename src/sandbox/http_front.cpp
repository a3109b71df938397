#include "http_front.hpp"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "text.hpp"

namespace sandbox {

// What the response repeats of its request, or depends on.
struct Asked {
  bool reads = false;  // GET or HEAD
  bool head = false;
  std::string known_etag;
  std::string request_id;
};

namespace {

constexpr int kBacklog = 1024;
constexpr unsigned kMostConnections = 8192;
// Of a request's line and headers. The library clears as much after each request, so more would cost time.
constexpr std::size_t kHeaderBytes = 32UL * 1024;
constexpr unsigned kMostThreads = 4;

using Clock = std::chrono::steady_clock;

std::string request_id_of(const Message& message) {
  std::string id;
  for (const char c : message.header("x-request-id")) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '@';
    if (kept && id.size() < 255) id += c;
  }
  return id.empty() ? random_uuid() : id;
}

Asked asked_of(const Message& message) {
  const bool head = message.method == "HEAD";
  return {head || message.method == "GET", head, message.header("if-none-match"), request_id_of(message)};
}

// A response as it goes out: its headers and body are decided here, their bytes by the library.
struct Outgoing {
  int status = 200;
  std::vector<std::pair<const char*, std::string>> headers;
  std::string body;
};

void add_security_headers(Outgoing& outgoing) {
  for (const auto& [name, value] : {std::pair("x-frame-options", "SAMEORIGIN"),
                                    {"x-xss-protection", "0"},
                                    {"x-content-type-options", "nosniff"},
                                    {"x-download-options", "noopen"},
                                    {"x-permitted-cross-domain-policies", "none"},
                                    {"referrer-policy", "strict-origin-when-cross-origin"}}) {
    outgoing.headers.emplace_back(name, value);
  }
}

void add_caching_headers(Outgoing& outgoing, const Asked& asked, const Reply& reply) {
  const bool tagged = reply.kind == ReplyKind::kJson && reply.status == 200 && !reply.body.empty();
  if (tagged) {
    const std::string etag = "W/\"" + fingerprint(reply.body) + "\"";
    outgoing.headers.emplace_back("etag", etag);
    outgoing.headers.emplace_back("cache-control", "max-age=0, private, must-revalidate");
    if (asked.reads && asked.known_etag == etag) outgoing.status = 304;
  } else if (reply.kind == ReplyKind::kJson || reply.kind == ReplyKind::kThrottled) {
    outgoing.headers.emplace_back("cache-control", "no-cache");
  }
}

Outgoing outgoing_of(const Asked& asked, Reply reply, double seconds) {
  Outgoing outgoing;
  outgoing.status = reply.status;
  if (reply.kind == ReplyKind::kJson) add_security_headers(outgoing);
  add_caching_headers(outgoing, asked, reply);
  std::array<char, 32> runtime{};
  std::snprintf(runtime.data(), runtime.size(), "%.6f", seconds);
  outgoing.headers.emplace_back("x-request-id", asked.request_id);
  outgoing.headers.emplace_back("x-runtime", runtime.data());
  if (outgoing.status == 304) return outgoing;
  outgoing.headers.emplace_back("content-type", reply.content_type);
  if (!asked.head) outgoing.body = std::move(reply.body);
  return outgoing;
}

MHD_Result send(MHD_Connection* connection, Outgoing outgoing) {
  MHD_Response* response =
      MHD_create_response_from_buffer(outgoing.body.size(), outgoing.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  for (const auto& [name, value] : outgoing.headers) MHD_add_response_header(response, name, value.c_str());
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(outgoing.status), response);
  MHD_destroy_response(response);
  return queued;
}

MHD_Result add_header(void* message, MHD_ValueKind /*kind*/, const char* name, const char* value) {
  static_cast<Message*>(message)->headers.emplace(lower(name), strip(value == nullptr ? "" : value));
  return MHD_YES;
}

// A listening socket of our own: its port is known, and clients may connect, before anything is served.
int listen_on(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (bound && ::listen(listener, kBacklog) == 0) return listener;
  ::close(listener);
  return -1;
}

int port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace

// One request and its response, which may come from any thread; the rest is the library's thread's own.
class HttpFront::Exchange {
 public:
  explicit Exchange(const char* target) {
    const std::string text = target;
    const std::size_t question = text.find('?');
    message.path = text.substr(0, question);
    if (question != std::string::npos) message.query = text.substr(question + 1);
  }

  Message message;     // until the handler has it
  bool begun = false;  // its headers are there

  // The whole request, for the handler; none where it has been taken.
  std::optional<Message> take() {
    if (asked_) return std::nullopt;
    asked_ = asked_of(message);
    return std::move(message);
  }

  void respond(Reply reply) {
    const std::lock_guard lock(mutex_);
    if (reply_) return;
    reply_ = std::move(reply);
    if (suspended_ != nullptr) MHD_resume_connection(std::exchange(suspended_, nullptr));
  }

  // Without a response yet, the connection sleeps until there is one; whether it does.
  bool suspend(MHD_Connection* connection) {
    const std::lock_guard lock(mutex_);
    if (reply_) return false;
    suspended_ = connection;
    MHD_suspend_connection(connection);
    return true;
  }

  // Once the handler has responded. MHD_NO closes the connection as it is.
  MHD_Result send(MHD_Connection* connection) {
    const std::lock_guard lock(mutex_);
    if (!reply_ || reply_->kind == ReplyKind::kDropped) return MHD_NO;
    const std::chrono::duration<double> taken = Clock::now() - start_;
    return sandbox::send(connection, outgoing_of(*asked_, std::move(*reply_), taken.count()));
  }

 private:
  Clock::time_point start_ = Clock::now();
  std::optional<Asked> asked_;
  std::mutex mutex_;  // of what follows
  std::optional<Reply> reply_;
  MHD_Connection* suspended_ = nullptr;
};

class HttpFront::Impl {
 public:
  Impl(Handler handler, std::atomic<int>& connections)
      : handler_(std::move(handler)), connections_(connections) {}

  ~Impl() {
    stop();
    if (listener_ >= 0) ::close(listener_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  int bind(int port) {
    listener_ = listen_on(port);
    return listener_ < 0 ? 0 : port_of(listener_);
  }

  bool start() {
    daemon_ = start_daemon();
    listener_ = -1;  // The daemon's from here on.
    return daemon_ != nullptr;
  }

  void stop() {
    if (daemon_ == nullptr) return;
    std::set<std::shared_ptr<Exchange>> suspended;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      suspended.swap(suspended_);
    }
    // The library ends no connection that sleeps.
    for (const auto& exchange : suspended) exchange->respond(dropped_reply());
    MHD_stop_daemon(std::exchange(daemon_, nullptr));
  }

 private:
  Handler handler_;
  std::atomic<int>& connections_;
  int listener_ = -1;
  MHD_Daemon* daemon_ = nullptr;
  std::mutex mutex_;  // of what follows
  bool stopping_ = false;
  std::set<std::shared_ptr<Exchange>> suspended_;

  // What the library keeps for each request; it hands it back at the request's end.
  using Context = std::shared_ptr<Exchange>;

  MHD_Daemon* start_daemon() {
    const unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
    return MHD_start_daemon(flags, 0, nullptr, nullptr, &Impl::on_request, this, MHD_OPTION_LISTEN_SOCKET,
                            listener_, MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
                            kMostConnections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kHeaderBytes,
                            MHD_OPTION_URI_LOG_CALLBACK, &Impl::on_target, this, MHD_OPTION_NOTIFY_COMPLETED,
                            &Impl::on_end, this, MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,
                            MHD_OPTION_END);
  }

  static void* on_target(void* /*impl*/, const char* target, MHD_Connection* /*connection*/) {
    return new Context(std::make_shared<Exchange>(target));
  }

  static void on_end(void* impl, MHD_Connection* /*connection*/, void** context,
                     MHD_RequestTerminationCode /*how*/) {
    const std::unique_ptr<Context> exchange(static_cast<Context*>(std::exchange(*context, nullptr)));
    if (exchange) static_cast<Impl*>(impl)->forget(*exchange);
  }

  static void on_connection(void* impl, MHD_Connection* /*connection*/, void** /*context*/,
                            MHD_ConnectionNotificationCode what) {
    static_cast<Impl*>(impl)->connections_ += what == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
  }

  // Comes with the headers, then with each part of the body, at its end, and again when the connection wakes.
  static MHD_Result on_request(void* impl, MHD_Connection* connection, const char* /*url*/,
                               const char* method, const char* /*version*/, const char* data, size_t* size,
                               void** context) {
    if (*context == nullptr) return MHD_NO;
    const Context& exchange = *static_cast<Context*>(*context);
    if (!std::exchange(exchange->begun, true)) {
      exchange->message.method = method;
      MHD_get_connection_values(connection, MHD_HEADER_KIND, &add_header, &exchange->message);
      return MHD_YES;
    }
    if (*size > 0) {
      exchange->message.body.append(data, std::exchange(*size, 0));
      return MHD_YES;
    }
    return static_cast<Impl*>(impl)->serve(connection, exchange);
  }

  MHD_Result serve(MHD_Connection* connection, const Context& exchange) {
    if (std::optional<Message> message = exchange->take()) {
      handler_(std::move(*message), [exchange](Reply reply) { exchange->respond(std::move(reply)); });
      const std::lock_guard lock(mutex_);
      if (stopping_) return MHD_NO;
      if (exchange->suspend(connection)) {
        suspended_.insert(exchange);
        return MHD_YES;
      }
    }
    return exchange->send(connection);
  }

  void forget(const Context& exchange) {
    const std::lock_guard lock(mutex_);
    suspended_.erase(exchange);
  }
};

HttpFront::HttpFront(Handler handler, std::atomic<int>& connections)
    : impl_(std::make_unique<Impl>(std::move(handler), connections)) {}

HttpFront::~HttpFront() = default;

int HttpFront::bind(int port) {
  return impl_->bind(port);
}

bool HttpFront::start() {
  return impl_->start();
}

void HttpFront::stop() {
  impl_->stop();
}

}  // namespace sandbox
