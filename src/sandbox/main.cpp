#include <csignal>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "api.hpp"
#include "control.hpp"
#include "http_front.hpp"
#include "jobs.hpp"
#include "options.hpp"
#include "router.hpp"
#include "saver.hpp"

namespace {

bool is_control(const std::string& path) {
  return path == "/_sandbox" || path.rfind("/_sandbox/", 0) == 0;
}

// Serves until SIGINT or SIGTERM; those are blocked first so that no other thread takes them.
int serve(const sandbox::Options& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  sandbox::World world;
  world.settings = options.settings;
  world.apps = options.tokens;
  if (!options.data.empty()) {
    if (const auto problem = sandbox::load_data(world, options.data)) {
      std::cerr << "rollcall-sandbox: " << *problem << "\n";
      return 1;
    }
  }
  sandbox::Journal journal;
  sandbox::Api api(world, journal, options.seed.value_or(std::random_device{}()));
  sandbox::Control control(world, journal);
  sandbox::HttpFront front(
      [&](sandbox::Message message, sandbox::HttpFront::Respond respond) {
        if (is_control(sandbox::normalized(message.path))) {
          control.handle(std::move(message), std::move(respond));
        } else {
          api.handle(std::move(message), std::move(respond));
        }
      },
      world.connections);

  const int port = front.bind(options.port);
  if (port == 0) {
    std::cerr << "rollcall-sandbox: Cannot listen on port " << options.port
              << ". Choose another with --port.\n";
    return 1;
  }
  const std::string address = "http://127.0.0.1:" + std::to_string(port);
  world.settings.frontend_url = address;
  const sandbox::JobRunner jobs(world);
  std::optional<sandbox::Saver> saver;
  if (!options.data.empty()) saver.emplace(world, options.data);
  if (!front.start()) {
    std::cerr << "rollcall-sandbox: Cannot serve on port " << port << ": out of memory, threads or files.\n";
    return 1;
  }
  std::cout << "listening on " << address << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  // In this order: what was held must find its connection closed.
  front.stop();
  world.faults.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const sandbox::ParsedOptions parsed = sandbox::parse_options(argc, argv);
  if (!parsed.complaint.empty()) {
    std::cerr << "rollcall-sandbox: " << parsed.complaint << ". See rollcall-sandbox --help.\n";
    return 1;
  }
  if (parsed.options.help) {
    std::cout << sandbox::help_text();
    return 0;
  }
  return serve(parsed.options);
}
