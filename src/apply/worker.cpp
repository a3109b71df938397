#include "apply/worker.hpp"

#include <utility>

namespace rollcall::apply {

tl::expected<http::Response, http::TransportError> RetryObserver::send(const http::Request& request) {
  auto answer = inner_->send(request);
  repeated_ = repeated_ || (answer && answer->earlier_attempt_unknown);
  return answer;
}

bool RetryObserver::take_repeated() {
  return std::exchange(repeated_, false);
}

}  // namespace rollcall::apply
