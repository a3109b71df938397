#include "saved_plan/saved_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "saved_plan/checks.hpp"
#include "saved_plan/reader.hpp"
#include "saved_plan/writer.hpp"

namespace rollcall::saved_plan {
namespace {

using Layout = report::JsonWriter::Layout;
using state::Node;
using state::NodeMember;
using state::Problem;

/// The members of the document, each as a tree.
class Document final : public state::DocumentReader {
 public:
  Node::Map members;

  state::Checked<bool> enter(const state::Path&, std::size_t) override { return false; }
  state::Checked<void> member(const state::Path&, std::string key, std::size_t at, Node value) override {
    if (find(key) != nullptr)
      return tl::unexpected<Problem>(Problem{at, fmt::format("the key `{}` is there twice", key)});
    members.push_back({std::move(key), at, std::move(value)});
    return {};
  }

  [[nodiscard]] const NodeMember* find(std::string_view key) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const NodeMember& member) { return member.key == key; });
    return found == members.end() ? nullptr : &*found;
  }
  template <class T>
  [[nodiscard]] const T* value(std::string_view key) const {
    const NodeMember* member = find(key);
    return member == nullptr ? nullptr : std::get_if<T>(&member->value.data);
  }
};

constexpr std::string_view kMakeAnew = "Make it again with `rollcall plan --out FILE`.";

tl::unexpected<Error> refusal(std::string_view bytes, const std::string& name, const Problem& wrong) {
  const std::size_t at = std::min(wrong.at, bytes.size());
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return fail(fmt::format("{}:{}: The saved plan cannot be used: {} (byte {}).", name, line,
                          printable(wrong.what), at),
              std::string(kMakeAnew));
}

/// Refuses what another program or a later Rollcall wrote before anything else of it is judged.
Expected<void> check_version(const Document& document, const std::string& name) {
  const auto* format = document.value<std::string>("format");
  if (format == nullptr || *format != kFormat)
    return fail(
        fmt::format("{} is not a saved plan: its `format` is not \"{}\".", name, kFormat),
        "`rollcall plan --out FILE` writes one; `--format json` prints a document for other programs.");
  const auto* version = document.value<std::int64_t>("version");
  if (version != nullptr && *version > kVersion)
    return fail(fmt::format("{} has version {}, and this program reads version {} at most.", name, *version,
                            kVersion),
                "A newer Rollcall wrote it: use that one.");
  return {};
}

std::string content_of(const SavedPlan& saved, const model::Directory& directory, const SourceFiles& files) {
  report::JsonWriter json;
  Writer writer(json, directory, files);
  json.begin_object(Layout::kLines);
  saved.state.lineage ? json.text("lineage", *saved.state.lineage) : json.null("lineage");
  describe_content(writer, saved);
  json.end_object();
  return json.take();
}

}  // namespace

std::string roster_digest(const std::vector<std::string_view>& texts) {
  std::string digests;
  for (const std::string_view text : texts) digests += sha256(text) + "\n";
  return sha256(digests);
}

std::string digest_of(const SavedPlan& saved, const model::Directory& directory, const SourceFiles& files) {
  return sha256(content_of(saved, directory, files));
}

std::string encode(const SavedPlan& saved, std::string_view digest, const model::Directory& directory,
                   const SourceFiles& files) {
  report::JsonWriter json;
  Writer writer(json, directory, files);
  json.begin_object(Layout::kLines);
  json.text("format", kFormat);
  json.number("version", kVersion);
  json.text("digest", digest);
  describe_circumstances(writer, saved);
  describe_content(writer, saved);
  json.end_object();
  return json.take();
}

bool looks_like_saved_plan(std::string_view start) {
  const std::string wanted = fmt::format("{{\"format\":\"{}\"", kFormat);
  std::string seen(start);
  std::erase_if(seen, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  seen.resize(std::min(seen.size(), wanted.size()));
  return wanted.starts_with(seen);
}

Expected<ReadPlan> decode(std::string_view bytes, const std::string& name, model::Directory& directory,
                          SourceFiles& files) {
  Document document;
  if (const auto read = state::read_document(bytes, document); !read)
    return refusal(bytes, name, read.error());
  if (auto checked = check_version(document, name); !checked) return tl::unexpected<Error>(checked.error());
  SavedPlan saved;
  Reader reader(document.members, directory, files);
  std::string format, digest;
  std::int64_t version = 0;
  reader.field("format", format);
  reader.field("version", version);
  reader.field("digest", digest);
  describe_circumstances(reader, saved);
  describe_content(reader, saved);
  reader.finish();
  if (reader.problem()) return refusal(bytes, name, *reader.problem());
  if (auto wrong = find_inconsistency(saved, directory)) return refusal(bytes, name, {0, std::move(*wrong)});
  saved.recorded = sorted(std::move(saved.recorded));
  if (const std::string found = digest_of(saved, directory, files); found != digest)
    return fail(fmt::format("{} was changed: its plan has the digest {}, and the file names {}.", name, found,
                            printable(shortened(digest, 80, "…"))),
                std::string(kMakeAnew));
  return ReadPlan{std::move(saved), std::move(digest)};
}

}  // namespace rollcall::saved_plan
