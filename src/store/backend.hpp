#pragma once

#include <memory>

#include "base/error.hpp"
#include "base/owned_file.hpp"
#include "store/journals.hpp"
#include "store/location.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// What keeps one state: its bytes, wherever they live, and on this machine the journals that belong to it.
struct Backend {
  std::shared_ptr<Store> store;
  std::shared_ptr<Journals> journals;
};

/// The backend of a location. `is_state` tells the files of states from others by their start. An error where
/// this version keeps no state there.
Expected<Backend> open_backend(const Location& location, IsOurs is_state = nullptr);

}  // namespace rollcall::store
