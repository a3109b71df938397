// Writes an estate of given size: a roster, and the recorded state that it leads to, so that its plan is
// empty.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "state/state.hpp"

namespace {

using rollcall::model::Field;
using rollcall::model::Grant;
using rollcall::model::Role;

struct Size {
  std::uint32_t accounts = 0;
  std::uint32_t users = 0;
  std::uint32_t grants = 0;
  std::uint32_t seed = 1;
};

rollcall::model::Directory make_directory(const Size& size) {
  rollcall::model::Directory directory;
  for (std::uint32_t i = 0; i < size.accounts; ++i)
    directory.accounts.intern(fmt::format("account-{:05}", i));
  for (std::uint32_t i = 0; i < size.users; ++i) {
    directory.users.intern(fmt::format("user-{:06}@example.com", i));
  }
  return directory;
}

// Every account gets its share of users, chosen by the seed; the first of them and one in ten are
// administrators.
std::vector<Grant> make_grants(const Size& size) {
  std::mt19937 random(size.seed);
  std::vector<std::uint32_t> users(size.users);
  for (std::uint32_t i = 0; i < size.users; ++i) users[i] = i;
  std::vector<Grant> grants;
  grants.reserve(size.grants);
  for (std::uint32_t account = 0; account < size.accounts; ++account) {
    const std::uint32_t share = size.grants / size.accounts + (account < size.grants % size.accounts ? 1 : 0);
    for (std::uint32_t i = 0; i < share; ++i) {
      // A partial shuffle, with arithmetic that every standard library does alike.
      std::swap(users[i], users[i + random() % (size.users - i)]);
      const Role role = i % 10 == 0 ? Role::kAdministrator : Role::kAgent;
      grants.push_back({rollcall::model::AccountRef{account}, rollcall::model::UserRef{users[i]}, role});
    }
  }
  std::sort(grants.begin(), grants.end());
  return grants;
}

std::string roster_text(const rollcall::model::Directory& directory, const Size& size,
                        const std::vector<Grant>& grants) {
  std::string text = "version: 1\n\naccounts:\n";
  const auto out = std::back_inserter(text);
  for (std::uint32_t i = 0; i < size.accounts; ++i) {
    fmt::format_to(out, "  {}: {{name: Account {}, locale: en}}\n",
                   directory.key(rollcall::model::AccountRef{i}), i);
  }
  text += "\nusers:\n";
  for (std::uint32_t i = 0; i < size.users; ++i) {
    fmt::format_to(out, "  {}: {{name: User {}}}\n", directory.key(rollcall::model::UserRef{i}), i);
  }
  text += "\ngrants:\n";
  auto at = grants.begin();
  for (std::uint32_t i = 0; i < size.accounts; ++i) {
    const rollcall::model::AccountRef account{i};
    const auto end =
        std::find_if(at, grants.end(), [&](const Grant& grant) { return grant.account != account; });
    for (const Role role : {Role::kAdministrator, Role::kAgent}) {
      if (std::none_of(at, end, [&](const Grant& grant) { return grant.role == role; })) continue;
      fmt::format_to(out, "  - role: {}\n    accounts: [{}]\n    users:\n", rollcall::model::to_string(role),
                     directory.key(account));
      for (auto grant = at; grant != end; ++grant) {
        if (grant->role == role) fmt::format_to(out, "      - {}\n", directory.key(grant->user));
      }
    }
    at = end;
  }
  return text;
}

rollcall::state::State make_state(const Size& size, std::vector<Grant> grants) {
  rollcall::state::State state;
  state.lineage = "00000000-0000-4000-8000-000000000000";
  state.serial = 1;
  state.server = "http://127.0.0.1:9";
  for (std::uint32_t i = 0; i < size.accounts; ++i) {
    rollcall::model::RecordedAccount account;
    account.ref = rollcall::model::AccountRef{i};
    account.id = i + 1;
    account.nonce = fmt::format("{:032x}", i);
    account.settings.set(Field::kName, fmt::format("Account {}", i));
    account.settings.set(Field::kLocale, "en");
    state.estate.accounts.push_back(std::move(account));
  }
  for (std::uint32_t i = 0; i < size.users; ++i) {
    rollcall::model::RecordedUser user;
    user.ref = rollcall::model::UserRef{i};
    user.id = i + 1;
    user.nonce = fmt::format("{:032x}", i);
    user.settings.set(Field::kName, fmt::format("User {}", i));
    state.estate.users.push_back(std::move(user));
  }
  state.estate.grants = std::move(grants);
  return state;
}

bool parse(std::string_view text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) std::cerr << "Cannot write " << path.string() << "\n";
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  Size size;
  if (arguments.size() != 5 || !parse(arguments[1], size.accounts) || !parse(arguments[2], size.users) ||
      !parse(arguments[3], size.grants) || !parse(arguments[4], size.seed)) {
    std::cerr << "Usage: bench_generate FOLDER ACCOUNTS USERS GRANTS SEED\n";
    return 1;
  }
  if (size.accounts == 0 || size.users < (size.grants + size.accounts - 1) / size.accounts) {
    std::cerr << "There must be an account, and no fewer users than grants in each account.\n";
    return 1;
  }
  const std::filesystem::path folder(arguments[0]);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    std::cerr << "Cannot make " << folder.string() << ": " << error.message() << "\n";
    return 1;
  }
  const rollcall::model::Directory directory = make_directory(size);
  const std::vector<Grant> grants = make_grants(size);
  const std::string roster = roster_text(directory, size, grants);
  const std::string state = rollcall::state::encode(make_state(size, grants), directory);
  return write(folder / "roster.yaml", roster) && write(folder / "rollcall.state.json", state) ? 0 : 1;
}
