//===- LaneMoves.h - How AMD's instructions move lanes ----------*- C++ -*-===//
//
// Controls of DPP and of ds_swizzle, for the lowering and for the emulator.
// Sources: CDNA3 ISA 4.4.5 (DPP: quad_perm, row_half_mirror, row_ror), RDNA3
// ISA 7.6 and 11.3.8 (row_xmask, v_permlanex16), CDNA3 ISA 11.3 (ds_swizzle,
// bit mode). A row has 16 lanes. No LLVM here.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_LANEMOVES_H
#define G4_CODEGEN_GPU_LANEMOVES_H

#include <cstdint>

namespace g4 {

/// DPP: lane l of a quad reads lane `control >> 2l & 3` of it.
inline constexpr int64_t kQuadXor1 = 0xb1, kQuadXor2 = 0x4e, kQuadXor3 = 0x1b;
/// DPP: rotates a row by n lanes, n = 1 .. 15; by 8 they change halves.
inline constexpr int64_t kRowRor = 0x120;
/// DPP: turns each half of a row round: lane l reads l ^ 7.
inline constexpr int64_t kRowHalfMirror = 0x141;
/// DPP from gfx10 on: lane l of a row reads l ^ n, n = 0 .. 15.
inline constexpr int64_t kRowXmask = 0x160;
/// ds_swizzle: lane l reads l ^ 16.
inline constexpr int64_t kSwizzleXor16 = (16 << 10) | 0x1f;
/// v_permlanex16: lane l of a row reads lane l of the other row of its pair.
inline constexpr uint32_t kSameLanesLow = 0x76543210,
                          kSameLanesHigh = 0xfedcba98;

/// The lane that `lane` reads by DPP with this control; -1 if it is none that
/// is written here.
constexpr int64_t dppSource(int64_t lane, int64_t control) {
  if (control < 0x100)
    return (lane & ~int64_t{3}) | (control >> (2 * (lane & 3)) & 3);
  if (control > kRowRor && control < kRowRor + 16)
    return (lane & ~int64_t{15}) | ((lane - (control - kRowRor)) & 15);
  if (control == kRowHalfMirror)
    return lane ^ 7;
  if (control >= kRowXmask && control < kRowXmask + 16)
    return lane ^ (control - kRowXmask);
  return -1;
}

} // namespace g4

#endif // G4_CODEGEN_GPU_LANEMOVES_H
