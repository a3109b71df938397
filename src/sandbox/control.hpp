#pragma once

#include <functional>
#include <string>

#include "journal.hpp"
#include "threads.hpp"
#include "world.hpp"

namespace sandbox {

// The endpoint /_sandbox/ for tests, described in docs/sandbox.md. Any thread may call.
class Control {
 public:
  Control(World& world, Journal& journal) : world_(world), journal_(journal) {}
  // Responds before it returns, or later where a fault is waited for.
  void handle(Message message, std::function<void(Reply)> respond);

 private:
  World& world_;
  Journal& journal_;
  Threads threads_;

  Reply answer(const Message& message);
  Reply perform(const Message& message);
  Reply faults(const Message& message, const std::string& rest, const Json& body);
  Reply settings(const Message& message, const Json& body);
  Reply create_user(const Json& body);
  Reply run_jobs(const std::string& which);
  Reply reset(const Json& body);
  Reply snapshot();
};

// The settings as JSON, and the change of those that are named. What is wrong with the change, or nothing;
// then nothing has been changed.
Json settings_json(const Settings& settings);
std::optional<std::string> change_settings(Settings& settings, const Json& change);

// The data without secrets, for comparison: accounts with their members, users, bots, who may see what.
Json snapshot_json(const World& world);

}  // namespace sandbox
