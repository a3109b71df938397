#include "project/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "model/address.hpp"
#include "model/names.hpp"
#include "yaml/reader.hpp"

namespace rollcall::project {
namespace {

using yaml::Key;
using yaml::Node;

constexpr std::int64_t kMaxCount = std::numeric_limits<std::int32_t>::max();

struct Context {
  const yaml::Reader& reader;
  ProjectFile& file;
};

template <class Item, class Read>
void read_list(Context& context, Node value, std::string_view what, std::vector<Item>& items, Read read) {
  context.reader.list(value, what, true, [&](Node node) {
    const auto text = context.reader.text(node, fmt::format("an entry of {}", what));
    if (!text) return;
    if (std::optional<Item> item = read(node, *text)) items.push_back(std::move(*item));
  });
}

std::optional<std::string> email(Context& context, Node node, std::string_view text) {
  auto address = model::parse_email(text);
  if (!address)
    context.reader.problems().error("P004", node.span(),
                                    fmt::format("`{}` is not an e-mail address", shown_value(text)),
                                    "write the address as in the roster");
  return address;
}

std::optional<std::string> account_key(Context& context, Node node, std::string_view text) {
  if (model::is_key(text)) return std::string(text);
  context.reader.problems().error("P005", node.span(),
                                  fmt::format("`{}` is not an account key", shown_value(text)),
                                  "a key has lower-case letters, digits and hyphens, "
                                  "and starts with a letter or digit");
  return std::nullopt;
}

std::optional<std::string> domain(Context& context, Node node, std::string_view text) {
  if (model::parse_email(fmt::format("a@{}", text))) return to_lower(text);
  context.reader.problems().error("P006", node.span(), fmt::format("`{}` is not a domain", shown_value(text)),
                                  "write it without @, as in example.com");
  return std::nullopt;
}

const auto kProtectedKeys = std::to_array<Key<Context>>({
    {"users",
     [](Context& context, Node, Node value) {
       model::Guardrails& guardrails = context.file.guardrails;
       read_list(context, value, "`users`", guardrails.protected_users,
                 [&](Node node, std::string_view text) {
                   auto address = email(context, node, text);
                   if (address) guardrails.protected_users_at.push_back(node.origin());
                   return address;
                 });
     }},
    {"accounts",
     [](Context& context, Node, Node value) {
       model::Guardrails& guardrails = context.file.guardrails;
       read_list(context, value, "`accounts`", guardrails.protected_accounts,
                 [&](Node node, std::string_view text) {
                   auto key = account_key(context, node, text);
                   if (key) guardrails.protected_accounts_at.push_back(node.origin());
                   return key;
                 });
     }},
});

void read_max_removals(Context& context, Node value) {
  if (!context.reader.require(value, yaml::Kind::kScalar, "`max_removals`")) return;
  if (const auto parsed = model::parse_max_removals(value.text()))
    context.file.guardrails.max_removals = *parsed;
  else
    context.reader.problems().error("P003", value.span(),
                                    fmt::format("`max_removals` cannot be `{}`", shown_value(value.text())),
                                    "write a number such as 10, or a percentage up to 100% such as 25%");
}

/// An entry of `allow` while it is read.
/// An entry of `allow` or `acknowledged`.
struct ExceptionEntry {
  const yaml::Reader& reader;
  model::Exception exception;
};

const auto kExceptionKeys = std::to_array<Key<ExceptionEntry>>({
    {"addresses",
     [](ExceptionEntry& entry, Node, Node value) {
       entry.reader.list(value, "`addresses`", false, [&](Node node) {
         const auto text = entry.reader.text(node, "an entry of `addresses`");
         if (!text) return;
         if (is_pattern(*text) && text->size() > kLongestPattern)
           return entry.reader.problems().error("P013", node.span(),
                                                fmt::format("this pattern has {} bytes; the maximum is {}",
                                                            with_thousands(text->size()), kLongestPattern),
                                                "shorten it, or split it into several patterns");
         auto pattern = model::parse_narrow_pattern(*text);
         if (pattern)
           entry.exception.addresses.push_back(std::move(*pattern));
         else
           entry.reader.problems().error("P010", node.span(), as_part(pattern.error().message),
                                         as_part(pattern.error().hint));
       });
     },
     true},
    {"reason",
     [](ExceptionEntry& entry, Node, Node value) {
       if (const auto reason = entry.reader.text(value, "`reason`"))
         entry.exception.reason = std::string(*reason);
     }},
    {"until",
     [](ExceptionEntry& entry, Node, Node value) {
       if (const auto until = entry.reader.date(value, "`until`")) entry.exception.until = *until;
     },
     true},
});

/// Whoever acknowledges a finding says why.
const auto kAcknowledgedKeys = [] {
  auto keys = kExceptionKeys;
  for (Key<ExceptionEntry>& key : keys) key.required = true;
  return keys;
}();

/// `what` as messages write it, such as "`allow`".
template <std::size_t kCount>
void read_exceptions(Context& context, Node value, std::string_view what,
                     const std::array<Key<ExceptionEntry>, kCount>& keys,
                     std::vector<model::Exception>& exceptions) {
  context.reader.list(value, what, true, [&](Node node) {
    ExceptionEntry entry{context.reader, {}};
    entry.exception.origin = node.origin();
    // One that is not whole would be taken for what the file does not say.
    const std::size_t errors = context.reader.problems().error_count();
    if (context.reader.mapping(node, node.span(), fmt::format("an entry of {}", what), std::span(keys),
                               entry) &&
        context.reader.problems().error_count() == errors)
      exceptions.push_back(std::move(entry.exception));
  });
}

const auto kGuardrailKeys = std::to_array<Key<Context>>({
    {"min_administrators",
     [](Context& context, Node, Node value) {
       if (const auto count = context.reader.whole_number(value, "`min_administrators`", 0, kMaxCount))
         context.file.guardrails.min_administrators = static_cast<std::uint32_t>(*count);
     }},
    {"max_removals", [](Context& context, Node, Node value) { read_max_removals(context, value); }},
    {"protected",
     [](Context& context, Node key, Node value) {
       context.reader.mapping(value, key.span(), "`protected`", std::span(kProtectedKeys), context);
     }},
    {"require_reason_for",
     [](Context& context, Node, Node value) {
       context.reader.list(value, "`require_reason_for`", true, [&](Node node) {
         if (const auto role = context.reader.word(node, "`role`", model::role_words()))
           context.file.guardrails.require_reason_for.push_back(static_cast<model::Role>(*role));
       });
     }},
    {"allowed_email_domains",
     [](Context& context, Node, Node value) {
       std::vector<std::string>& domains = context.file.guardrails.allowed_email_domains;
       const std::size_t errors = context.reader.problems().error_count();
       read_list(context, value, "`allowed_email_domains`", domains,
                 [&](Node node, std::string_view text) { return domain(context, node, text); });
       // Without the one that could not be read, the others would refuse users who are allowed.
       if (context.reader.problems().error_count() != errors) domains.clear();
     }},
    {"allow",
     [](Context& context, Node, Node value) {
       read_exceptions(context, value, "`allow`", kExceptionKeys, context.file.guardrails.allow);
     }},
});

const auto kDriftKeys = std::to_array<Key<Context>>({
    {"fail_on",
     [](Context& context, Node, Node value) {
       std::vector<model::Verdict>& fail_on = context.file.drift.fail_on;
       fail_on.clear();
       context.reader.list(value, "`fail_on`", true, [&](Node node) {
         if (const auto word = context.reader.word(node, "`fail_on`", model::fail_on_words()))
           fail_on.push_back(static_cast<model::Verdict>(*word));
       });
     }},
    {"acknowledged",
     [](Context& context, Node, Node value) {
       read_exceptions(context, value, "`acknowledged`", kAcknowledgedKeys, context.file.drift.acknowledged);
     }},
});

constexpr std::array<std::string_view, 2> kUnlistedWords = {"report", "keep"};

void read_unlisted(Context& context, Node value, std::string_view what, bool& keeps) {
  if (const auto word = context.reader.word(value, what, kUnlistedWords)) keeps = *word == 1;
}

void read_state(Context& context, Node value) {
  const auto text = context.reader.text(value, "`state`");
  if (!text) return;
  context.file.state = store::parse_location(*text);
  if (const auto supported = store::require_supported(*context.file.state); !supported)
    context.reader.problems().error("P008", value.span(), as_part(supported.error().message),
                                    as_part(supported.error().hint));
}

void read_roster(Context& context, Node value) {
  if (!value.is_list()) {
    if (const auto path = context.reader.text(value, "`roster`")) context.file.roster.emplace_back(*path);
    return;
  }
  context.reader.list(value, "`roster`", false, [&](Node node) {
    if (const auto path = context.reader.text(node, "an entry of `roster`"))
      context.file.roster.emplace_back(*path);
  });
}

const auto kProjectKeys = std::to_array<Key<Context>>({
    // Looked at before the file is parsed.
    {"version", [](Context&, Node, Node) {}},
    {"server",
     [](Context& context, Node, Node value) {
       if (const auto url = context.reader.text(value, "`server`")) {
         context.file.server = std::string(*url);
         context.file.server_at = value.origin();
       }
     }},
    {"roster",
     [](Context& context, Node, Node value) {
       const std::size_t errors = context.reader.problems().error_count();
       read_roster(context, value);
       context.file.roster_is_known = context.reader.problems().error_count() == errors;
     }},
    {"state", [](Context& context, Node, Node value) { read_state(context, value); }},
    {"parallelism",
     [](Context& context, Node, Node value) {
       if (const auto count = context.reader.whole_number(value, "`parallelism`", 1, kMaxParallelism))
         context.file.parallelism = static_cast<std::uint32_t>(*count);
     }},
    {"requests_per_minute",
     [](Context& context, Node, Node value) {
       if (const auto count = context.reader.whole_number(value, "`requests_per_minute`", 1, kMaxCount))
         context.file.requests_per_minute = static_cast<std::uint32_t>(*count);
     }},
    {"unlisted_accounts",
     [](Context& context, Node, Node value) {
       read_unlisted(context, value, "`unlisted_accounts`", context.file.drift.keeps_accounts);
     }},
    {"unlisted_agent_bots",
     [](Context& context, Node, Node value) {
       read_unlisted(context, value, "`unlisted_agent_bots`", context.file.drift.keeps_bots);
     }},
    {"drift",
     [](Context& context, Node key, Node value) {
       context.reader.mapping(value, key.span(), "`drift`", std::span(kDriftKeys), context);
     }},
    {"guardrails",
     [](Context& context, Node key, Node value) {
       context.reader.mapping(value, key.span(), "`guardrails`", std::span(kGuardrailKeys), context);
     }},
});

}  // namespace

ProjectFile read_project(const yaml::Document& document, yaml::Problems& problems) {
  ProjectFile file;
  const yaml::Reader reader(problems);
  Context context{reader, file};
  const Node root = document.root();
  std::vector<std::string> meant;
  const bool read =
      reader.mapping(root, root.span(), "the project file", std::span(kProjectKeys), context, meant);
  if (!read || std::find(meant.begin(), meant.end(), "roster") != meant.end()) file.roster_is_known = false;
  return file;
}

std::vector<std::pair<std::string, std::vector<std::string>>> known_keys() {
  return {{"", yaml::names_of<Context>(kProjectKeys)},
          {"drift", yaml::names_of<Context>(kDriftKeys)},
          {"guardrails", yaml::names_of<Context>(kGuardrailKeys)},
          {"guardrails.protected", yaml::names_of<Context>(kProtectedKeys)},
          {"guardrails.allow", yaml::names_of<ExceptionEntry>(kExceptionKeys)},
          {"drift.acknowledged", yaml::names_of<ExceptionEntry>(kAcknowledgedKeys)}};
}

}  // namespace rollcall::project
