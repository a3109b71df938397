#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace rollcall::chatwoot {

/// What is wrong with a response, as the end of a sentence: "`id` is missing". Thrown inside chatwoot/'s
/// decoders alone, which turn it into a value.
struct Malformed {
  std::string what;
};

/// Reads one JSON document in time linear in its bytes. Throws Malformed for what is no JSON, no UTF-8,
/// beyond the limits of base/limits.hpp, or has an object with the same key twice, of which readers differ in
/// what they take.
nlohmann::json read_json(std::string_view body);

/// Reads a list, and hands over each item as soon as it is whole, so that no more than one is in memory. Ends
/// with Malformed soon after a stop is requested.
void read_json_rows(std::string_view body, const std::stop_token& stop,
                    const std::function<void(const nlohmann::json&)>& on_row);

}  // namespace rollcall::chatwoot
