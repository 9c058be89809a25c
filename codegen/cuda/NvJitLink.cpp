//===- NvJitLink.cpp - PTX to cubins in this process ----------------------===//

#include "codegen/cuda/PtxCompiler.h"

#ifdef G4_HAVE_NVJITLINK

#include "llvm/ADT/StringExtras.h"

#include <nvJitLink.h>

namespace g4 {

bool canAssemblePtx() { return true; }

namespace {
/// Owns a handle of nvJitLink.
struct Linker {
  nvJitLinkHandle handle = nullptr;
  ~Linker() {
    if (handle)
      nvJitLinkDestroy(&handle);
  }
  std::string text(nvJitLinkResult (*size)(nvJitLinkHandle, size_t *),
                   nvJitLinkResult (*get)(nvJitLinkHandle, char *)) {
    size_t bytes = 0;
    if (!handle || size(handle, &bytes) != NVJITLINK_SUCCESS || bytes == 0)
      return {};
    std::string log(bytes, '\0');
    get(handle, log.data());
    return log.c_str();
  }
  llvm::Error error(const char *call) {
    return llvm::createStringError(
        "%s: %s", call,
        text(nvJitLinkGetErrorLogSize, nvJitLinkGetErrorLog).c_str());
  }
};
} // namespace

/// The log without the times in it: same input, same bytes.
static std::string withoutTimes(llvm::StringRef log) {
  std::string kept;
  for (llvm::StringRef line : llvm::split(log, '\n'))
    if (!line.empty() && !line.contains("Compile time"))
      kept += line.str() + "\n";
  return kept;
}

llvm::Expected<Cubin> assemblePtx(llvm::StringRef ptx,
                                  const NvidiaTarget &target) {
  Linker linker;
  std::string arch = std::string("-arch=") + target.chip;
  const char *options[] = {arch.c_str(), "-O3", "-verbose"};
  if (nvJitLinkCreate(&linker.handle, 3, options) != NVJITLINK_SUCCESS)
    return linker.error("nvJitLinkCreate");
  std::string text = ptx.str(); // ends with a zero, which counts
  if (nvJitLinkAddData(linker.handle, NVJITLINK_INPUT_PTX, text.c_str(),
                       text.size() + 1, "kernels") != NVJITLINK_SUCCESS)
    return linker.error("nvJitLinkAddData");
  if (nvJitLinkComplete(linker.handle) != NVJITLINK_SUCCESS)
    return linker.error("nvJitLinkComplete");
  size_t size = 0;
  if (nvJitLinkGetLinkedCubinSize(linker.handle, &size) != NVJITLINK_SUCCESS)
    return linker.error("nvJitLinkGetLinkedCubinSize");
  Cubin cubin{
      std::string(size, '\0'),
      withoutTimes(linker.text(nvJitLinkGetInfoLogSize, nvJitLinkGetInfoLog))};
  if (nvJitLinkGetLinkedCubin(linker.handle, cubin.binary.data()) !=
      NVJITLINK_SUCCESS)
    return linker.error("nvJitLinkGetLinkedCubin");
  return cubin;
}

} // namespace g4

#else

namespace g4 {

bool canAssemblePtx() { return false; }

llvm::Expected<Cubin> assemblePtx(llvm::StringRef, const NvidiaTarget &) {
  return llvm::createStringError(
      "this build of g4c found no CUDA toolkit to assemble PTX with");
}

} // namespace g4

#endif
