#include "state/located_json.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using rollcall::state::Checked;
using rollcall::state::DocumentReader;
using rollcall::state::Node;
using rollcall::state::Path;
using rollcall::state::read_document;

namespace {

/// Writes down what it is told, and enters what it is told to.
class Listener final : public DocumentReader {
 public:
  explicit Listener(std::vector<Path> entered) : entered_(std::move(entered)) {}

  Checked<bool> enter(const Path& path, std::size_t) override {
    asked.push_back(path);
    return std::find(entered_.begin(), entered_.end(), path) != entered_.end();
  }
  Checked<void> member(const Path& path, std::string key, std::size_t, Node value) override {
    std::string name;
    for (const std::string& part : path) name += part + ".";
    told.push_back(name + key + (std::holds_alternative<Node::Map>(value.data) ? " {}" : ""));
    return {};
  }

  std::vector<Path> asked;
  std::vector<std::string> told;

 private:
  std::vector<Path> entered_;
};

constexpr const char* kDocument = R"({"a": 1, "b": {"c": {"d": 2}, "e": {}}, "f": 3})";

}  // namespace

TEST_CASE("a reader that enters nothing is told of each member of the document") {
  Listener listener({});
  REQUIRE(read_document(kDocument, listener));
  CHECK(listener.asked == std::vector<Path>{{"b"}});
  CHECK(listener.told == std::vector<std::string>{"a", "b {}", "f"});
}

TEST_CASE("members of an object that is entered come one by one") {
  Listener listener({{"b"}});
  REQUIRE(read_document(kDocument, listener));
  CHECK(listener.asked == std::vector<Path>{{"b"}, {"b", "c"}, {"b", "e"}});
  CHECK(listener.told == std::vector<std::string>{"a", "b.c {}", "b.e {}", "f"});
}

TEST_CASE("an empty document has no members") {
  Listener listener({});
  REQUIRE(read_document("{}", listener));
  CHECK(listener.asked.empty());
  CHECK(listener.told.empty());
}
