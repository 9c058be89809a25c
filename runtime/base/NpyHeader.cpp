//===- NpyHeader.cpp - The head of a NumPy file ---------------------------===//

#include "runtime/base/NpyHeader.h"

namespace g4rt {

/// Magic, version and the length of the text, in bytes.
constexpr size_t kFixedBytes = 10, kAlignment = 64;

std::string npyHeader(std::string_view descr, std::string_view shape) {
  std::string text =
      "{'descr': '" + std::string(descr) +
      "', 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
  size_t size = kFixedBytes + text.size() + 1;
  text.append((kAlignment - size % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string head("\x93NUMPY\x01\x00", 8);
  head += static_cast<char>(text.size() & 0xff);
  head += static_cast<char>(text.size() >> 8);
  return head + text;
}

} // namespace g4rt
