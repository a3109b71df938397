#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "yaml/parse.hpp"

/// A text parsed as the file "t.yaml", with what was found.
struct Parsed {
  explicit Parsed(std::string text) {
    files.add("t.yaml", std::move(text));
    document = rollcall::yaml::parse(files.text(0), 0, problems);
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  [[nodiscard]] rollcall::Diagnostics diagnostics() const {
    rollcall::yaml::Problems copy = problems;
    return copy.take_diagnostics(files);
  }
  /// "3:5 R011" for each, divided by spaces.
  [[nodiscard]] std::string found() const {
    std::string out;
    for (const rollcall::Diagnostic& one : diagnostics())
      out += (out.empty() ? "" : " ") + std::to_string(one.line) + ":" + std::to_string(one.column) + " " +
             one.rule;
    return out;
  }

  rollcall::SourceFiles files;
  rollcall::yaml::Problems problems;
  std::optional<rollcall::yaml::Document> document;
};

/// The tree as one line: plain scalars bare, others in quotes, each node with its place where `places` is
/// set.
inline std::string shown(rollcall::yaml::Node node, bool places = false) {
  using rollcall::yaml::Kind;
  std::string out;
  const auto next = [&](std::string_view open) { out += out.back() == open.front() ? "" : ", "; };
  switch (node.kind()) {
    case Kind::kNull:
      out = "null";
      break;
    case Kind::kScalar:
      out = node.is_plain() ? std::string(node.text()) : "\"" + std::string(node.text()) + "\"";
      break;
    case Kind::kList:
      out = "[";
      node.each_item([&](rollcall::yaml::Node item) {
        next("[");
        out += shown(item, places);
      });
      out += "]";
      break;
    case Kind::kMapping:
      out = "{";
      node.each_entry([&](rollcall::yaml::Node key, rollcall::yaml::Node value) {
        next("{");
        out += shown(key, places) + ": " + shown(value, places);
      });
      out += "}";
      break;
  }
  if (places) out += "@" + std::to_string(node.origin().line) + ":" + std::to_string(node.origin().column);
  return out;
}
