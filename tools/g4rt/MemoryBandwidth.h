//===- MemoryBandwidth.h - What a device's memory can give ------*- C++ -*-===//
//
// What --memory-bandwidth says: the roof of which the page shows a share.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_MEMORYBANDWIDTH_H
#define G4_TOOLS_G4RT_MEMORYBANDWIDTH_H

#include "runtime/device/Device.h"

#include <string>
#include <string_view>

namespace g4rt {

/// A CLI11 transformation: "auto" and "measure" stay, "40GB" becomes a number
/// of bytes. Gives what is wrong.
std::string readMemoryBandwidth(std::string &text);

/// Of this machine's memory and `numThreads` threads (0: one for each core) if
/// the flag is "measure", which takes 1 GiB for a third of a second; else 0.
double measuredBandwidth(const std::string &flag, int numThreads);

/// Bytes a second: the flag's number, `measured` on a CPU, or what the data
/// sheet of a known GPU says. 0: not known.
double memoryBandwidth(const std::string &flag, const Device &device,
                       double measured);

/// "NVIDIA H200" of a device of the name "cuda:0 NVIDIA H200 (GPU-8f6d...)".
std::string cardNameOf(std::string_view deviceName);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_MEMORYBANDWIDTH_H
