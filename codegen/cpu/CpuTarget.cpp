//===- CpuTarget.cpp - x86 machines as numbers ----------------------------===//

#include "codegen/cpu/CpuTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"

namespace g4 {

static std::vector<CpuTarget> makeTargets() {
  const std::vector<std::string> v3 = {"avx2", "bmi2", "fma", "f16c"};
  std::vector<std::string> v4 = v3;
  for (const char *name : {"avx512f", "avx512bw", "avx512dq", "avx512vl"})
    v4.push_back(name);
  std::vector<std::string> spr = v4;
  for (const char *name : {"avx512bf16", "avx512vnni"})
    spr.push_back(name);
  // What tells AMD's cores from Intel's.
  std::vector<std::string> zen4 = spr;
  zen4.push_back("sse4a");
  // At 20 GB/s a core and 100 ns of latency 2 KiB are under way. Measured with
  // two cores of each, GB/s: Sapphire Rapids reads four streams of int4 at 42
  // with such instructions and at 31 without. Zen 3 reads one at 38 and at 25
  // (two rows), four at 28 and at 37, and four of int6, which are twelve, at
  // 17, but with 512 bytes at 35, and at 28 without. Zen 4 reads one stream of
  // one row at 58 without, as fast as a core reads at all, and four at 34 (25
  // with 2,048). With more rows one stream is hidden behind the dots where it
  // is asked for in the second cache: 70, 48 and 24 with 2, 4 and 8 rows (46,
  // 36 and 23 in the first cache, 2,048 ahead; 46, 32 and 15 without).
  constexpr CpuPrefetch kSapphireRapids = {2048, 2048, 2048};
  constexpr CpuPrefetch kZen4 = {8192, 8192, 8192, /*forOneRow=*/false,
                                 /*intoL2=*/true};
  constexpr CpuPrefetch kZen3 = {2048, 0, 512};
  return {
      {"znver4", "sapphirerapids", "-amx-tile,-amx-bf16,-amx-int8,-avx512fp16",
       zen4, /*hasBf16Dot=*/true, /*hasByteDot=*/true,
       /*numVectorRegisters=*/32, kZen4},
      // LLVM's sapphirerapids has AMX; machines are sold without it, and a
      // tile instruction is only used where the loader has found it. It has
      // AVX512-FP16 too, which AMD's machines with avx512bf16 have not.
      {"sapphirerapids", "sapphirerapids",
       "-amx-tile,-amx-bf16,-amx-int8,-avx512fp16", spr,
       /*hasBf16Dot=*/true, /*hasByteDot=*/true, /*numVectorRegisters=*/32,
       kSapphireRapids},
      {"x86-64-v4", "x86-64-v4", "", v4, false, false, 32, kSapphireRapids},
      {"x86-64-v3", "x86-64-v3", "", v3, false, false, 8, kZen3},
  };
}

llvm::ArrayRef<CpuTarget> allCpuTargets() {
  static const std::vector<CpuTarget> targets = makeTargets();
  return targets;
}

const CpuTarget *findCpuTarget(llvm::StringRef name) {
  for (const CpuTarget &target : allCpuTargets())
    if (target.name == name)
      return &target;
  return nullptr;
}

const CpuTarget *nativeCpuTarget() {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const CpuTarget &target : allCpuTargets())
    if (llvm::all_of(target.features, [&](const std::string &feature) {
          return host.lookup(feature);
        }))
      return &target;
  return nullptr;
}

} // namespace g4
