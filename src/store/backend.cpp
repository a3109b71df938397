#include "store/backend.hpp"

#include <utility>

#include "store/local_journals.hpp"
#include "store/local_store.hpp"

namespace rollcall::store {

Expected<Backend> open_backend(const Location& location, IsOurs is_state) {
  if (auto supported = require_supported(location); !supported)
    return tl::unexpected<Error>(supported.error());
  const auto& path = std::get<std::filesystem::path>(location);
  if (path.empty())
    return fail("The name of the state is empty.", "Name a file, such as rollcall.state.json.");
  auto store = std::make_shared<LocalStore>(path, std::move(is_state));
  auto journals = std::make_shared<LocalJournals>(store->file());
  return Backend{std::move(store), std::move(journals)};
}

}  // namespace rollcall::store
