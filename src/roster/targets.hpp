#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "model/desired.hpp"
#include "roster/context.hpp"

namespace rollcall::roster {

// What the tables of keys of accounts, users and bots share.

/// What the server takes, in characters (accounts.*, users.* and agent_bots.* of the recordings).
constexpr std::size_t kMaxName = 255;

template <class Object>
struct Target {
  Context& context;
  Object& object;
  /// The key that the object is defined under, or `defaults` gives its defaults under.
  yaml::Node key;
};

template <class Object, model::Field field, std::size_t limit>
void read_text(Target<Object>& target, yaml::Node key, yaml::Node value) {
  const std::string what = fmt::format("`{}`", key.text());
  if (const auto text = target.context.reader.text(value, what, limit))
    target.object.settings.set(field, std::string(*text));
}

/// Notes where an object is defined; reports a second definition and answers false.
template <class Ref>
bool define(Context& context, Definitions<Ref>& definitions, Ref ref, yaml::Node key, std::string_view what,
            std::string_view name) {
  const Origin first = definitions.find(ref);
  if (first.line == 0) {
    definitions.add(ref, key.origin(), key.text());
    return true;
  }
  // The same key twice in one mapping was reported when the file was parsed.
  if (first.file == key.origin().file && definitions.is_spelled(ref, key.text())) return false;
  const std::string other = key.text() == name ? std::string() : fmt::format(" ({})", name);
  context.problems.error(
      "R112", key.span(),
      fmt::format("the {} `{}`{} is already defined at {}", what, key.text(), other, context.where(first)),
      "remove one of the two; all files of a roster are read as one");
  return false;
}

}  // namespace rollcall::roster
