//===- EngineView.h - What an engine is doing, to be looked at --*- C++ -*-===//
//
// For a dashboard: larger than EngineStatus and wanted a few times a second. It
// holds numbers and names; of a text of an answer its end, where whoever runs
// the server has asked for it, and never one of a prompt.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ENGINEVIEW_H
#define G4_RUNTIME_ENGINE_ENGINEVIEW_H

#include "runtime/exec/ExpertLoad.h"
#include "runtime/kv/PoolMap.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// What a slot's next token belongs to.
enum class SlotPhase : uint8_t {
  Prompt, // its prompt is being computed
  Thought,
  Answer,
  Call
};

/// "prompt".
std::string_view toString(SlotPhase phase);

/// A slot that is in use.
struct SlotView {
  int64_t slot = 0;
  std::string requestId = {}; // GenerationRequest's
  SlotPhase phase = SlotPhase::Prompt;
  int64_t numPromptTokens = 0;
  int64_t numAnswerTokens = 0;
  int64_t numComputed = 0; // tokens in the KV cache
  int64_t maxLength = 0;   // tokens at most
  double ageSeconds = 0;   // since it was submitted
  /// Of the tokens after the first, from the first one to the last one; 0:
  /// there are none.
  double tokensPerSecond = 0;
  std::string text = {}; // the answer's end; empty unless it is to be shown
};

/// A moment of the engine, taken between two steps.
struct EngineView {
  std::vector<SlotView> slots = {}; // by slot; at most kMaxSlots
  int64_t numSlotsLeftOut = 0;      // in use beyond these
  std::vector<PoolMap> pools = {};
  std::vector<ExpertLoad> experts = {}; // Executor::expertLoads()
  int64_t stepsPerExpertCount = 1;      // of so many steps one is in them
  uint64_t residentBytes = 0;           // of the engine's process; 0: not known
  // Of the memory plan, on the device.
  uint64_t weightBytes = 0;
  uint64_t cacheBytes = 0;
  uint64_t workingBytes = 0;
  std::string target = {}; // of the variant that runs

  static constexpr size_t kMaxSlots = 256;
  static constexpr int64_t kMaxCells = 256; // of a pool's map
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ENGINEVIEW_H
