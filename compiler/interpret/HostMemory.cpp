//===- HostMemory.cpp - Typed memory of the interpreter -------------------===//

#include "compiler/interpret/HostMemory.h"

#include "runtime/base/Bf16.h"

#include <cassert>
#include <cstring>

namespace g4 {

template <typename T>
static T readAs(const std::byte *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

double HostArray::read(int64_t index) const {
  assert(index >= 0 && index < numElements && "outside of the array");
  const std::byte *at = data + index * sizeOf(element);
  switch (element) {
  case Element::F32:
    return readAs<float>(at);
  case Element::BF16:
    return g4rt::fromBf16(readAs<uint16_t>(at));
  case Element::F16:
    return readAs<_Float16>(at);
  case Element::I32:
    return readAs<int32_t>(at);
  case Element::U8:
    return readAs<uint8_t>(at);
  }
  return 0;
}

void HostArray::write(int64_t index, double value) const {
  assert(index >= 0 && index < numElements && "outside of the array");
  std::byte *at = data + index * sizeOf(element);
  switch (element) {
  case Element::F32: {
    float f = static_cast<float>(value);
    std::memcpy(at, &f, sizeof(f));
    return;
  }
  case Element::BF16: {
    uint16_t bits = g4rt::toBf16(static_cast<float>(value));
    std::memcpy(at, &bits, sizeof(bits));
    return;
  }
  case Element::F16: {
    auto half = static_cast<_Float16>(static_cast<float>(value));
    std::memcpy(at, &half, sizeof(half));
    return;
  }
  case Element::I32: {
    int32_t word = static_cast<int32_t>(value);
    std::memcpy(at, &word, sizeof(word));
    return;
  }
  case Element::U8:
    *at = static_cast<std::byte>(value);
    return;
  }
}

constexpr size_t kAlignment = 64;

HostBuffer::HostBuffer(Element element, int64_t numElements)
    : storage_(numElements * sizeOf(element) + 2 * kAlignment) {
  auto address = reinterpret_cast<uintptr_t>(storage_.data());
  size_t skip = (kAlignment - address % kAlignment) % kAlignment;
  array_ = {element, storage_.data() + skip, numElements};
}

} // namespace g4
