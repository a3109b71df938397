#include "report/object_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

// More new objects of one kind than this are counted by file, more released ones by a few of their names; 50
// lines are still read.
constexpr std::size_t kUnfolded = 50;
constexpr std::size_t kReleasedNamed = 5;
constexpr std::size_t kFilesNamed = 5;

/// The words of one kind of object.
struct Kind {
  std::size_t index;
  std::string_view heading;
  std::string_view singular;
  std::string_view plural;
};

template <class ObjectKind>
constexpr Kind words_of(ObjectKind) {
  return {static_cast<std::size_t>(ObjectKind::kKind), ObjectKind::kHeading, ObjectKind::kSingular,
          ObjectKind::kPlural};
}

/// The address without its kind: a key, or an e-mail address.
std::string short_name(const plan::Action& action, const model::Directory& directory) {
  const std::string address = plan::address_of(action, directory);
  return address.substr(address.find('.') + 1);
}

Row line(std::string text) {
  Row row;
  row.text = std::move(text);
  return row;
}

/// What is sent, each value with what is recorded; a setting that comes from `defaults` names the line there.
/// A bind compares with the server only when it is applied.
class SettingRows {
 public:
  SettingRows(const plan::Action& action, const Context& context) : context_(context) {
    if (plan::leaves(action)) return;
    const plan::SettingsEffect& settings = *plan::settings_of(action);
    const bool created = action.verb == plan::Verb::kCreate;
    if (action.verb == plan::Verb::kBind && !settings.compared) {
      for (const model::Setting& wanted : settings.wanted)
        add(wanted.name, "unknown", shown(wanted.value), settings);
    } else {
      for (const model::SettingChange& change : settings.changes)
        add(change.name, before_text(change, created), shown(change.after), settings);
    }
    const std::string on_remove(to_string(settings.on_remove));
    const Origin& origin = settings.defaulted.on_remove;
    if (created && settings.on_remove != model::OnRemove::kRetain)
      add("on_remove", std::nullopt, on_remove, origin);
    if (!created && settings.on_remove_before != settings.on_remove)
      add("on_remove", std::string(to_string(settings.on_remove_before)), on_remove, origin);
  }

  std::vector<Row> take() { return std::move(rows_); }

 private:
  static std::optional<std::string> before_text(const model::SettingChange& change, bool created) {
    if (change.before) return shown(*change.before);
    return created ? std::nullopt : std::optional<std::string>("not recorded");
  }

  void add(const model::SettingName& name, std::optional<std::string> before, std::string after,
           const plan::SettingsEffect& settings) {
    add(model::to_string(name), std::move(before), std::move(after),
        model::default_origin(settings.defaulted, name));
  }

  void add(std::string name, std::optional<std::string> before, std::string after, const Origin& origin) {
    Row row;
    row.subject = std::move(name);
    row.change = {std::move(before), std::move(after)};
    if (origin.line != 0) row.sources.push_back({context_.files.name(origin.file), origin.line, {}, {}});
    rows_.push_back(std::move(row));
  }

  const Context& context_;
  std::vector<Row> rows_;
};

class ObjectRows {
 public:
  ObjectRows(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context)
      : plan_(plan), recorded_(recorded), context_(context), leavers_(leavers_of(plan)) {}

  [[nodiscard]] Row row(const plan::Action& action) const {
    Row row;
    row.sign = sign_of(action);
    row.subject = short_name(action, context_.directory);
    row.text = verb_text(action);
    if (!says_its_reason(action)) row.reason = reason_text(action, plan_, context_);
    if (action.origin.line != 0)
      row.sources.push_back({context_.files.name(action.origin.file), action.origin.line, {}, {}});
    if (action.blocked) row.note = blocked_note(action);
    row.rows = SettingRows(action, context_).take();
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object))
      add_account_notes(row, action, *account);
    return row;
  }

 private:
  /// Whether the verb says the reason already.
  static bool says_its_reason(const plan::Action& action) {
    return action.reason == plan::ReasonCode::kNew || action.reason == plan::ReasonCode::kSettingsDiffer ||
           action.reason == plan::ReasonCode::kBindRequested;
  }

  void add_account_notes(Row& row, const plan::Action& action, const plan::AccountAction& account) const {
    if (account.lift_suspension)
      row.rows.push_back(line("active again: it was suspended when it left the roster"));
    if (action.verb != plan::Verb::kRelease || action.reason == plan::ReasonCode::kLeftAndGone) return;
    if (account.grants_left != 0)
      row.rows.push_back(
          line(fmt::format("{} {} on the server", pluralize(account.grants_left, "grant", "grants"),
                           account.grants_left == 1 ? "stays" : "stay")));
    for (const std::string& name : leavers_kept(account, leavers_, recorded_, context_.directory))
      row.rows.push_back(line(name + " leaves the roster and keeps access here"));
  }

  const plan::Plan& plan_;
  const model::RecordedEstate& recorded_;
  const Context& context_;
  std::vector<model::UserRef> leavers_;
};

/// "6,000 new users: roster/a.yaml (4,000), roster/b.yaml (2,000)".
Row counted_by_file(const std::vector<const plan::Action*>& actions, const Kind& kind,
                    const Context& context) {
  std::map<FileIndex, std::size_t> files;
  for (const plan::Action* action : actions) ++files[action->origin.file];
  std::vector<std::string> parts;
  for (const auto& entry : files) {
    if (parts.size() == kFilesNamed) {
      parts.push_back("and " + pluralize(files.size() - kFilesNamed, "more file", "more files"));
      break;
    }
    parts.push_back(fmt::format("{} ({})", context.files.name(entry.first), with_thousands(entry.second)));
  }
  Row row;
  row.form = Form::kSentence;
  row.sign = '+';
  row.subject =
      pluralize(actions.size(), fmt::format("new {}", kind.singular), fmt::format("new {}", kind.plural));
  row.text = fmt::format("{}", fmt::join(parts, ", "));
  row.folded = actions.size();
  return row;
}

/// "60 released users: ana@example.com, joe@example.com, and 58 more".
Row released_row(const std::vector<const plan::Action*>& actions, const Kind& kind, const Context& context) {
  Row row;
  row.form = Form::kSentence;
  row.sign = '=';
  row.subject = fmt::format("{} released {}", with_thousands(actions.size()), kind.plural);
  std::vector<std::string> names;
  for (const plan::Action* action : actions) names.push_back(short_name(*action, context.directory));
  row.text = first_and_more(std::move(names), kReleasedNamed);
  row.folded = actions.size();
  return row;
}

Section kind_section(const Kind& kind, const plan::Plan& plan, const ObjectRows& rows, const Context& context,
                     bool full) {
  std::vector<const plan::Action*> created;
  std::vector<const plan::Action*> released;
  for (const plan::Action& action : plan.actions) {
    if (full || action.object.index() != kind.index) continue;
    if (action.verb == plan::Verb::kCreate && !adopts(action) && action.origin.line != 0)
      created.push_back(&action);
    // An account that is released has more to say than its name.
    if (action.verb == plan::Verb::kRelease && !std::holds_alternative<plan::AccountAction>(action.object))
      released.push_back(&action);
  }
  Section section;
  section.heading = kind.heading;
  if (created.size() > kUnfolded)
    section.rows.push_back(counted_by_file(created, kind, context));
  else
    created.clear();
  if (released.size() <= kUnfolded) released.clear();
  for (const plan::Action& action : plan.actions)
    if (action.object.index() == kind.index && !std::binary_search(created.begin(), created.end(), &action) &&
        !std::binary_search(released.begin(), released.end(), &action))
      section.rows.push_back(rows.row(action));
  if (!released.empty()) section.rows.push_back(released_row(released, kind, context));
  return section;
}

}  // namespace

std::vector<Section> object_sections(const plan::Plan& plan, const model::RecordedEstate& recorded,
                                     const Context& context, bool full) {
  const ObjectRows rows(plan, recorded, context);
  std::vector<Section> sections;
  model::each_kind([&](auto kind) {
    Section section = kind_section(words_of(kind), plan, rows, context, full);
    if (!section.empty()) sections.push_back(std::move(section));
  });
  return sections;
}

}  // namespace rollcall::report
