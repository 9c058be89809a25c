//===- ScriptedDriver.h - A GPU's driver that does as it is told -*- C++
//-*-===//
//
// Tables of driver functions for tests of what calls them, CUDA's and HIP's.
// Memory is the host's; work on the stream is done as late as the driver may do
// it, when somebody waits, so that who reuses memory too early is found out; a
// stream is only for threads that use its GPU. A "cubin" or "code object" is a
// shared object of kernels as a CPU takes them (ToyKernels.cpp): what kernels
// compute on a GPU is tested elsewhere.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_SUPPORT_SCRIPTEDDRIVER_H
#define G4_TEST_SUPPORT_SCRIPTEDDRIVER_H

#include "runtime/device/cuda/CudaDriver.h"
#include "runtime/device/hip/HipDriver.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace g4rt {

struct ScriptedGpu {
  std::string name = "Toy GPU";
  unsigned char uuidByte = 0x5a;                      // each of the 16
  int major = 9, minor = 0;                           // as a GPU of NVIDIA
  std::string gcnArchName = "gfx942:sramecc+:xnack-"; // as one of AMD
  uint64_t totalBytes = uint64_t{1} << 30;
  uint64_t usedBytes = 0; // of what is allocated
};

/// The driver of the process from the constructor to the destructor: one at a
/// time.
class ScriptedDriver {
public:
  ScriptedDriver();
  ~ScriptedDriver();
  ScriptedDriver(const ScriptedDriver &) = delete;

  cuda::CudaTable table() const;
  hip::HipTable hipTable() const;

  int version = 13000;
  int hipVersion = 70000000;
  std::vector<ScriptedGpu> gpus = {ScriptedGpu()};
  /// What cuModuleLoadDataEx writes into the error log when it fails.
  std::string loadLog;
  int maxThreadsOfAKernel = 1024;

  /// Makes one call of `symbol` fail, after `skip` calls that go on as usual.
  void fail(const std::string &symbol, gpu::DriverResult result, int skip = 0);
  /// Calls of `symbol` up to now.
  int numCalls(const std::string &symbol) const;
  /// Things that were made and not given back: "module", "event"...
  std::map<std::string, int> alive;

  // For the functions of the table.
  struct Work {
    std::function<void()> run;
    const void *event = nullptr; // where it is the record of one
  };
  struct Graph {
    std::vector<Work> work;
  };
  struct Memory {
    uint64_t bytes;
    gpu::DriverDevice device;
  };
  gpu::DriverResult enter(const char *symbol);
  void enqueue(std::function<void()> run);
  /// The GPU that this thread uses; the first if it said none.
  gpu::DriverDevice currentDevice() const;
  /// Whether it is the one of `stream`; a null stream is any's.
  bool isCurrent(gpu::DriverStream stream) const;
  /// Does the work up to the last record of `event`; all of it if null.
  void finish(const void *event);
  void record(const void *event);

  uint64_t numBlocks = 0; // of kernels, that have run
  bool isCapturing = false;
  std::unique_ptr<Graph> captured;
  std::vector<Work> stream;
  std::map<uint64_t, Memory> memory; // by address
  std::map<std::thread::id, gpu::DriverDevice> used;
  std::map<std::string, size_t> numParams; // of the toy's kernels

private:
  struct Failure {
    std::string symbol;
    gpu::DriverResult result;
    int skip;
  };
  std::vector<Failure> failures_;
  std::map<std::string, int> calls_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_SCRIPTEDDRIVER_H
