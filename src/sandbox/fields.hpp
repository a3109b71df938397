#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data.hpp"
#include "json.hpp"

namespace sandbox {

// Characters that a string column of the server takes.
inline constexpr std::size_t kLongestText = 255;

// Whether a scalar was sent for the key; null counts, objects and lists do not (Rails drops those).
bool was_sent(const Json& params, const std::string& key);
// The object sent for the key, or null when something else or nothing was.
const Json* object_sent(const Json& params, const std::string& key);
Json nullable(const std::optional<std::string>& value);

// Collects what validation finds, in the server's words.
class Problems {
 public:
  void add(const std::string& attribute, const std::string& label, const std::string& text);
  void check_length(const std::string& attribute, const std::string& label,
                    const std::optional<std::string>& value, std::size_t longest);
  bool any() const { return !messages_.empty(); }
  const std::vector<std::string>& messages() const { return messages_; }
  const std::vector<std::string>& attributes() const { return attributes_; }

 private:
  std::vector<std::string> messages_;
  std::vector<std::string> attributes_;
};

// A value of an enumeration: names by number. Null and blank are null; a name must be exact, a number an
// index. False when the server would fail (500).
bool read_enum(const Json& value, const std::map<Id, std::string>& names, std::optional<std::string>& result);

// The feature flags in the server's order, with those that a new account has.
struct Feature {
  std::string name;
  bool on;
};
const std::vector<Feature>& all_features();
const std::map<Id, std::string>& all_locales();

Json features_json(const Account& account);
// What a list of problems with a password says; null is a password that is missing.
void check_password(const Json& value, Problems& problems);
void check_email(const std::string& email, Problems& problems);

}  // namespace sandbox
