#include "report/widget.hpp"

#include <algorithm>

#include "report/json.hpp"

namespace rollcall::report {

std::string widget(const plan::Totals& totals) {
  constexpr std::size_t kMost = 999'999;
  JsonWriter json;
  json.begin_object();
  json.count("create", std::min(totals.create, kMost));
  json.count("update", std::min(totals.update, kMost));
  json.count("delete", std::min(totals.remove, kMost));
  json.end_object();
  return json.take();
}

}  // namespace rollcall::report
