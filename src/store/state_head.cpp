#include "store/state_head.hpp"

#include <nlohmann/json.hpp>

namespace rollcall::store {
namespace {

/// The members of the outermost object, until both are there.
class HeadReader {
 public:
  using Json = nlohmann::json;

  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(Json::number_integer_t value) { return number(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return number(static_cast<std::int64_t>(value)); }
  bool number_float(Json::number_float_t /*value*/, const Json::string_t& /*text*/) { return true; }
  bool string(Json::string_t& value) {
    if (depth_ != 1 || key_ != "lineage") return true;
    head.lineage = value;
    return more(has_lineage_);
  }
  bool binary(Json::binary_t& /*value*/) { return true; }
  bool start_object(std::size_t /*size*/) { return enter(); }
  bool end_object() { return leave(); }
  bool start_array(std::size_t /*size*/) { return enter(); }
  bool end_array() { return leave(); }
  bool key(Json::string_t& name) {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*error*/) {
    return false;
  }

  StateHead head;

 private:
  bool enter() {
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool number(std::int64_t value) {
    if (depth_ != 1 || key_ != "serial") return true;
    head.serial = value;
    return more(has_serial_);
  }
  bool more(bool& found) {
    found = true;
    return !(has_serial_ && has_lineage_);
  }

  int depth_ = 0;
  std::string key_;
  bool has_serial_ = false;
  bool has_lineage_ = false;
};

}  // namespace

StateHead read_head(std::string_view bytes) {
  HeadReader reader;
  static_cast<void>(nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &reader));
  return reader.head;
}

}  // namespace rollcall::store
