//===- ReferenceFile.cpp - A checkpoint compiled to be run here -----------===//

#include "tools/g4c/ReferenceFile.h"

#include "tools/g4c/Targets.h"

#include <filesystem>
#include <unistd.h>

namespace g4 {

ReferenceFile::~ReferenceFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

static std::string hiddenPath(const std::string &beside) {
  std::filesystem::path path(beside);
  path.replace_filename("." + path.filename().string() + ".reference-" +
                        std::to_string(::getpid()));
  return path.string();
}

g4rt::Result<std::shared_ptr<ReferenceFile>>
ReferenceFile::compile(CompileOptions options, const std::string &beside,
                       mlir::MLIRContext &context) {
  std::shared_ptr<ReferenceFile> file(new ReferenceFile(hiddenPath(beside)));
  options.output = file->path();
  G4RT_ASSIGN(options.backends, makeBackends({"native"}));
  G4RT_TRY(g4::compile(options, context).during("compiling the reference"));
  return file;
}

} // namespace g4
