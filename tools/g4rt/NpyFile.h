//===- NpyFile.h - Rows of floats as a NumPy file ---------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_NPYFILE_H
#define G4_TOOLS_G4RT_NPYFILE_H

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string>

namespace g4rt {

/// A .npy file of version 1.0: f32 [rows, cols], little-endian, C order. It
/// appears at its path when it is complete. Format:
/// numpy.org/doc/stable/reference/generated/numpy.lib.format.html
class NpyFile {
public:
  /// Errors, here and below: those of AtomicFile.
  static Result<NpyFile> create(const std::string &path, int64_t rows,
                                int64_t cols);

  Status append(std::span<const float> values);
  /// After rows * cols values.
  Status commit() { return file_.commit(); }

private:
  explicit NpyFile(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_NPYFILE_H
