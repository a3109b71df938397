#include "cli/option_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>

namespace rollcall::cli {
namespace {

/// CLI11's own check of a list of words answers in brackets.
CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& given) {
            if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
            return fmt::format("takes {}, not `{}`.", fmt::join(words, " or "), given);
          },
          ""};
}

}  // namespace

CLI::Option& OptionSet::finish(CLI::Option* option, const std::string& label) {
  if (!label.empty()) option->option_text(label);
  if (!group_.empty()) option->group(group_);
  return *option;
}

void OptionSet::flag(const std::string& names, bool& value, const std::string& help) {
  finish(command_.add_flag(names, value, help), {});
}

void OptionSet::text(const std::string& names, const std::string& label, std::optional<std::string>& value,
                     const std::string& help) {
  finish(command_.add_option(names, value, help), label);
}

void OptionSet::texts(const std::string& names, const std::string& label, std::vector<std::string>& value,
                      const std::string& help, std::vector<std::string> words) {
  CLI::Option& option = finish(command_.add_option(names, value, help), label);
  option.allow_extra_args(false);
  if (!words.empty()) option.check(one_of(std::move(words)));
}

void OptionSet::parsed(const std::string& names, const std::string& label,
                       std::function<Expected<void>(const std::string&)> read, const std::string& help,
                       std::vector<std::string> words) {
  Pending& pending = *pending_.emplace_back(std::make_unique<Pending>());
  pending.read = std::move(read);
  CLI::Option& option = finish(command_.add_option(names, pending.text, help), label);
  if (!words.empty()) option.check(one_of(std::move(words)));
}

void OptionSet::format(Format& value) {
  const auto read = [&value](const std::string& word) -> Expected<void> {
    value = word == "json" ? Format::kJson : Format::kText;
    return {};
  };
  parsed("--format", "FORMAT", read, "text (default) or json", {"text", "json"});
}

void OptionSet::argument(const std::string& name, std::string& value, const std::string& help,
                         bool required) {
  finish(command_.add_option(name, value, help), " ").required(required);
}

void OptionSet::arguments(const std::string& name, std::vector<std::string>& values, const std::string& help,
                          bool required) {
  finish(command_.add_option(name, values, help), "...").required(required);
}

Expected<void> OptionSet::read() {
  for (const auto& pending : pending_)
    if (!pending->text.empty())
      if (auto read = pending->read(pending->text); !read) return read;
  return {};
}

}  // namespace rollcall::cli
