#pragma once

#include <condition_variable>
#include <optional>
#include <string>
#include <thread>

#include "world.hpp"

namespace sandbox {

// Reads the data of a file into the world; a missing file is an empty installation. What is wrong otherwise.
std::optional<std::string> load_data(World& world, const std::string& path);

// Writes the data to a file within a tenth of a second of a change, and at the end: whole, by rename, mode
// 0600, since users' tokens are in it.
class Saver {
 public:
  Saver(World& world, std::string path);
  ~Saver();
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;

 private:
  World& world_;
  std::string path_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::uint64_t saved_ = 0;
  std::thread thread_;

  void run();
  void save();
};

}  // namespace sandbox
