//===- LinkSharedObject.cpp - One object file to a shared object ----------===//

#include "codegen/common/LinkSharedObject.h"

#include "codegen/common/TemporaryFolder.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

#include "lld/Common/Driver.h"

LLD_HAS_DRIVER(elf)

namespace g4 {

static llvm::Error writeFile(const std::string &path, llvm::StringRef bytes) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (!code) {
    stream << bytes;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  if (code)
    return llvm::createStringError(code, "%s: cannot be written: %s",
                                   path.c_str(), code.message().c_str());
  return llvm::Error::success();
}

llvm::Expected<std::string> linkSharedObject(llvm::StringRef object) {
  llvm::Expected<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string input = folder->pathOf("kernels.o");
  std::string output = folder->pathOf("kernels.so");
  if (llvm::Error error = writeFile(input, object))
    return error;
  std::vector<const char *> arguments = {
      "ld.lld",          "-shared", "-z",           "noexecstack",
      "--build-id=none", "-o",      output.c_str(), input.c_str()};
  std::string messages;
  llvm::raw_string_ostream errors(messages);
  lld::Result result = lld::lldMain(arguments, llvm::nulls(), errors,
                                    {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return llvm::createStringError("linking kernels: %s", messages.c_str());
  auto file = llvm::MemoryBuffer::getFile(output);
  if (!file)
    return llvm::createStringError(file.getError(), "%s", output.c_str());
  return (*file)->getBuffer().str();
}

} // namespace g4
