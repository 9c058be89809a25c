//===- ReferenceFile.h - A checkpoint compiled to be run here ---*- C++ -*-===//

#ifndef G4_TOOLS_G4C_REFERENCEFILE_H
#define G4_TOOLS_G4C_REFERENCEFILE_H

#include "compiler/pipeline/Pipeline.h"

#include <memory>
#include <string>

namespace g4 {

/// An artifact beside another file that is removed with this object.
class ReferenceFile {
public:
  /// Compiles as `options` says, but for this machine and into a hidden file
  /// beside `beside`.
  ///
  /// Errors: those of compile().
  static g4rt::Result<std::shared_ptr<ReferenceFile>>
  compile(CompileOptions options, const std::string &beside,
          mlir::MLIRContext &context);

  ReferenceFile(const ReferenceFile &) = delete;
  ReferenceFile &operator=(const ReferenceFile &) = delete;
  ~ReferenceFile();

  const std::string &path() const { return path_; }

private:
  explicit ReferenceFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

} // namespace g4

#endif // G4_TOOLS_G4C_REFERENCEFILE_H
