#include "policy/diagnose.hpp"

#include <utility>

namespace rollcall::policy {

Diagnostic diagnose(const SourceFiles& files, Severity severity, std::string rule, Origin origin,
                    std::string message, std::string hint, std::uint32_t length) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.rule = std::move(rule);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.length = length;
  if (origin.line == 0 || origin.file >= files.size()) return diagnostic;
  diagnostic.file = files.name(origin.file);
  diagnostic.line = origin.line;
  diagnostic.column = origin.column;
  diagnostic.source_line = files.shown_line(origin.file, origin.line);
  return diagnostic;
}

}  // namespace rollcall::policy
