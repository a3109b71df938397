#include "cli/option_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

namespace rollcall::cli {
namespace {

/// "text, json or sarif".
std::string any_of(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

std::vector<std::string> names_of(const std::vector<Format>& formats) {
  std::vector<std::string> names;
  for (const Format format : formats) names.emplace_back(report::name_of(format));
  return names;
}

/// FORMAT=FILE.
Expected<ReportFile> read_report(const std::string& text, const std::vector<std::string>& offered) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (std::find(offered.begin(), offered.end(), name) == offered.end())
    return fail(
        fmt::format("--report takes FORMAT=FILE with {} as the format, not `{}`.", any_of(offered), text));
  if (equals == std::string::npos || equals + 1 == text.size())
    return fail(fmt::format("--report takes FORMAT=FILE, such as {0}=plan.{0}, not `{1}`.", name, text));
  if (text.substr(equals + 1) == "-")
    return fail("--report writes to files, and `-` is none.", "--format chooses what stdout gets.");
  return ReportFile{*report::find_format(name), text.substr(equals + 1)};
}

/// Whether both lead to one file, there or not.
bool is_same_place(const std::string& a, const std::string& b) {
  const auto whole = [](const std::string& path) {
    std::error_code failure;
    std::filesystem::path resolved = std::filesystem::absolute(path, failure);
    if (!failure) resolved = std::filesystem::weakly_canonical(resolved, failure);
    return failure ? std::filesystem::path(path) : resolved;
  };
  return whole(a) == whole(b);
}

/// CLI11's own check of a list of words answers in brackets.
CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& given) {
            if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
            return fmt::format("takes {}, not `{}`.", any_of(words), given);
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

void OptionSet::format(report::Subject subject, Format& value) {
  const auto read = [&value](const std::string& word) -> Expected<void> {
    value = *report::find_format(word);
    return {};
  };
  std::vector<std::string> names = names_of(report::formats_of(subject));
  std::vector<std::string> shown = names;
  shown.front() += " (default)";
  parsed("--format", "FORMAT", read, any_of(shown), std::move(names));
}

void OptionSet::outputs(report::Subject subject, Outputs& value) {
  format(subject, value.format);
  std::vector<Format> formats = report::formats_of(subject);
  formats.erase(std::remove_if(formats.begin(), formats.end(), report::is_for_log), formats.end());
  Pending& pending = *pending_.emplace_back(std::make_unique<Pending>());
  pending.read = [&value, names = names_of(formats)](const std::string& text) -> Expected<void> {
    auto file = read_report(text, names);
    if (!file) return tl::unexpected(file.error());
    for (const ReportFile& other : value.files)
      if (is_same_place(other.path, file->path))
        return fail(fmt::format("Two reports are to be written to {}.", file->path));
    value.files.push_back(std::move(*file));
    return {};
  };
  texts("--report", "FORMAT=FILE", pending.texts,
        "Write the result to a file, too, in one of these formats; repeatable");
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
  for (const auto& pending : pending_) {
    if (!pending->text.empty()) pending->texts.push_back(pending->text);
    for (const std::string& text : pending->texts)
      if (auto read = pending->read(text); !read) return read;
  }
  return {};
}

}  // namespace rollcall::cli
