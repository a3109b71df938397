#include <string>

#include "fuzz.hpp"
#include "saved_plan/saved_plan.hpp"

namespace rollcall::fuzz::saved_plan_target {
namespace {

constexpr std::string_view kName = "change.plan";

}  // namespace

ROLLCALL_FUZZ_TARGET(saved_plan) {
  const std::string_view bytes = fuzz::text_of(data, size);
  model::Directory directory;
  SourceFiles files;
  const auto read = saved_plan::decode(bytes, std::string(kName), directory, files);
  if (!read) {
    fuzz::require_error(read.error());
    fuzz::require(read.error().message.find(kName) != std::string::npos, "a refusal names the file",
                  read.error().message);
    return 0;
  }
  fuzz::require(read->digest == saved_plan::digest_of(read->saved, directory, files),
                "a plan is what its digest says");
  const std::string written = saved_plan::encode(read->saved, read->digest, directory, files);
  model::Directory fresh;
  SourceFiles no_files;
  const auto again = saved_plan::decode(written, std::string(kName), fresh, no_files);
  fuzz::require(again.has_value(), "what is written can be read", again ? "" : again.error().message);
  fuzz::require(saved_plan::encode(again->saved, again->digest, fresh, no_files) == written,
                "what is read is written again as it was", written);
  return 0;
}

}  // namespace rollcall::fuzz::saved_plan_target
