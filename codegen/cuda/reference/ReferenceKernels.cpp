//===- ReferenceKernels.cpp - Reference.cu to a cubin ---------------------===//
//
//   reference-kernels --arch sm_90a -o reference.cubin
//
// By NVRTC, which needs neither a GPU nor a driver. The code serves every
// artifact (sizes are parameters); device-check launches it.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstring>
#include <fstream>
#include <nvrtc.h>
#include <sstream>
#include <string>
#include <vector>

namespace {

int fail(const std::string &what) {
  std::fprintf(stderr, "reference-kernels: %s\n", what.c_str());
  return 1;
}

struct Options {
  std::string arch = "sm_90a", out;
};

bool parse(int argc, char **argv, Options &options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--arch"))
      options.arch = argv[i + 1];
    else if (!std::strcmp(argv[i], "-o"))
      options.out = argv[i + 1];
    else
      return false;
  }
  return argc % 2 == 1 && !options.out.empty();
}

std::string logOf(nvrtcProgram program) {
  size_t size = 0;
  nvrtcGetProgramLogSize(program, &size);
  std::string log(size, '\0');
  if (size)
    nvrtcGetProgramLog(program, log.data());
  return log.c_str();
}

/// The cubin; empty after an error, which has been printed.
std::string compile(const std::string &source, const std::string &arch) {
  nvrtcProgram program = nullptr;
  if (nvrtcCreateProgram(&program, source.c_str(), "Reference.cu", 0, nullptr,
                         nullptr) != NVRTC_SUCCESS)
    return fail("nvrtcCreateProgram"), "";
  std::string flag = "--gpu-architecture=" + arch;
  const char *flags[] = {flag.c_str(), "--std=c++17"};
  std::string cubin;
  size_t size = 0;
  if (nvrtcCompileProgram(program, 2, flags) != NVRTC_SUCCESS)
    fail("for " + arch + ": " + logOf(program));
  else if (nvrtcGetCUBINSize(program, &size) != NVRTC_SUCCESS || size == 0)
    fail(arch + " is no architecture with a cubin");
  else {
    cubin.resize(size);
    nvrtcGetCUBIN(program, cubin.data());
  }
  nvrtcDestroyProgram(&program);
  return cubin;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, options))
    return fail("usage: reference-kernels [--arch sm_90a] -o FILE");
  std::ifstream file(G4_REFERENCE_SOURCE);
  std::stringstream source;
  source << file.rdbuf();
  if (!file)
    return fail(std::string("reading ") + G4_REFERENCE_SOURCE);
  std::string cubin = compile(source.str(), options.arch);
  if (cubin.empty())
    return 1;
  std::ofstream out(options.out, std::ios::binary);
  out.write(cubin.data(), static_cast<std::streamsize>(cubin.size()));
  out.close();
  return out ? 0 : fail("writing " + options.out);
}
