# cmake -D OUTPUT=FILE -D HEADER=cli/pages.hpp -D TYPE=Page -D FUNCTION=pages -D FOLDER=docs
#   -D "FILES=roster=roster.md project=project.md" -P embed_files.cmake
# Writes the files, each with its name, as the values that the header declares.
separate_arguments(FILES)
set(entries "")
foreach(file IN LISTS FILES)
  string(REPLACE "=" ";" name_and_path "${file}")
  list(GET name_and_path 0 name)
  list(GET name_and_path 1 path)
  file(READ "${FOLDER}/${path}" text)
  if(text MATCHES "\\)file\"")
    message(FATAL_ERROR "${path} holds the end of a raw string: change the delimiter here.")
  endif()
  string(APPEND entries "    {\"${name}\", R\"file(${text})file\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

#include <array>

namespace rollcall::cli {

std::span<const ${TYPE}> ${FUNCTION}() {
  static constexpr auto kFiles = std::to_array<${TYPE}>({
${entries}  });
  return kFiles;
}

}  // namespace rollcall::cli
")
