# cmake -D OUTPUT=FILE -D FOLDER=docs -D "TOPICS=roster project" -P embed_pages.cmake
# Writes the pages of docs/ as the values that cli/pages.hpp declares.
separate_arguments(TOPICS)
set(entries "")
foreach(topic IN LISTS TOPICS)
  file(READ "${FOLDER}/${topic}.md" text)
  if(text MATCHES "\\)page\"")
    message(FATAL_ERROR "${topic}.md holds the end of a raw string: change the delimiter here.")
  endif()
  string(APPEND entries "    {\"${topic}\", R\"page(${text})page\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"cli/pages.hpp\"

#include <array>

namespace rollcall::cli {

std::span<const Page> pages() {
  static constexpr auto kPages = std::to_array<Page>({
${entries}  });
  return kPages;
}

}  // namespace rollcall::cli
")
