// Any bytes as a .safetensors file: tensors of what is accepted lie inside of
// it.

#include "models/checkpoint/Safetensors.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  FuzzFile bytes(textOf(data, size));
  auto file = g4::SafetensorsFile::open(bytes.path());
  if (!file)
    return 0;
  size_t sum = 0;
  for (const auto &[name, tensor] : file->tensors()) {
    sum += tensor.bytes.size();
    for (std::byte byte : tensor.bytes) // AddressSanitizer or SIGSEGV looks on
      asm volatile("" : : "r"(byte));
  }
  require(sum + 8 <= size, "tensors do not overlap");
  return 0;
}
