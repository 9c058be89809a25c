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

#include "models/checkpoint/RowSource.h"
#include "runtime/base/MappedFile.h"

#include <map>

namespace g4 {

class SafetensorsFile {
public:
  /// Errors: those of MappedFile::open; InvalidArgument naming the file, the
  /// tensor, what was found and what was needed.
  static g4rt::Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const { return file_.path(); }
  std::span<const std::byte> bytes() const { return file_.bytes(); }
  const std::map<std::string, StoredTensor> &tensors() const {
    return tensors_;
  }

private:
  g4rt::MappedFile file_;
  std::map<std::string, StoredTensor> tensors_;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_SAFETENSORS_H
