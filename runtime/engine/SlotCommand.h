//===- SlotCommand.h - What a client does with a slot's tokens --*- C++ -*-===//
//
// llama-server's /slots: the keys and values of the sequence that a slot has,
// or had last, go to a file with a name, come back from one, or are forgotten.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_SLOTCOMMAND_H
#define G4_RUNTIME_ENGINE_SLOTCOMMAND_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <functional>
#include <string>

namespace g4rt {

enum class SlotAction : uint8_t { Save, Restore, Erase };

struct SlotCommand {
  SlotAction action = SlotAction::Save;
  int64_t slot = 0;
  std::string file = {}; // of Save and Restore: a name in the sessions' folder
};

/// What has become of one.
struct SlotReport {
  /// InvalidArgument: no such slot, no tokens in it, it is in use, or a name
  /// that no file can have; NotFound: no such file; DataLoss: a file that is
  /// refused; ResourceExhausted: no room on the disk; Unimplemented: there is
  /// no folder of sessions; Unavailable: the engine is not serving.
  Status error = {};
  int64_t numTokens = 0; // saved, restored or erased
  uint64_t bytes = 0;    // of the file
  double seconds = 0;    // that the file took
};

/// Called once, on the engine's thread. It must not block and not throw.
using SlotSink = std::function<void(SlotReport)>;

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_SLOTCOMMAND_H
