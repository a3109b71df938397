#include "yaml/tree.hpp"

#include <algorithm>

namespace rollcall::yaml {

Kind Node::kind() const {
  switch (raw().style) {
    case Document::Style::kNull:
      return Kind::kNull;
    case Document::Style::kList:
      return Kind::kList;
    case Document::Style::kMapping:
      return Kind::kMapping;
    default:
      return Kind::kScalar;
  }
}

bool Node::is_plain() const {
  return raw().style == Document::Style::kPlain || (raw().style == Document::Style::kRewritten && raw().flag);
}

std::string_view Node::text() const {
  const Document::Raw& node = raw();
  switch (node.style) {
    case Document::Style::kNull:
      return node.flag ? document_->text_.substr(node.offset, node.payload) : std::string_view();
    case Document::Style::kPlain:
      return document_->text_.substr(node.offset, node.payload);
    case Document::Style::kQuoted:
      return document_->text_.substr(node.offset + 1, node.payload);
    case Document::Style::kRewritten:
      return document_->rewritten_[node.payload];
    default:
      return {};
  }
}

bool Node::has_children() const {
  return (raw().style == Document::Style::kList || raw().style == Document::Style::kMapping) &&
         raw().payload > target_ + 1;
}

Origin Node::origin() const {
  const Document::Raw& node = document_->raw_[place_];
  return {document_->file_, node.line, node.column};
}

Span Node::span() const {
  const Document::Raw& node = document_->raw_[place_];
  const std::string_view rest =
      document_->text_.substr(std::min<std::size_t>(node.offset, document_->text_.size()));
  std::size_t length = 1;
  switch (node.style) {
    case Document::Style::kPlain:
    case Document::Style::kNull:
      length = node.payload;
      break;
    case Document::Style::kQuoted:
      length = node.payload + std::size_t{2};
      break;
    case Document::Style::kAlias:
      length = std::min(rest.find_first_of(" \t\r\n,]}"), rest.size());
      break;
    default:
      break;
  }
  return {origin(), static_cast<std::uint32_t>(std::max<std::size_t>(length, 1))};
}

}  // namespace rollcall::yaml
