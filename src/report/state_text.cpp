#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"
#include "report/state_view.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

constexpr std::size_t kWidestAddress = 60;

std::string settings_lines(const RecordedObject& object) {
  std::string out;
  std::size_t columns = 0;
  for (const model::Setting& setting : *object.settings)
    columns = std::max(columns, columns_of(printable(model::to_string(setting.name))));
  if (!object.settings->empty()) out += "settings\n";
  for (const model::Setting& setting : *object.settings)
    out += fmt::format("  {}  {}\n", pad(printable(model::to_string(setting.name)), columns),
                       shown(setting.value));
  return out;
}

std::string grant_lines(const std::vector<RecordedGrant>& grants) {
  std::string out;
  if (!grants.empty()) out += "grants\n";
  for (const RecordedGrant& grant : grants)
    out += fmt::format("  {}  {}\n", printable(grant.address), to_string(grant.role));
  return out;
}

std::string unlisted_lines(const std::vector<model::UnlistedMember>& members) {
  std::string out;
  if (!members.empty()) out += "unlisted members, as last seen\n";
  for (const model::UnlistedMember& member : members)
    out += fmt::format("  {}  {}\n",
                       member.email ? printable(*member.email) : fmt::format("#{}", member.user_id),
                       member.role ? to_string(*member.role) : "no role");
  return out;
}

}  // namespace

std::string state_list_text(const model::RecordedEstate& recorded, const model::Directory& directory,
                            bool grants) {
  const std::vector<RecordedObject> objects = recorded_objects(recorded, directory);
  std::size_t columns = 0;
  for (const RecordedObject& object : objects)
    columns = std::max(columns, columns_of(printable(object.address)));
  columns = std::min(columns, kWidestAddress);
  std::string out;
  for (const RecordedObject& object : objects) {
    out += fmt::format("{}  id {}, {}", pad(printable(object.address), columns), object.id,
                       to_string(object.provenance));
    for (const std::string& mark : marks_of(object)) out += ", " + mark;
    out += '\n';
  }
  if (grants)
    for (const RecordedGrant& grant : recorded_grants(recorded, directory))
      out += fmt::format("{}  {}\n", pad(printable(grant.address), columns), to_string(grant.role));
  return out.empty() ? "Nothing is recorded.\n" : out;
}

Expected<std::string> state_show_text(const model::RecordedEstate& recorded,
                                      const model::Directory& directory, const model::Address& address) {
  if (address.kind == model::ObjectKind::kGrant)
    return find_recorded_grant(recorded, directory, address).map([](const RecordedGrant& grant) {
      return fmt::format("{}\nrole  {}\n", printable(grant.address), to_string(grant.role));
    });
  return find_recorded(recorded, directory, address).map([&](const RecordedObject& object) {
    std::string out = printable(object.address) + "\n";
    out += fmt::format("id          {}\n", object.id);
    out += fmt::format("provenance  {}\n", to_string(object.provenance));
    out += fmt::format("on_remove   {}\n", to_string(object.on_remove));
    const std::vector<std::string> marks = marks_of(object);
    out += fmt::format("status      {}\n",
                       marks.empty() ? "managed" : fmt::format("{}", fmt::join(marks, ", ")));
    out += settings_lines(object);
    out += grant_lines(grants_of(recorded, directory, object));
    return out + unlisted_lines(object.unlisted);
  });
}

}  // namespace rollcall::report
