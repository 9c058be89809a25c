//===- NpyHeader.h - The head of a NumPy file -------------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_NPYHEADER_H
#define G4_RUNTIME_BASE_NPYHEADER_H

#include <string>
#include <string_view>

namespace g4rt {

/// What stands before the elements of an array in C order: version 1.0 of
/// NumPy's format (numpy.lib.format), a multiple of 64 bytes long. `descr` is
/// the element type, "<f4"; `shape` a tuple as Python reads it, "(2, 3)".
std::string npyHeader(std::string_view descr, std::string_view shape);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_NPYHEADER_H
