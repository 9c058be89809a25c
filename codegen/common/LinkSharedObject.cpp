//===- LinkSharedObject.cpp - One object file to a shared object ----------===//

#include "codegen/common/LinkSharedObject.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include "lld/Common/Driver.h"

LLD_HAS_DRIVER(elf)

namespace g4 {

namespace {
/// A file that is removed when it goes out of scope.
struct TemporaryFile {
  llvm::SmallString<128> path;

  llvm::Error create(llvm::StringRef suffix) {
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("g4c", suffix, path))
      return llvm::createStringError(error, "creating a temporary file");
    return llvm::Error::success();
  }
  ~TemporaryFile() {
    if (!path.empty())
      llvm::sys::fs::remove(path);
  }
};
} // namespace

llvm::Expected<std::string> linkSharedObject(llvm::StringRef object) {
  TemporaryFile input, output;
  if (llvm::Error error = input.create("o"))
    return error;
  if (llvm::Error error = output.create("so"))
    return error;
  std::error_code code;
  llvm::raw_fd_ostream stream(input.path, code);
  stream << object;
  stream.close();
  if (code || stream.has_error())
    return llvm::createStringError("%s: cannot be written", input.path.c_str());
  std::vector<const char *> arguments = {"ld.lld",
                                         "-shared",
                                         "-z",
                                         "noexecstack",
                                         "--build-id=none",
                                         "-o",
                                         output.path.c_str(),
                                         input.path.c_str()};
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  lld::Result result = lld::lldMain(arguments, llvm::nulls(), errors,
                                    {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return llvm::createStringError("linking kernels: %s", messages.c_str());
  auto file = llvm::MemoryBuffer::getFile(output.path);
  if (!file)
    return llvm::createStringError(file.getError(), "%s", output.path.c_str());
  return (*file)->getBuffer().str();
}

} // namespace g4
