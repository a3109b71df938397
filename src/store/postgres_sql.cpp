#include "store/postgres_sql.hpp"

#include <algorithm>
#include <string_view>

namespace rollcall::store {

std::string create_tables_by_hand() {
  std::string sql;
  for (const char* statement : kCreateTables) {
    for (std::string_view rest = statement; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      sql += line.substr(line.find_first_not_of(' '));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!rest.empty()) sql += ' ';
    }
    sql += "; ";
  }
  return sql;
}

}  // namespace rollcall::store
