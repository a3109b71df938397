#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "http/retry.hpp"
#include "http/transport.hpp"

namespace rollcall::forge {

/// How long the forge wants nothing more, where the response says that its limit of requests is used up: 429,
/// and of GitHub also 403 with the words or headers of that. Nothing for another response.
std::optional<std::chrono::seconds> wait_of(const http::Response& response, Time now);

/// Waits as long as the forge says, and no longer than `most` in all: a response that asks for more comes
/// back to the caller.
http::PauseAfter pause_within(std::chrono::seconds most);

}  // namespace rollcall::forge
