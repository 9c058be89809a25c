//===- NpyFile.cpp - Rows of floats as a NumPy file -----------------------===//

#include "tools/g4rt/NpyFile.h"

#include <bit>

namespace g4rt {

static_assert(std::endian::native == std::endian::little,
              "floats are written as they lie in memory");

/// Magic, version and the length of the text before the data, in bytes; the
/// whole head is a multiple of 64.
constexpr size_t kFixedBytes = 10, kAlignment = 64;

Result<NpyFile> NpyFile::create(const std::string &path, int64_t rows,
                                int64_t cols) {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                     std::to_string(rows) + ", " + std::to_string(cols) +
                     "), }";
  size_t size = kFixedBytes + text.size() + 1;
  text.append((kAlignment - size % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string head("\x93NUMPY\x01\x00", 8);
  head += static_cast<char>(text.size() & 0xff);
  head += static_cast<char>(text.size() >> 8);
  head += text;
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(path));
  G4RT_TRY(file.append(std::as_bytes(std::span(head))));
  return NpyFile(std::move(file));
}

Status NpyFile::append(std::span<const float> values) {
  return file_.append(std::as_bytes(values));
}

} // namespace g4rt
