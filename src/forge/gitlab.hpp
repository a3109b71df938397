#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "forge/forge.hpp"
#include "forge/place.hpp"
#include "http/credentials.hpp"
#include "http/transport.hpp"

namespace rollcall::forge {

/// How GitLab wants an access token.
http::Credentials gitlab_credentials(Secret token);

/// The notes of a merge request. `transport` leads to the host of the place.
std::unique_ptr<Forge> make_gitlab(const Place& place, std::unique_ptr<http::Transport> transport,
                                   Clock& clock);

}  // namespace rollcall::forge
