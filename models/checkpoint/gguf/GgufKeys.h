//===- GgufKeys.h - Metadata of a GGUF file by name -------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFKEYS_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFKEYS_H

#include "models/checkpoint/gguf/GgufFile.h"

namespace g4::gguf {

/// Reads values and keeps the first failure, so that a reader can list them
/// without a test after each. A failed value is null.
class Keys {
public:
  explicit Keys(const Metadata &metadata) : metadata_(metadata) {}

  bool has(std::string_view key) const { return metadata_.contains(key); }
  /// Null where there is no such key.
  g4rt::json::value find(std::string_view key);
  /// Fails where there is no such key.
  g4rt::json::value need(std::string_view key);
  /// The elements of an array of texts, which must be there.
  std::vector<std::string_view> needTexts(std::string_view key);
  /// A text; empty where there is no such key.
  std::string text(std::string_view key);

  /// `metadata KEY: WHAT`.
  void fail(std::string_view key, const std::string &what);
  const g4rt::Status &status() const { return status_; }

private:
  const Metadata &metadata_;
  g4rt::Status status_;
};

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFKEYS_H
