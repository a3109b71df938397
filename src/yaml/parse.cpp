#include "yaml/parse.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>  // NOLINT(bugprone-forward-declaration-namespace)

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "yaml/builder.hpp"
#include "yaml/encoding.hpp"
#include "yaml/syntax.hpp"

namespace rollcall::yaml {
namespace {

/// Reads a text in place, and a line break after one that does not end in one: yaml-cpp says where an open
/// quote or bracket began only if the last line is complete.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text)
      // setg wants char*, but a buffer that only reads never writes there.
      : start_(const_cast<char*>(text.data())),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
        end_(start_ + text.size()),
        complete_(text.empty() || text.ends_with('\n')) {
    setg(start_, start_, end_);
  }

 private:
  int_type underflow() override {
    if (std::exchange(complete_, true)) return traits_type::eof();
    setg(&line_break_, &line_break_, &line_break_ + 1);
    return traits_type::to_int_type(line_break_);
  }

  /// yaml-cpp puts back the first bytes, in which it looks for a byte order mark.
  int_type pbackfail(int_type) override {
    if (eback() != &line_break_) return traits_type::eof();
    setg(start_, end_ - 1, end_);
    complete_ = false;
    return traits_type::to_int_type(*gptr());
  }

  char* start_;
  char* end_;
  bool complete_;
  char line_break_ = '\n';
};

}  // namespace

std::size_t count_separators(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == ',' || c == ':' || c == '[' || c == '{';
  }));
}

void report_separators(FileIndex file, Problems& problems) {
  problems.error("R022", {{file, 0, 0}},
                 fmt::format("the files up to this one have more than {} line breaks, "
                             "commas, colons and brackets",
                             with_thousands(kMaxSeparators)),
                 "repeat less: groups, patterns and `defaults` stand for many entries");
}

std::optional<Document> parse(std::string_view text, FileIndex file, Problems& problems) {
  if (!check_encoding(text, file, problems)) return std::nullopt;
  if (count_separators(text) > kMaxSeparators) {
    report_separators(file, problems);
    return std::nullopt;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::optional<Document> document(std::in_place);
  Builder builder(*document, text, file, problems);
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& exception) {
    report_syntax(exception, text, file, builder, problems);
    return std::nullopt;
  } catch (const std::exception&) {
    problems.error("R006", {{file, 0, 0}}, "the file cannot be read as YAML",
                   "check what changed in it last");
    return std::nullopt;
  }
  if (const std::size_t quote = builder.unclosed_quote(); quote != std::string_view::npos) {
    report_unclosed_quote(text, file, quote, problems);
    return std::nullopt;
  }
  if (!builder.finish()) return std::nullopt;
  return document;
}

}  // namespace rollcall::yaml
