#include "state/located_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"

namespace rollcall::state {
namespace {

/// Tells how far the parser has read: nlohmann's SAX events carry no positions.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** furthest;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    *furthest = ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
};

struct Frame {
  bool entered = false;
  std::string key;
  std::size_t key_at = 0;
  Node node;
};

/// nlohmann's SAX interface; every event returns whether to go on.
class Handler {
 public:
  Handler(std::string_view bytes, DocumentReader& reader)
      : bytes_(bytes), reader_(reader), furthest_(bytes.data()) {}

  [[nodiscard]] CountingIterator begin() { return {bytes_.data(), &furthest_}; }
  [[nodiscard]] CountingIterator end() { return {bytes_.data() + bytes_.size(), &furthest_}; }
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }

  bool null() { return value(Node{}); }
  bool boolean(bool flag) { return value(Node{flag}); }
  bool number_integer(std::int64_t number) { return value(Node{number}); }
  bool number_unsigned(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return value(Node{static_cast<double>(number)});
    return value(Node{static_cast<std::int64_t>(number)});
  }
  bool number_float(double number, const std::string&) { return value(Node{number}); }
  bool string(std::string& text) { return value(Node{text}); }
  bool binary(std::vector<std::uint8_t>&) { return stop("binary data"); }
  bool key(std::string& text) {
    frames_.back().key = text;
    frames_.back().key_at = here();
    return true;
  }
  bool start_object(std::size_t) {
    if (!open()) return false;
    Frame frame;
    frame.node.data = Node::Map{};
    if (frames_.empty()) {
      frame.entered = true;
    } else if (frames_.back().entered) {
      path_.push_back(frames_.back().key);
      const Checked<bool> entered = reader_.enter(path_, here());
      if (!entered) return stop(entered.error());
      frame.entered = *entered;
      if (!frame.entered) path_.pop_back();
    }
    frames_.push_back(std::move(frame));
    return true;
  }
  bool end_object() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.entered) {
      if (!path_.empty()) path_.pop_back();
      return true;
    }
    if (const NodeMember* twice = repeated(std::get<Node::Map>(frame.node.data)))
      return stop(Problem{twice->at, fmt::format("the key `{}` is there twice", twice->key)});
    return value(std::move(frame.node));
  }
  bool start_array(std::size_t) {
    if (frames_.empty()) return stop("no JSON object");
    if (!open()) return false;
    Frame frame;
    frame.node.data = Node::List{};
    frames_.push_back(std::move(frame));
    return true;
  }
  bool end_array() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    return value(std::move(node));
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    const bool complete = frames_.empty() && started_;
    if (complete) return stop("there is more after the end");
    if (here() == bytes_.size()) return stop("the file ends too early, as if it had been cut off");
    // The character that does not fit is the last one read.
    return stop(Problem{here() == 0 ? 0 : here() - 1, "this is not valid JSON"});
  }

 private:
  [[nodiscard]] std::size_t here() const { return static_cast<std::size_t>(furthest_ - bytes_.data()); }

  bool stop(Problem problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool stop(std::string what) { return stop(Problem{here(), std::move(what)}); }

  bool open() {
    started_ = true;
    return frames_.size() < kStateLevels ||
           stop(fmt::format("{} has more than {} levels", place(), kStateLevels));
  }

  /// The member that a user would look for: the innermost one that the reader is told of.
  [[nodiscard]] std::string place() const {
    const auto entered =
        std::find_if(frames_.rbegin(), frames_.rend(), [](const auto& f) { return f.entered; });
    if (entered == frames_.rend()) return "it";
    std::string name;
    for (const std::string& key : path_) name += key + ".";
    return name + entered->key;
  }

  bool value(Node node) {
    if (frames_.empty()) return stop("no JSON object");
    Frame& frame = frames_.back();
    if (frame.entered) {
      const Checked<void> told = reader_.member(path_, std::move(frame.key), frame.key_at, std::move(node));
      return told.has_value() || stop(told.error());
    }
    if (auto* list = std::get_if<Node::List>(&frame.node.data))
      list->push_back(std::move(node));
    else
      std::get<Node::Map>(frame.node.data).push_back({std::move(frame.key), frame.key_at, std::move(node)});
    return true;
  }

  /// Keys are usually sorted already, which one look tells.
  static const NodeMember* repeated(const Node::Map& map) {
    const auto less = [](const NodeMember& a, const NodeMember& b) { return a.key < b.key; };
    const auto not_less = [&](const NodeMember& a, const NodeMember& b) { return !less(a, b); };
    if (std::adjacent_find(map.begin(), map.end(), not_less) == map.end()) return nullptr;
    std::vector<const NodeMember*> sorted;
    for (const NodeMember& member : map) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const auto* a, const auto* b) { return less(*a, *b); });
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end(),
                                          [](const auto* a, const auto* b) { return a->key == b->key; });
    return twice == sorted.end() ? nullptr : *std::next(twice);
  }

  std::string_view bytes_;
  DocumentReader& reader_;
  const char* furthest_;
  Path path_;
  std::vector<Frame> frames_;
  bool started_ = false;
  std::optional<Problem> problem_;
};

}  // namespace

Checked<void> read_document(std::string_view bytes, DocumentReader& reader) {
  Handler handler(bytes, reader);
  if (nlohmann::json::sax_parse(handler.begin(), handler.end(), &handler)) {
    // nlohmann takes a NUL for the end, whatever follows.
    if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos)
      return tl::unexpected<Problem>(Problem{nul, "there is more after the end"});
    return {};
  }
  return tl::unexpected<Problem>(handler.problem().value_or(Problem{0, "this is not valid JSON"}));
}

}  // namespace rollcall::state
