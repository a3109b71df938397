#include "report/format.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "report/report.hpp"

namespace rollcall::report {
namespace {

constexpr unsigned offered_by(std::initializer_list<Subject> subjects) {
  unsigned bits = 0;
  for (const Subject subject : subjects) bits |= 1U << static_cast<unsigned>(subject);
  return bits;
}

constexpr unsigned kAll = ~0U;

struct FormatFacts {
  Format format;
  std::string_view name;
  unsigned offered;
};

constexpr std::array kFormats = {
    FormatFacts{Format::kText, "text", kAll},
    FormatFacts{Format::kJson, "json", kAll},
};

}  // namespace

std::string_view name_of(Format format) {
  return kFormats.at(static_cast<std::size_t>(format)).name;
}

std::vector<Format> formats_of(Subject subject) {
  std::vector<Format> formats;
  for (const FormatFacts& facts : kFormats)
    if ((facts.offered & offered_by({subject})) != 0) formats.push_back(facts.format);
  return formats;
}

std::optional<Format> find_format(std::string_view name) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const FormatFacts& facts) { return facts.name == name; });
  return found == kFormats.end() ? std::nullopt : std::optional(found->format);
}

std::string diagnostics_report(Format format, const Diagnostics& diagnostics, const Meta& meta) {
  return format == Format::kJson ? diagnostics_json(diagnostics, meta) : render(diagnostics, false);
}

std::string plan_report(Format format, const plan::Plan& plan, const model::RecordedEstate& recorded,
                        const Context& context, const Style& style) {
  return format == Format::kJson ? plan_json(plan, recorded, context)
                                 : plan_text(plan, recorded, context, style);
}

std::string drift_report(Format format, const plan::Drift& drift, const SourceFiles& files, const Meta& meta,
                         const Style& style) {
  return format == Format::kJson ? drift_json(drift, files, meta) : drift_text(drift, files, style);
}

}  // namespace rollcall::report
