#include "saver.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace sandbox {
namespace {

constexpr const char* kFormat = "rollcall-sandbox-data";

bool write_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  const bool whole = written == text.size() && ::fsync(file) == 0;
  return (::close(file) == 0) && whole && std::rename(draft.c_str(), path.c_str()) == 0;
}

}  // namespace

std::optional<std::string> load_data(World& world, const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    return "Cannot read " + path + ": " + std::strerror(errno);
  }
  std::stringstream text;
  text << file.rdbuf();
  try {
    const Json json = Json::parse(text.str());
    if (json.at("format") != kFormat || json.at("version") != 1) {
      return path +
             " is not a data file of this rollcall-sandbox. Move it away, or name another with --data.";
    }
    world.data = Data::from_json(json.at("data"));
  } catch (const nlohmann::json::exception& error) {
    return path + " is broken: " + error.what() + ". Move it away to start empty.";
  }
  return std::nullopt;
}

Saver::Saver(World& world, std::string path)
    : world_(world), path_(std::move(path)), thread_([this] { run(); }) {}

Saver::~Saver() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
  }
  thread_.join();
  save();
}

void Saver::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    wake_.wait_for(lock, std::chrono::milliseconds(100));
    save();
  }
}

void Saver::save() {
  Json data;
  std::uint64_t changes = 0;
  {
    const Lock lock(world_.mutex);
    if (world_.changes == saved_) return;
    changes = world_.changes;
    data = world_.data.to_json();
  }
  const Json file = {{"format", kFormat}, {"version", 1}, {"data", std::move(data)}};
  if (write_file(path_, file.dump() + "\n")) {
    saved_ = changes;
  } else {
    std::cerr << "rollcall-sandbox: cannot write " << path_ << ": " << std::strerror(errno) << std::endl;
  }
}

}  // namespace sandbox
