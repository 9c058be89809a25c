//===- NpyFile.cpp - Rows of floats as a NumPy file -----------------------===//

#include "tools/g4rt/NpyFile.h"

#include "runtime/base/NpyHeader.h"

#include <bit>

namespace g4rt {

static_assert(std::endian::native == std::endian::little,
              "floats are written as they lie in memory");

Result<NpyFile> NpyFile::create(const std::string &path, int64_t rows,
                                int64_t cols) {
  std::string head = npyHeader("<f4", "(" + std::to_string(rows) + ", " +
                                          std::to_string(cols) + ")");
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(path));
  G4RT_TRY(file.append(std::as_bytes(std::span(head))));
  return NpyFile(std::move(file));
}

Status NpyFile::append(std::span<const float> values) {
  return file_.append(std::as_bytes(values));
}

} // namespace g4rt
