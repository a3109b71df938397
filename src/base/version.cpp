#include "base/version.hpp"

namespace rollcall {

std::string_view version() {
  return ROLLCALL_VERSION;
}

}  // namespace rollcall
