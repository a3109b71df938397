#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "forge/forge.hpp"
#include "forge/place.hpp"
#include "http/credentials.hpp"
#include "http/transport.hpp"

namespace rollcall::forge {

/// How GitHub wants a token.
http::Credentials github_credentials(Secret token);

/// The comments of a pull request. `transport` leads to the host of the place.
std::unique_ptr<Forge> make_github(const Place& place, std::unique_ptr<http::Transport> transport,
                                   Clock& clock);

}  // namespace rollcall::forge
