#include "model/access.hpp"

#include <array>

namespace rollcall::model {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& words, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (words.at(i) == text) return static_cast<Enum>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 2> kRoles = {"agent", "administrator"};
constexpr std::array<std::string_view, 3> kOnRemove = {"retain", "suspend", "delete"};
constexpr std::array<std::string_view, 3> kProvenances = {"created", "bound", "adopted"};

}  // namespace

std::span<const std::string_view> role_words() {
  return kRoles;
}
std::string_view to_string(Role role) {
  return kRoles.at(static_cast<std::size_t>(role));
}
std::optional<Role> parse_role(std::string_view text) {
  return parse<Role>(kRoles, text);
}

std::span<const std::string_view> on_remove_words() {
  return kOnRemove;
}
std::string_view to_string(OnRemove on_remove) {
  return kOnRemove.at(static_cast<std::size_t>(on_remove));
}
std::optional<OnRemove> parse_on_remove(std::string_view text) {
  return parse<OnRemove>(kOnRemove, text);
}

std::string_view to_string(Provenance provenance) {
  return kProvenances.at(static_cast<std::size_t>(provenance));
}
std::optional<Provenance> parse_provenance(std::string_view text) {
  return parse<Provenance>(kProvenances, text);
}

}  // namespace rollcall::model
