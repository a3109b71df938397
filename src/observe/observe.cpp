#include "observe/observe.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/parallel.hpp"
#include "chatwoot/client.hpp"
#include "observe/accounts.hpp"

namespace rollcall::observe {
namespace {

using chatwoot::CallError;
using chatwoot::Client;
using chatwoot::ErrorKind;
using chatwoot::Result;
using model::ServerId;
using model::Sight;

Sight sight_of(const CallError& error) {
  if (error.kind == ErrorKind::kNotFound) return Sight::kMissing;
  if (error.kind == ErrorKind::kNotPermitted) return Sight::kNotPermitted;
  return Sight::kFailed;
}

std::vector<ServerId> sorted(std::vector<ServerId> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

bool contains(const std::vector<ServerId>& sorted_ids, ServerId id) {
  return std::binary_search(sorted_ids.begin(), sorted_ids.end(), id);
}

/// One entry for every id of `known` and every object of `listed`, sorted by id. What is only known is
/// kNotRead.
template <class Object>
std::vector<Object> joined(std::vector<Object> listed, const std::vector<ServerId>& known) {
  const std::size_t listed_count = listed.size();
  const auto by_id = [](const Object& object, ServerId id) { return object.id < id; };
  for (const ServerId id : known) {
    const auto end = listed.begin() + static_cast<std::ptrdiff_t>(listed_count);
    const auto at = std::lower_bound(listed.begin(), end, id, by_id);
    if (at != end && at->id == id) continue;
    Object object;
    object.id = id;
    listed.push_back(std::move(object));
  }
  std::sort(listed.begin(), listed.end(), [](const Object& a, const Object& b) { return a.id < b.id; });
  return listed;
}

class Reader {
 public:
  Reader(const Targets& targets, const Options& options, const http::MakeTransport& make_transport,
         const std::stop_token& stop, const Progress& progress)
      : accounts_(sorted(targets.accounts)),
        accounts_without_members_(sorted(targets.accounts_without_members)),
        users_(sorted(targets.users)),
        bots_(sorted(targets.bots)),
        accounts_seen_to_(targets.accounts_seen_to),
        may_stay_unread_(targets.may_stay_unread),
        options_(options),
        progress_(progress),
        outer_stop_(stop),
        // A stop from outside and a fatal response end the run in the same way.
        forward_(stop, [this] { stop_.request_stop(); }) {
    const std::size_t workers = std::max<std::size_t>(options.workers, 1);
    for (std::size_t i = 0; i < workers; ++i) transports_.push_back(make_transport());
  }

  Expected<model::LiveEstate> run() {
    list();
    read_objects();
    read_unlisted_users();
    const std::lock_guard lock(mutex_);
    if (outer_stop_.stop_requested()) return fail("The run was stopped before the server was read.");
    if (fatal_) return tl::unexpected(chatwoot::to_error(*fatal_));
    return std::move(estate_);
  }

 private:
  void list() {
    Client client(*transports_.front());
    const bool list_bots = options_.list_bots || !bots_.empty();
    expect(list_bots ? 2 : 1);
    list_accounts(client);
    estate_.accounts = joined(std::move(estate_.accounts), accounts_);
    estate_.accounts = joined(std::move(estate_.accounts), accounts_without_members_);
    if (list_bots && !stop_.stop_requested()) list_bots_of(client);
    estate_.bots = joined(std::move(estate_.bots), bots_);
    if (options_.skip_users) return;
    for (const ServerId id : users_) add_user(id);
  }

  void list_accounts(Client& client) {
    const AccountsKnown known{accounts_seen_to_, accounts_.empty() ? 0 : accounts_.back(),
                              [&](ServerId id) { return contains(accounts_, id); }};
    SeenAccounts seen = see_accounts(client, known, [&](ServerId) {
      expect(1);
      count();
    });
    count();
    estate_.accounts_listing = seen.listing;
    estate_.accounts_seen_to = seen.seen_to;
    estate_.accounts = std::move(seen.accounts);
    if (!seen.failure) return;
    // One account that cannot be read ends the search, and nothing else.
    if (!seen.search_failed || chatwoot::is_fatal(*seen.failure)) return give_up(*seen.failure);
    estate_.accounts_failure = seen.failure->message;
  }

  /// A listing that is broken or not there: the known bots are read one by one then. Anything else is no
  /// ground to go on.
  void list_bots_of(Client& client) {
    auto listed = ask_three_times([&] { return client.list_bots(); });
    count();
    estate_.bots_listed = listed.has_value();
    if (listed)
      estate_.bots = std::move(*listed);
    else if (!is_broken_listing(listed.error()))
      give_up(listed.error());
  }

  /// Every account, known user and, where their listing did not tell, bot: one task each, on all workers.
  void read_objects() {
    const std::size_t accounts = estate_.accounts.size();
    const std::size_t users = estate_.users.size();
    for (const model::LiveAccount& account : estate_.accounts) {
      if (account.sight == Sight::kNotRead) expect(1);
      if (wants_members(account)) expect(1);
    }
    expect(users);
    for (const model::LiveBot& bot : estate_.bots)
      if (bot.sight == Sight::kNotRead) expect(1);
    in_parallel(accounts + users + estate_.bots.size(), [&](Client& client, std::size_t index) {
      if (index < accounts)
        read_account(client, estate_.accounts[index]);
      else if (index < accounts + users)
        read_user(client, estate_.users[index - accounts]);
      else
        read_bot(client, estate_.bots[index - accounts - users]);
    });
  }

  /// Members who are no target: read once each, for their address.
  void read_unlisted_users() {
    if (options_.skip_users || stop_.stop_requested()) return;
    const std::vector<ServerId> unlisted = unlisted_to_read();
    const std::size_t first = estate_.users.size();
    for (const ServerId id : unlisted) add_user(id);
    expect(unlisted.size());
    in_parallel(unlisted.size(),
                [&](Client& client, std::size_t index) { read_user(client, estate_.users[first + index]); });
    std::sort(estate_.users.begin(), estate_.users.end(),
              [](const model::LiveUser& a, const model::LiveUser& b) { return a.id < b.id; });
  }

  /// At most kMaxUnlistedRead; counts those who are left out although somebody has to know them.
  std::vector<ServerId> unlisted_to_read() {
    std::vector<ServerId> needed;
    std::vector<ServerId> others;
    for (const model::LiveAccount& account : estate_.accounts)
      for (const model::LiveMember& member : account.members) {
        if (contains(users_, member.user_id)) continue;
        const bool may_stay_unread = may_stay_unread_ && may_stay_unread_(account.id, member.user_id);
        (may_stay_unread ? others : needed).push_back(member.user_id);
      }
    std::vector<ServerId> unlisted = sorted(std::move(needed));
    const std::size_t needed_count = unlisted.size();
    if (needed_count > model::kMaxUnlistedRead)
      estate_.unlisted_not_read = needed_count - model::kMaxUnlistedRead;
    for (const ServerId id : sorted(std::move(others)))
      if (!std::binary_search(unlisted.begin(), unlisted.begin() + static_cast<std::ptrdiff_t>(needed_count),
                              id))
        unlisted.push_back(id);
    unlisted.resize(std::min(unlisted.size(), model::kMaxUnlistedRead));
    return unlisted;
  }

  [[nodiscard]] bool wants_members(const model::LiveAccount& account) const {
    return contains(accounts_, account.id);
  }

  void read_account(Client& client, model::LiveAccount& account) {
    if (account.sight == Sight::kNotRead) {
      read(client.get_account(account.id), account);
      if (account.sight != Sight::kSeen) {
        // Its members would fail in the same way.
        if (wants_members(account)) count();
        account.members_sight = account.sight;
        account.members_failure = account.failure;
        return;
      }
    }
    if (!wants_members(account) || stop_.stop_requested()) return;
    auto members = client.list_members(account.id);
    if (members) {
      account.members_sight = Sight::kSeen;
      account.members = std::move(*members);
    } else {
      account.members_sight = sight_of(members.error());
      if (account.members_sight == Sight::kFailed) account.members_failure = members.error().message;
      note(members.error());
    }
    count();
  }

  void read_user(Client& client, model::LiveUser& user) { read(client.get_user(user.id), user); }

  void read_bot(Client& client, model::LiveBot& bot) {
    if (bot.sight == Sight::kNotRead) read(client.get_bot(bot.id), bot);
  }

  template <class Object>
  void read(Result<Object> answer, Object& into) {
    if (answer) {
      into = std::move(*answer);
    } else {
      into.sight = sight_of(answer.error());
      if (into.sight == Sight::kFailed) into.failure = answer.error().message;
      note(answer.error());
    }
    count();
  }

  void add_user(ServerId id) {
    model::LiveUser user;
    user.id = id;
    estate_.users.push_back(std::move(user));
  }

  template <class Work>
  void in_parallel(std::size_t count, const Work& work) {
    run_parallel(count, transports_.size(), stop_.get_token(), [&](std::size_t worker, std::size_t index) {
      Client client(*transports_[worker]);
      work(client, index);
    });
  }

  void note(const CallError& error) {
    if (chatwoot::is_fatal(error)) give_up(error);
  }

  void give_up(const CallError& error) {
    {
      const std::lock_guard lock(mutex_);
      if (!fatal_) fatal_ = error;
    }
    stop_.request_stop();
  }

  void expect(std::size_t requests) { total_ += requests; }

  void count() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (progress_) progress_(done_, total_);
  }

  const std::vector<ServerId> accounts_;
  const std::vector<ServerId> accounts_without_members_;
  const std::vector<ServerId> users_;
  const std::vector<ServerId> bots_;
  const ServerId accounts_seen_to_;
  const std::function<bool(ServerId, ServerId)> may_stay_unread_;
  const Options& options_;
  const Progress& progress_;
  const std::stop_token outer_stop_;
  std::vector<std::unique_ptr<http::Transport>> transports_;
  model::LiveEstate estate_;

  std::mutex mutex_;
  std::optional<CallError> fatal_;
  std::size_t done_ = 0;
  /// Changed only between the parallel parts.
  std::size_t total_ = 0;
  std::stop_source stop_;
  /// Last: its callback uses the rest, from any thread.
  std::stop_callback<std::function<void()>> forward_;
};

}  // namespace

Expected<model::LiveEstate> read_server(const Targets& targets, const Options& options,
                                        const http::MakeTransport& make_transport,
                                        const std::stop_token& stop, const Progress& progress) {
  return Reader(targets, options, make_transport, stop, progress).run();
}

}  // namespace rollcall::observe
