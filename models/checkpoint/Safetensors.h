//===- Safetensors.h - Tensors of a mapped .safetensors file ----*- C++ -*-===//
//
// Format: 8 bytes little-endian length of a JSON header, the header, the bytes
// of the tensors. github.com/huggingface/safetensors has the description.
// Refused: a header over 100 MB or longer than the file, tensors that overlap,
// leave holes or do not fill the file, sizes that do not fit their shape.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_SAFETENSORS_H
#define G4_MODELS_CHECKPOINT_SAFETENSORS_H

#include "runtime/base/MappedFile.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace g4 {

/// Element types that weights come in; others may be in a file, unused.
enum class TensorType { F32, BF16, F16, Other };

/// A tensor in a mapped file; lives as long as the file.
struct Tensor {
  TensorType type = TensorType::Other;
  std::string typeName; // as the file says it: "BF16"
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t numElements() const;
};

/// "[4096, 2816]".
std::string shapeText(std::span<const int64_t> shape);

class SafetensorsFile {
public:
  /// Errors: those of MappedFile::open; InvalidArgument naming the file, the
  /// tensor, what was found and what was needed.
  static g4rt::Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const { return file_.path(); }
  const std::map<std::string, Tensor> &tensors() const { return tensors_; }
  /// The texts of "__metadata__".
  const std::map<std::string, std::string> &metadata() const {
    return metadata_;
  }

private:
  g4rt::Status parse();

  g4rt::MappedFile file_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_SAFETENSORS_H
