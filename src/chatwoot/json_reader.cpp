#include "chatwoot/json_reader.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace rollcall::chatwoot {
namespace {

using Json = nlohmann::json;

/// nlohmann's SAX interface. Its own tree builder with a callback looks at all earlier items of a list after
/// each one, and keeps the last of two equal keys.
class TreeBuilder {
 public:
  using OnDocument = std::function<void(Json&&)>;

  TreeBuilder(OnDocument on_document, bool is_list, std::stop_token stop)
      : on_document_(std::move(on_document)), outside_(is_list ? 1 : 0), stop_(std::move(stop)) {}

  bool null() { return add(nullptr); }
  bool boolean(bool flag) { return add(flag); }
  bool number_integer(std::int64_t number) { return add(number); }
  bool number_unsigned(std::uint64_t number) { return add(number); }
  bool number_float(double number, const std::string&) { return add(number); }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(std::vector<std::uint8_t>&) { throw Malformed{"it is not valid JSON"}; }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) {
    if (depth_ < outside_) {
      ++depth_;
      return true;
    }
    return open(Json::array());
  }
  bool key(std::string& text) {
    open_.back().key = std::move(text);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() {
    if (!open_.empty()) return close();
    --depth_;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    constexpr int kNumberOverflow = 406;
    throw Malformed{error.id == kNumberOverflow ? "it has a number that is too large"
                                                : "it is not valid JSON"};
  }

 private:
  /// Values after which a stop is looked for.
  static constexpr std::size_t kLooksForStop = 4096;

  struct Open {
    Json value;
    /// Of the member that comes next.
    std::string key;
  };

  bool open(Json empty) {
    if (depth_ < outside_) throw Malformed{"it is not a list"};
    if (depth_ == kResponseLevels) throw Malformed{"it is nested too deeply"};
    ++depth_;
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    Json whole = std::move(open_.back().value);
    open_.pop_back();
    --depth_;
    return add(std::move(whole));
  }

  template <class Value>
  bool add(Value&& value) {
    if (depth_ < outside_) throw Malformed{"it is not a list"};
    if (++seen_ % kLooksForStop == 0 && stop_.stop_requested()) throw Malformed{"the run was stopped"};
    if (++values_ > kMaxValues)
      throw Malformed{fmt::format("an object in it has more than {} values", with_thousands(kMaxValues))};
    if (open_.empty()) {
      values_ = 0;
      on_document_(Json(std::forward<Value>(value)));
    } else if (Open& parent = open_.back(); parent.value.is_array()) {
      parent.value.push_back(std::forward<Value>(value));
    } else if (!parent.value.emplace(std::move(parent.key), std::forward<Value>(value)).second) {
      throw Malformed{"an object in it has the same key twice"};
    }
    return true;
  }

  OnDocument on_document_;
  /// Levels around the documents: the list's own.
  std::size_t outside_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  std::size_t seen_ = 0;
  std::stop_token stop_;
  std::vector<Open> open_;
};

void read(std::string_view body, TreeBuilder::OnDocument on_document, bool is_list,
          const std::stop_token& stop) {
  if (body.empty()) throw Malformed{"it is empty"};
  if (find_invalid_utf8(body)) throw Malformed{"it is not valid UTF-8"};
  // nlohmann takes a NUL for the end, whatever follows.
  if (body.find('\0') != std::string_view::npos) throw Malformed{"it is not valid JSON"};
  TreeBuilder builder(std::move(on_document), is_list, stop);
  Json::sax_parse(body.begin(), body.end(), &builder);
}

}  // namespace

Json read_json(std::string_view body) {
  Json document;
  read(body, [&document](Json&& whole) { document = std::move(whole); }, false, {});
  return document;
}

void read_json_rows(std::string_view body, const std::stop_token& stop,
                    const std::function<void(const Json&)>& on_row) {
  std::size_t rows = 0;
  read(
      body,
      [&](Json&& row) {
        if (++rows > kMaxRows)
          throw Malformed{fmt::format("it has more than {} rows", with_thousands(kMaxRows))};
        on_row(row);
      },
      true, stop);
}

}  // namespace rollcall::chatwoot
