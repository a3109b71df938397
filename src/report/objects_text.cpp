#include "report/objects_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

// More new objects of one kind than this are counted by file; 50 lines are still read.
constexpr std::size_t kNewShown = 50;
// A before and after that would be wider than this stand in two lines.
constexpr std::size_t kWidestChange = 90;
constexpr std::size_t kWidestName = 40;
constexpr std::size_t kFilesNamed = 5;

struct Kind {
  std::size_t index;
  std::string_view heading;
  std::string_view singular;
  std::string_view plural;
};

constexpr std::array<Kind, 3> kKinds = {{{0, "Accounts", "new account", "new accounts"},
                                         {1, "People", "new person", "new people"},
                                         {2, "Agent bots", "new agent bot", "new agent bots"}}};

std::optional<model::ServerId> id_of(const plan::Action& action) {
  struct Id {
    std::optional<model::ServerId> operator()(const plan::AccountAction& a) const { return a.id; }
    std::optional<model::ServerId> operator()(const plan::UserAction& a) const { return a.id; }
    std::optional<model::ServerId> operator()(const plan::BotAction& a) const { return a.id; }
    std::optional<model::ServerId> operator()(const plan::GrantAction&) const { return std::nullopt; }
  };
  return std::visit(Id{}, action.object);
}

bool adopts(const plan::Action& action) {
  const auto* user = std::get_if<plan::UserAction>(&action.object);
  return user != nullptr && user->adopt;
}

/// What stands behind the verb: the reason where the verb does not say it already, and the place in the
/// roster.
std::string because(const plan::Action& action, const plan::Plan& plan, const Context& context) {
  std::string out;
  switch (action.reason) {
    case plan::ReasonCode::kNew:
    case plan::ReasonCode::kSettingsDiffer:
    case plan::ReasonCode::kBindRequested:
      break;
    default:
      out = ", " + reason_text(action, plan, context);
  }
  if (action.origin.line != 0) out += ", " + place(action.origin, context.files);
  if (action.blocked) out += "; blocked: run with --allow-deletes";
  return out;
}

class ObjectLines {
 public:
  ObjectLines(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
              const Style& style)
      : plan_(plan),
        recorded_(recorded),
        context_(context),
        paint_(style.colour),
        leavers_(leavers_of(plan)) {}

  [[nodiscard]] std::string write(const plan::Action& action, std::size_t name_columns) const {
    std::string out = fmt::format("  {} {}  {}{}\n", paint_.sign(sign_of(action)),
                                  padded(short_name(action, context_.directory), name_columns),
                                  verb_text(action), because(action, plan_, context_));
    out += setting_lines(action);
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object))
      out += account_notes(action, *account);
    return out;
  }

 private:
  struct Line {
    std::string name;
    std::string before;
    std::string after;
    /// The line of `defaults` that asks for it.
    Origin default_origin;
  };

  [[nodiscard]] static std::vector<Line> lines_of(const plan::Action& action) {
    const plan::SettingsEffect& settings = *plan::settings_of(action);
    const auto default_of = [&](const model::SettingName& name) {
      return model::default_origin(settings.defaulted, name);
    };
    std::vector<Line> lines;
    if (action.verb == plan::Verb::kBind) {
      for (const model::Setting& setting : settings.wanted)
        lines.push_back({printable(model::to_string(setting.name)), "unknown", shown(setting.value),
                         default_of(setting.name)});
    } else {
      const std::string_view absent = action.verb == plan::Verb::kCreate ? "" : "not recorded";
      for (const model::SettingChange& change : settings.changes)
        lines.push_back({printable(model::to_string(change.name)),
                         change.before ? shown(*change.before) : std::string(absent), shown(change.after),
                         default_of(change.name)});
    }
    const bool created = action.verb == plan::Verb::kCreate;
    if (created ? settings.on_remove != model::OnRemove::kRetain
                : settings.on_remove_before != settings.on_remove)
      lines.push_back({"on_remove", created ? "" : std::string(to_string(settings.on_remove_before)),
                       std::string(to_string(settings.on_remove)), settings.defaulted.on_remove});
    return lines;
  }

  [[nodiscard]] std::string setting_lines(const plan::Action& action) const {
    if (plan::leaves(action)) return {};
    const std::vector<Line> lines = lines_of(action);
    std::size_t columns = 0;
    for (const Line& line : lines) columns = std::max(columns, columns_of(line.name));
    columns = std::min(columns, kWidestName);
    std::string out;
    for (const Line& line : lines) {
      out += "      " + padded(line.name, columns) + "  ";
      if (line.before.empty())
        out += line.after;
      else if (columns_of(line.before) + columns_of(line.after) <= kWidestChange)
        out += line.before + " -> " + line.after;
      else
        out += line.before + "\n      " + padded("", columns) + "  -> " + line.after;
      if (line.default_origin.line != 0)
        out += fmt::format("  ({})", place(line.default_origin, context_.files));
      out += '\n';
    }
    return out;
  }

  [[nodiscard]] std::string account_notes(const plan::Action& action,
                                          const plan::AccountAction& account) const {
    std::string out;
    if (account.lift_suspension) out += "      active again: it was suspended when it left the roster\n";
    if (action.verb != plan::Verb::kRelease) return out;
    if (account.grants_left != 0)
      out += fmt::format("      {} {} on the server\n", count_of(account.grants_left, "grant", "grants"),
                         account.grants_left == 1 ? "stays" : "stay");
    for (const std::string& name : leavers_kept(account, leavers_, recorded_, context_.directory))
      out += fmt::format("      {} leaves the roster and keeps access here\n", printable(name));
    return out;
  }

  const plan::Plan& plan_;
  const model::RecordedEstate& recorded_;
  const Context& context_;
  Paint paint_;
  std::vector<model::UserRef> leavers_;
};

/// "+ 6,000 new people: roster/a.yaml (4,000), roster/b.yaml (2,000)".
std::string counted_by_file(const std::vector<const plan::Action*>& actions, const Kind& kind,
                            const Context& context, const Paint& paint) {
  std::map<FileIndex, std::size_t> files;
  for (const plan::Action* action : actions) ++files[action->origin.file];
  std::vector<std::string> parts;
  for (const auto& entry : files) {
    if (parts.size() == kFilesNamed) {
      parts.push_back("and " + count_of(files.size() - kFilesNamed, "more file", "more files"));
      break;
    }
    parts.push_back(
        fmt::format("{} ({})", printable(context.files.name(entry.first)), grouped(entry.second)));
  }
  return fmt::format("  {} {}: {} (--full lists them)\n", paint.sign('+'),
                     count_of(actions.size(), kind.singular, kind.plural), fmt::join(parts, ", "));
}

std::string kind_text(const Kind& kind, const plan::Plan& plan, const ObjectLines& lines,
                      const Context& context, const Style& style) {
  std::vector<const plan::Action*> created;
  std::vector<const plan::Action*> others;
  std::vector<const plan::Action*> listed;
  for (const plan::Action& action : plan.actions) {
    if (action.object.index() != kind.index) continue;
    const bool plain = action.verb == plan::Verb::kCreate && !adopts(action) && action.origin.line != 0;
    (plain ? created : others).push_back(&action);
    listed.push_back(&action);
  }
  if (listed.empty()) return {};
  const Paint paint(style.colour);
  std::string out = paint(Ink::kBold, kind.heading) + "\n";
  if (!style.full && created.size() > kNewShown) {
    out += counted_by_file(created, kind, context, paint);
    listed = std::move(others);
  }
  std::size_t columns = 0;
  for (const plan::Action* action : listed)
    columns = std::max(columns, columns_of(short_name(*action, context.directory)));
  for (const plan::Action* action : listed) out += lines.write(*action, std::min(columns, kWidestName));
  return out + "\n";
}

}  // namespace

std::string short_name(const plan::Action& action, const model::Directory& directory) {
  const std::string address = plan::address_of(action, directory);
  return printable(std::string_view(address).substr(address.find('.') + 1));
}

std::string verb_text(const plan::Action& action) {
  const std::optional<model::ServerId> id = id_of(action);
  const std::string with_id = id ? fmt::format(" (id {})", *id) : "";
  switch (action.verb) {
    case plan::Verb::kCreate:
      return adopts(action) ? "create, or take over who has this address" : "create";
    case plan::Verb::kUpdate:
      return plan::suspends(action) ? "update, suspends it" : "update";
    case plan::Verb::kBind:
      return (id ? fmt::format("bind to id {}", *id) : std::string("bind")) +
             (plan::suspends(action) ? ", suspends it" : "");
    case plan::Verb::kRelease:
      return "release" + with_id + ", untouched on the server";
    case plan::Verb::kSuspend:
      return "suspend" + with_id;
    case plan::Verb::kDelete:
      return "delete" + with_id;
    case plan::Verb::kGrant:
      return "grant";
    case plan::Verb::kChangeRole:
      return "change role";
    case plan::Verb::kRevoke:
      return "revoke";
  }
  return {};
}

std::string objects_text(const plan::Plan& plan, const model::RecordedEstate& recorded,
                         const Context& context, const Style& style) {
  const ObjectLines lines(plan, recorded, context, style);
  std::string out;
  for (const Kind& kind : kKinds) out += kind_text(kind, plan, lines, context, style);
  return out;
}

}  // namespace rollcall::report
