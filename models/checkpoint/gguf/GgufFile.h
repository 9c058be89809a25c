//===- GgufFile.h - A GGUF file and the parts it is split into --*- C++ -*-===//
//
// A model may be cut into parts NAME-00001-of-00003.gguf and so on. The first
// has the metadata, each has tensors; every part counts them all in
// split.tensors.count and says its own number in split.no.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFFILE_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFFILE_H

#include "models/checkpoint/gguf/GgufHeader.h"
#include "runtime/base/MappedFile.h"

namespace g4 {

class GgufFile {
public:
  /// Maps the file, or all parts if it is the first of several, and reads their
  /// headers.
  ///
  /// Errors: those of MappedFile::open and gguf::readHeader; InvalidArgument
  /// for parts that do not belong together and for another part than the first.
  static g4rt::Result<GgufFile> open(const std::string &path);

  /// Whether a file starts as a GGUF file does. False if it cannot be read.
  static bool isOne(const std::string &path);

  const std::string &path() const { return files_.front().path(); }
  const gguf::Metadata &metadata() const { return header_.metadata; }
  const std::map<std::string, StoredTensor> &tensors() const {
    return header_.tensors;
  }
  /// As g4rt::dropPages(), of all parts.
  void dropPages() const;

  /// All bytes before the data of the first part.
  std::span<const std::byte> headerBytes() const;

private:
  g4rt::Status openFirst(const std::string &path);
  g4rt::Status openParts();
  g4rt::Status addPart(const std::string &path, int64_t number);

  std::vector<g4rt::MappedFile> files_;
  gguf::Header header_; // of the first; with the tensors of all
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFFILE_H
