//===- GgufValue.h - A value of a GGUF file's metadata ----------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFVALUE_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFVALUE_H

#include "models/checkpoint/gguf/GgufCursor.h"
#include "runtime/base/Json.h"

#include <vector>

namespace g4 {

/// A value where it lies in the mapped file: a number, a truth value, a text,
/// or an array of one of them. Checked to lie inside of the file; whether texts
/// are UTF-8 shows when they are asked for.
class GgufValue {
public:
  /// Type codes of the format.
  enum class Type : uint32_t {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    Array,
    U64,
    I64,
    F64,
  };

  /// The value at the cursor, which moves behind it. An array may have any
  /// number of elements that the file has room for, and no arrays.
  static g4rt::Result<GgufValue> read(gguf::Cursor &cursor);

  /// As JSON: numbers keep their value, an f32 becomes the double that it is.
  ///
  /// Errors: InvalidArgument for a text that is not UTF-8 and for an array of
  /// more elements than any vocabulary has.
  g4rt::Result<g4rt::json::value> toJson() const;

  /// The elements of an array of texts, where they lie in the file.
  ///
  /// Errors: InvalidArgument for another value, and as above.
  g4rt::Result<std::vector<std::string_view>> texts() const;

private:
  bool isArray_ = false;
  Type type_ = Type::U8; // of the elements, if it is an array
  uint64_t numElements_ = 1;
  std::span<const std::byte> bytes_;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFVALUE_H
