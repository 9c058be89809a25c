//===- CpuTarget.h - x86 machines as numbers --------------------*- C++ -*-===//

#ifndef G4_CODEGEN_CPU_CPUTARGET_H
#define G4_CODEGEN_CPU_CPUTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace g4 {

/// How far ahead, in bytes, a dot asks for weights before it reads them; 0: it
/// does not, and leaves that to the machine.
struct CpuPrefetch {
  int64_t oneStream, someStreams, manyStreams;
  /// Whether a dot with one row of x does, too.
  bool forOneRow = true;
  /// Asked for in the second cache and not in the first.
  bool intoL2 = false;

  /// What a machine follows by itself.
  static constexpr size_t kSome = 8;

  int64_t bytesAhead(size_t numStreams, size_t numRows) const {
    if (numRows == 1 && !forOneRow)
      return 0;
    if (numStreams > kSome)
      return manyStreams;
    return numStreams > 1 ? someStreams : oneStream;
  }
};

/// What code is made for. `features` are the names that the loader asks the
/// machine for; LLVM is given `llvmCpu` and `llvmFeatures`.
struct CpuTarget {
  std::string name;
  std::string llvmCpu;
  std::string llvmFeatures;
  std::vector<std::string> features;
  /// vdpbf16ps is there: a bf16 dot is one instruction for 32 products.
  bool hasBf16Dot = false;
  /// vpdpbusd is there: a dot of bytes is one instruction for 64 products.
  bool hasByteDot = false;
  /// Vector registers of 16 floats (counted as pairs on AVX2): how large a tile
  /// of accumulators may be.
  int numVectorRegisters = 8;
  CpuPrefetch prefetch = {};
};

/// The target named `name` ("x86-64-v3", "x86-64-v4", "sapphirerapids",
/// "znver4"); null if there is none.
const CpuTarget *findCpuTarget(llvm::StringRef name);

/// All of them, the most demanding first.
llvm::ArrayRef<CpuTarget> allCpuTargets();

/// The most demanding target that this machine can run; null if there is none.
const CpuTarget *nativeCpuTarget();

} // namespace g4

#endif // G4_CODEGEN_CPU_CPUTARGET_H
