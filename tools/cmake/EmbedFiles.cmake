# Writes a C++ source with the bytes of files, for runtime/http/dashboard/PageFiles.h:
# cmake -DOUT=PageFiles.cpp "-DFILES=a.html;b.js" -P EmbedFiles.cmake
set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char kFile${number}[] = {${bytes}};\n")
  string(APPEND table "    {\"${name}\", {kFile${number}, sizeof(kFile${number})}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUT}" "// Made by tools/cmake/EmbedFiles.cmake.
#include \"runtime/http/dashboard/PageFiles.h\"

namespace g4rt {

${arrays}
constexpr PageFile kFiles[] = {
${table}};

std::span<const PageFile> pageFiles() { return kFiles; }

} // namespace g4rt
")
