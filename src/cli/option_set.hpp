#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cli/outputs.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rollcall::cli {

/// The options and arguments of one command, declared in the order in which its help shows them. Each sets a
/// value, which has to be there until the command line is parsed. `names` are such as "-q,--quiet"; `label`
/// stands for the value in the help.
class OptionSet {
 public:
  /// Options stand in the help under `group`, or under its usual headings.
  explicit OptionSet(CLI::App& command, std::string group = {})
      : command_(command), group_(std::move(group)) {}

  void flag(const std::string& names, bool& value, const std::string& help);
  void text(const std::string& names, const std::string& label, std::optional<std::string>& value,
            const std::string& help);
  /// May be given again and again; one of `words` where there are any.
  void texts(const std::string& names, const std::string& label, std::vector<std::string>& value,
             const std::string& help, std::vector<std::string> words = {});
  /// A text that `read` reads once the whole command line is understood; its error is the command line's.
  void parsed(const std::string& names, const std::string& label,
              std::function<Expected<void>(const std::string&)> read, const std::string& help,
              std::vector<std::string> words = {});
  /// --format, with the formats that are offered for the subject.
  void format(report::Subject subject, Format& value);
  /// --format and --report, with these formats.
  void outputs(report::Subject subject, Outputs& value);

  void argument(const std::string& name, std::string& value, const std::string& help, bool required);
  /// At least one where they are required.
  void arguments(const std::string& name, std::vector<std::string>& values, const std::string& help,
                 bool required);

  /// Reads what is to be read after the parsing, in the order of its declaration.
  Expected<void> read();

 private:
  struct Pending {
    std::string text;
    /// Of an option that may be given again and again.
    std::vector<std::string> texts;
    std::function<Expected<void>(const std::string&)> read;
  };

  CLI::Option& finish(CLI::Option* option, const std::string& label);

  CLI::App& command_;
  std::string group_;
  std::vector<std::unique_ptr<Pending>> pending_;
};

}  // namespace rollcall::cli
