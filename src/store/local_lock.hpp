#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"

namespace rollcall::store {

/// Takes an flock on the file at `path`, making it with mode 0600 where there is none, and writes `info` into
/// it. `state` is what messages call the state that it protects.
Expected<std::unique_ptr<Lock>> lock_file(const std::string& path, const std::string& state,
                                          const LockInfo& info, const LockWait& wait, Clock& clock);

/// Whether another process holds that lock. A missing file is a free lock; one that cannot be opened is
/// unknown.
LockSight look_at_lock_file(const std::string& path);

}  // namespace rollcall::store
