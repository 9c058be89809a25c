//===- GgufBytes.h - GGUF files for tests, sound or not ---------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_GGUFBYTES_H
#define G4_TEST_SUPPORT_GGUFBYTES_H

#include "models/checkpoint/gguf/GgufValue.h"

#include <string>
#include <vector>

namespace g4 {

/// The bytes of a GGUF file, written in the order of the format: header, pairs,
/// tensors, data. Nothing is checked.
class GgufBytes {
public:
  using Type = GgufValue::Type;

  template <typename T>
  GgufBytes &put(T number) {
    bytes_.append(reinterpret_cast<const char *>(&number), sizeof(number));
    return *this;
  }
  GgufBytes &text(std::string_view text) {
    put<uint64_t>(text.size());
    bytes_ += text;
    return *this;
  }
  GgufBytes &header(uint64_t numTensors, uint64_t numPairs,
                    uint32_t version = 3) {
    bytes_ += "GGUF";
    return put(version).put(numTensors).put(numPairs);
  }
  template <typename T>
  GgufBytes &pair(std::string_view key, Type type, T number) {
    return text(key).put(type).put(number);
  }
  GgufBytes &pair(std::string_view key, std::string_view value) {
    return text(key).put(Type::Text).text(value);
  }
  GgufBytes &pair(std::string_view key, const std::vector<std::string> &texts) {
    text(key).put(Type::Array).put(Type::Text).put<uint64_t>(texts.size());
    for (const std::string &value : texts)
      text(value);
    return *this;
  }
  template <typename T>
  GgufBytes &pair(std::string_view key, Type type,
                  const std::vector<T> &numbers) {
    text(key).put(Type::Array).put(type).put<uint64_t>(numbers.size());
    for (T number : numbers)
      put(number);
    return *this;
  }
  /// `sizes`: the innermost first.
  GgufBytes &tensor(std::string_view name, const std::vector<uint64_t> &sizes,
                    uint32_t type, uint64_t offset) {
    text(name).put<uint32_t>(sizes.size());
    for (uint64_t size : sizes)
      put(size);
    return put(type).put(offset);
  }
  GgufBytes &alignTo(size_t alignment) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
  GgufBytes &zeros(size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }

  const std::string &bytes() const { return bytes_; }

private:
  std::string bytes_;
};

} // namespace g4

#endif // G4_TEST_SUPPORT_GGUFBYTES_H
