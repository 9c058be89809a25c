//===- MutableTokenizer.h - Tokenizer tables to damage ----------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_MUTABLETOKENIZER_H
#define G4_TEST_SUPPORT_MUTABLETOKENIZER_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstring>
#include <string>
#include <vector>

namespace g4rt {

/// A copy of a finished Tokenizer.fbs buffer whose arrays can be written.
class MutableTokenizer {
public:
  explicit MutableTokenizer(std::string_view bytes)
      : bytes_(bytes.begin(), bytes.end()) {}

  std::vector<char> &bytes() { return bytes_; }
  const artifact::Tokenizer &table() const {
    return *flatbuffers::GetRoot<artifact::Tokenizer>(bytes_.data());
  }
  bool verifies() const {
    flatbuffers::Verifier verifier(
        reinterpret_cast<const uint8_t *>(bytes_.data()), bytes_.size());
    return verifier.VerifyBuffer<artifact::Tokenizer>(nullptr);
  }

  /// Sets element `index` of a vector of this table.
  template <typename T>
  void set(const flatbuffers::Vector<T> *vector, size_t index, T value) {
    char *data =
        bytes_.data() +
        (reinterpret_cast<const char *>(vector->Data()) - bytes_.data());
    std::memcpy(data + index * sizeof(T), &value, sizeof(T));
  }
  /// Sets the length of a vector, which may then run into what follows it.
  template <typename T>
  void resize(const flatbuffers::Vector<T> *vector, uint32_t size) {
    char *data = bytes_.data() +
                 (reinterpret_cast<const char *>(vector) - bytes_.data());
    std::memcpy(data, &size, sizeof(size));
  }

  /// The message of Tokenizer::create, "ok" if there is none.
  std::string messageOfCreate() const {
    Result<Tokenizer> tokenizer = Tokenizer::create(table());
    return tokenizer ? "ok" : tokenizer.error().toString();
  }

private:
  std::vector<char> bytes_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_MUTABLETOKENIZER_H
