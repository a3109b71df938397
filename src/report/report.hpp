#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/source.hpp"
#include "model/address.hpp"
#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "plan/drift.hpp"
#include "plan/plan.hpp"
#include "plan/refresh.hpp"
#include "plan/result.hpp"
#include "report/format.hpp"

/// Values of a run in, finished texts out. Texts and documents end with a line break; whatever comes from an
/// input or from the server is made harmless for a terminal, and JSON is valid UTF-8 whatever the input was.
namespace rollcall::report {

/// The pipeline that runs this, as its variables say; outside of one, only the fallback.
struct Pipeline {
  /// The repository's folder, and where in it the run works, such as "deploy"; empty for its top.
  std::filesystem::path root{};
  std::filesystem::path folder{};
  /// What the path of a file is appended to for a link to it, such as
  /// https://git.example.com/ops/-/blob/SHA/.
  std::string files_url{};
  /// The page of the job.
  std::string job_url{};
  /// What a finding names that stands in no file.
  std::string fallback_file = "rollcall.yaml";

  bool operator==(const Pipeline&) const = default;
};

/// What a report was made from; nothing where the command did not come to know it.
struct Meta {
  /// The day (UTC) of the run: it decides what has expired.
  Date date;
  /// Of the program.
  std::string tool_version;
  /// The server's identity.
  std::optional<std::string> server{};
  /// Where the recorded state is, and which one it is; no lineage and no serial where there is none yet.
  std::optional<std::string> state{};
  std::optional<std::string> lineage{};
  std::optional<std::int64_t> serial{};
  Pipeline pipeline{};
  /// When the run began.
  Time time{};
  /// When the state was written, where its place says it.
  std::optional<Time> state_written_at{};
  /// Of the saved plan that is shown; nothing where the plan is in no file.
  std::optional<std::string> plan_digest{};
};

/// What is known of a run as it begins.
Meta meta_at(Time now);

/// What turns the references of a run's values into words.
struct Context {
  const model::Directory& directory;
  const SourceFiles& files;
  Meta meta;
};

struct Style {
  bool colour = false;
  /// One line for each grant, however many a rule reaches.
  bool full = false;
};

/// The plan for a reviewer: what deserves a second look, objects, access, the total as the last line.
/// `recorded` is the estate that the plan was made from; it names the users who stay in released accounts.
std::string plan_text(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                      const Style& style);

/// The plan in any format that is offered for it; the style is that of the text.
std::string plan_report(Format format, const plan::Plan& plan, const model::RecordedEstate& recorded,
                        const Context& context, const Style& style);

/// A `rollcall-plan` document (schemas/plan.schema.json), one action a line.
std::string plan_json(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context);

/// `[12/340] created accounts.support-emea (id 42)`: one finished action, with a line break.
/// `finished` counts this one.
std::string action_line(const plan::Plan& plan, const plan::ActionResult& result, std::size_t finished,
                        std::size_t total, const Context& context, const Style& style);

struct Progress {
  std::size_t finished = 0;
  std::size_t total = 0;
  std::size_t failed = 0;
  std::chrono::milliseconds elapsed{0};
};

/// `Applying 123/340 · 35/s · 6 s left · 2 failed`: the live line of a terminal, without a line break and
/// never wider than `width` columns.
std::string live_line(const Progress& progress, std::size_t width);

/// The closing summary of an apply. `saved` says where the state is now, as one sentence; empty: nothing is
/// said.
std::string apply_text(const plan::Plan& plan, const plan::ApplyResult& result, std::string_view saved,
                       const Context& context, const Style& style);

/// A `rollcall-apply` document (schemas/apply.schema.json): the plan and what became of it. Without a result
/// (refused, or nothing to do) the document's `result` is null.
std::string apply_json(const plan::Plan& plan, const std::optional<plan::ApplyResult>& result,
                       const model::RecordedEstate& recorded, const Context& context);

/// Where the server, the record and the roster differ, grouped by verdict.
std::string drift_text(const plan::Drift& drift, const SourceFiles& files, const Style& style);

/// The drift in any format that is offered for it; the style is that of the text.
std::string drift_report(Format format, const plan::Drift& drift, const SourceFiles& files, const Meta& meta,
                         const Style& style);

/// A `rollcall-drift` document (schemas/drift.schema.json).
std::string drift_json(const plan::Drift& drift, const SourceFiles& files, const Meta& meta);

/// What `refresh` took into the record, what it only tells, and what could not be read.
std::string refresh_text(const plan::Refreshed& refreshed, const Style& style);

/// A `rollcall-refresh` document (schemas/refresh.schema.json).
std::string refresh_json(const plan::Refreshed& refreshed, const Meta& meta);

/// A `rollcall-error` document (schemas/error.schema.json). Also what `validate` prints: no diagnostics, no
/// problem.
std::string diagnostics_json(const Diagnostics& diagnostics, const Meta& meta);

/// Every recorded object, one a line: address, id, how it became managed, what is special about it. Sorted by
/// address. With `grants` every recorded grant too.
std::string state_list_text(const model::RecordedEstate& recorded, const model::Directory& directory,
                            bool grants);
/// A `rollcall-state-list` document (schemas/state-list.schema.json).
std::string state_list_json(const model::RecordedEstate& recorded, const model::Directory& directory,
                            bool grants, const Meta& meta);

/// All that is recorded of one object, its grants included. Fails for an address that is not recorded.
Expected<std::string> state_show_text(const model::RecordedEstate& recorded,
                                      const model::Directory& directory, const model::Address& address);
/// A `rollcall-state-show` document (schemas/state-show.schema.json).
Expected<std::string> state_show_json(const model::RecordedEstate& recorded,
                                      const model::Directory& directory, const model::Address& address,
                                      const Meta& meta);

}  // namespace rollcall::report
