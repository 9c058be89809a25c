//===- HostMemory.h - Typed memory of the interpreter -----------*- C++ -*-===//
//
// Bytes as a device would hold them, so that the same memory can be given to
// the interpreter, to compiled code and to the emulator, and compared
// afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_HOSTMEMORY_H
#define G4_COMPILER_INTERPRET_HOSTMEMORY_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace g4 {

/// U8: the bytes of a weight whose units hold scales.
enum class Element { F32, BF16, F16, I32, U8 };

inline int64_t sizeOf(Element element) {
  if (element == Element::U8)
    return 1;
  return element == Element::BF16 || element == Element::F16 ? 2 : 4;
}

/// An array of `numElements` numbers at `data`, which somebody else owns.
struct HostArray {
  Element element = Element::F32;
  std::byte *data = nullptr;
  int64_t numElements = 0;

  int64_t numBytes() const { return numElements * sizeOf(element); }
  double read(int64_t index) const;
  void write(int64_t index, double value) const;
};

/// Owns an array, 64-byte aligned, with 64 bytes of slack after it.
class HostBuffer {
public:
  HostBuffer(Element element, int64_t numElements);
  HostArray array() const { return array_; }

private:
  std::vector<std::byte> storage_;
  HostArray array_;
};

} // namespace g4

#endif // G4_COMPILER_INTERPRET_HOSTMEMORY_H
