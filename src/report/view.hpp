#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

/// What a plan or a drift report says, in the order in which it says it, as values: no colours, no columns,
/// no line breaks. One builder for each kind of report makes a view, one renderer for each format prints any
/// view. Texts may hold whatever the roster or the server holds; a renderer makes them safe for its format.
namespace rollcall::report {

/// The first section of every report: what deserves a second look.
constexpr std::string_view kSecondLook = "Worth a second look";

/// A place of the roster that causes a row; line 0 is the whole file.
struct Source {
  std::string file;
  std::uint32_t line = 0;
  /// What the rule there says of itself.
  std::optional<Date> until;
  std::string reason;

  bool operator==(const Source&) const = default;
};

/// From one value to another, in words: a role, a setting, an address. Where both are equal or one is
/// missing, there is only one value to show.
struct Change {
  std::optional<std::string> before;
  std::optional<std::string> after;

  bool operator==(const Change&) const = default;
};

enum class Form : std::uint8_t {
  /// A line of a table: subject, change, the rest.
  kColumns,
  /// A line by itself: "subject: change text, reason".
  kSentence,
};

/// One line, and the lines that belong to it.
struct Row {
  /// + for what is new, ~ for what changes, - for what goes, = for what stays as it is, ! for what needs
  /// attention; a space for none.
  char sign = ' ';
  /// An address, or the part of it that the section does not say; empty where `text` says everything.
  std::string subject;
  /// The side of the subject that the row is about, such as `limits.agents`; empty for all of it.
  std::string aspect;
  std::optional<Change> change;
  /// What happens, or what is the case: "update, suspends it", "in 4 accounts", the message of a warning.
  std::string text;
  std::string reason;
  /// At most a few, unless the view is a full one; `more_sources` counts the others.
  std::vector<Source> sources;
  std::size_t more_sources = 0;
  /// The subject or the reason names the sources already: a reader needs them no second time.
  bool sources_told = false;
  /// The text is a line to be pasted somewhere.
  bool is_code = false;
  /// What a reader has to know besides: "blocked: run with --allow-deletes".
  std::string note;
  /// What to do about it, as a sentence.
  std::string advice;
  /// The rule of a warning, such as R911.
  std::string rule;
  /// Seen, and declined in writing: it does not count.
  bool declined = false;
  /// How many rows of a full view this one stands for; 0: it stands for itself.
  std::size_t folded = 0;
  Form form = Form::kColumns;
  std::vector<Row> rows;

  bool operator==(const Row&) const = default;
};

enum class Tone : std::uint8_t { kPlain, kAlarm };

/// Rows under a heading; its own rows come before those of the sections in it.
struct Section {
  std::string heading;
  /// What it comes to, after a colon; empty for nothing.
  std::string summary;
  /// How many findings there are under the heading, where a reader wants to know.
  std::optional<std::size_t> count;
  /// What a reader does about all of it, as a sentence.
  std::string advice;
  /// The rule of report/rules.hpp that its rows are findings of, unless they name another; empty where they
  /// are none.
  std::string rule;
  Tone tone = Tone::kPlain;
  std::vector<Row> rows;
  /// Rows that only a full view has.
  std::size_t hidden = 0;
  std::vector<Section> sections;

  [[nodiscard]] bool empty() const { return rows.empty() && sections.empty(); }
  bool operator==(const Section&) const = default;
};

/// "Accounts: 1 to create, 3 to update".
struct Breakdown {
  struct Count {
    std::size_t number = 0;
    std::string what;

    bool operator==(const Count&) const = default;
  };
  std::string heading;
  std::vector<Count> counts;

  bool operator==(const Breakdown&) const = default;
};

struct View {
  /// The first line: the server, the state and the day; empty for none.
  std::string title;
  std::vector<Breakdown> breakdown;
  /// None of them is empty.
  std::vector<Section> sections;
  /// The last line: what it comes to.
  std::string total;

  /// A section that says something.
  void add(Section section) {
    if (!section.empty()) sections.push_back(std::move(section));
  }
  bool operator==(const View&) const = default;
};

}  // namespace rollcall::report
