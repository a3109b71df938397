#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "roster/keys.hpp"

namespace {

nlohmann::json schema() {
  std::ifstream stream(ROLLCALL_SOURCE_DIR "/schemas/roster.schema.json");
  return nlohmann::json::parse(stream);
}

std::set<std::string> keys_of(const nlohmann::json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

std::set<std::string> as_set(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

TEST_CASE("the schema knows just the keys that the parser knows") {
  const nlohmann::json whole = schema();
  std::set<std::string> places;
  for (const rollcall::roster::Place& place : rollcall::roster::known_keys()) {
    INFO(place.name);
    places.insert(place.name);
    const nlohmann::json& object = place.name == "roster" ? whole : whole.at("$defs").at(place.name);
    CHECK(keys_of(object.at("properties")) == as_set(place.keys));
    CHECK(object.at("additionalProperties") == false);
    std::set<std::string> required;
    if (object.contains("required"))
      for (const auto& name : object.at("required")) required.insert(name.get<std::string>());
    CHECK(required == as_set(place.required));
  }
  // Nor does it have a place that the parser does not have.
  for (const auto& [name, definition] : whole.at("$defs").items()) {
    INFO(name);
    if (definition.contains("properties")) CHECK(places.count(name) == 1);
  }
}
