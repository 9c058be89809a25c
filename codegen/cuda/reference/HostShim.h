//===- HostShim.h - Reference.cu as host C++ --------------------*- C++ -*-===//
//
// What CUDA C++ has and Reference.cu uses. A "launch" is a loop over the
// threads that sets these variables; the twins share nothing between threads.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_CUDA_REFERENCE_HOSTSHIM_H
#define G4_CODEGEN_CUDA_REFERENCE_HOSTSHIM_H

#include <cmath>

#define __device__
#define KERNEL static void

namespace hostshim {
struct Index {
  unsigned x = 0;
};
inline thread_local Index threadIdx, blockIdx, blockDim;
} // namespace hostshim

using hostshim::blockDim;
using hostshim::blockIdx;
using hostshim::threadIdx;

#endif // G4_CODEGEN_CUDA_REFERENCE_HOSTSHIM_H
