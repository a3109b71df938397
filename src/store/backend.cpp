#include "store/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "store/http_store.hpp"
#include "store/local_journals.hpp"
#include "store/local_store.hpp"
#include "store/postgres_store.hpp"
#include "store/postgres_url.hpp"
#include "store/s3_store.hpp"

namespace rollcall::store {
namespace {

Expected<Backend> open_file(const std::filesystem::path& path, IsOurs is_state) {
  if (path.empty())
    return fail("The name of the state is empty.", "Name a file, such as rollcall.state.json.");
  auto store = std::make_shared<LocalStore>(path, std::move(is_state));
  auto journals = std::make_shared<LocalJournals>(store->file());
  return Backend{std::move(store), std::move(journals), false};
}

/// What the files of a state are called that lives elsewhere: to be read, and its own.
std::string name_of_files(const std::string& state) {
  constexpr std::size_t kDigits = 12;
  std::string name = state.substr(state.find("://") + 3);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.');
      },
      '-');
  constexpr std::size_t kLongest = 150;
  return fmt::format("{}-{}", name.substr(0, kLongest), sha256(state).substr(0, kDigits));
}

using OpenedStore = Expected<std::shared_ptr<Store>>;

OpenedStore open_http(const StateUrl& url, const Reach& reach) {
  const auto server = parse_http_state(url);
  if (!server) return tl::unexpected<Error>(server.error());
  const auto credentials = reach.credentials(*server);
  if (!credentials) return tl::unexpected<Error>(credentials.error());
  return std::make_shared<HttpStore>(*server, reach.connect({*server, *credentials}),
                                     credentials->has_value(), reach.run.on_left_lock);
}

OpenedStore open_s3(const StateUrl& url, const Reach& reach) {
  auto place = parse_s3_state(url);
  if (!place) return tl::unexpected<Error>(place.error());
  auto region = region_of(*place, reach.region);
  if (!region) return tl::unexpected<Error>(region.error());
  place->region = std::move(*region);
  const auto credentials = reach.signing(*place);
  if (!credentials) return tl::unexpected<Error>(credentials.error());
  const auto connect = [connect = reach.connect, lease = reach.run.lease, server = bucket_url(*place),
                        credentials = *credentials](std::optional<std::chrono::milliseconds> limit) {
    return connect({server, credentials, limit ? nullptr : lease, limit});
  };
  return std::make_shared<S3Store>(std::move(*place), S3Reach{connect, reach.run});
}

OpenedStore open_postgres(const StateUrl& url, const Reach& reach) {
  const auto parsed = parse_postgres_state(url);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  auto place = find_postgres(*parsed, reach.postgres.ca_file);
  if (!place) return tl::unexpected<Error>(place.error());
  return std::make_shared<PostgresStore>(std::move(*place), parsed->name, parsed->lease, reach.postgres,
                                         reach.run);
}

OpenedStore open_engine(const StateUrl& url, const Reach& reach) {
  if (url.scheme == "s3") return open_s3(url, reach);
  if (is_postgres(url)) return open_postgres(url, reach);
  return open_http(url, reach);
}

Expected<Backend> open_shared(const StateUrl& url, const Reach& reach) {
  if (!reach.connect) return fail(fmt::format("There is no way to reach the state {}.", url.text));
  const auto folder = reach.journals();
  if (!folder) return tl::unexpected<Error>(folder.error());
  auto store = open_engine(url, reach);
  if (!store) return tl::unexpected<Error>(store.error());
  auto journals = std::make_shared<LocalJournals>(*folder / name_of_files((*store)->name()),
                                                  LocalJournals::Folder::kMade);
  return Backend{std::move(*store), std::move(journals), true};
}

}  // namespace

Expected<Backend> open_backend(const Location& location, IsOurs is_state, const Reach& reach) {
  if (auto supported = require_supported(location); !supported)
    return tl::unexpected<Error>(supported.error());
  if (const auto* url = std::get_if<StateUrl>(&location)) return open_shared(*url, reach);
  return open_file(std::get<std::filesystem::path>(location), std::move(is_state));
}

}  // namespace rollcall::store
