#pragma once

#include <cstdint>
#include <string_view>

#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {

/// The version inside every JSON document.
constexpr std::int64_t kDocumentVersion = 1;

/// Opens a document, and writes what every one begins with: `format`, `version`, `meta`.
void begin_document(JsonWriter& json, std::string_view format, const Meta& meta);

/// The rollcall-plan document as one value, by itself or inside another.
void write_plan(JsonWriter& json, const plan::Plan& plan, const model::RecordedEstate& recorded,
                const Context& context);

}  // namespace rollcall::report
