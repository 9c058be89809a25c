//===- Messages.h - What server and engine tell each other -----*- C++ -*-===//
//
// A frame is its length (32 bits, without itself), a byte that says which
// message it is, and the message. To the engine go Submit, Cancel, CancelAll,
// Slot, Pause and EndThought; from it come Progress, then Ready or LoadFailed,
// then a Step for every step, a SlotDone for every Slot, and a View now and
// then. Both ends are one program, but neither believes the other: what cannot
// be read ends the connection.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_MESSAGES_H
#define G4_RUNTIME_ENGINE_PROCESS_MESSAGES_H

#include "runtime/base/Status.h"
#include "runtime/engine/Engine.h"
#include "runtime/exec/Executor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace g4rt {

struct SubmitMessage {
  GenerationId id{}; // rises from one to the next
  /// Of the steady clock, which all processes of a machine share; nanoseconds.
  int64_t submitted = 0;
  GenerationRequest request = {};
};

struct CancelMessage {
  GenerationId id{};
};

struct CancelAllMessage {};

struct PauseMessage {
  GenerationId id{};
  bool isPaused = false;
};

struct EndThoughtMessage {
  GenerationId id{};
};

struct SlotMessage {
  uint64_t id = 0; // of the SlotDoneMessage that answers it
  SlotCommand command = {};
};

/// How far a load has come.
struct ProgressMessage {
  double share = 0; // 0 to 1
};

/// What was loaded, for the server's checks and its banner.
struct EngineFacts {
  ExecutorLimits limits = {};
  int64_t maxModelLength = 0;
  bool enablePrefixCaching = true;
  std::optional<double> decodePriority = {}; // SchedulerOptions
  /// Processor time that the grammars of one request may take.
  double grammarSeconds = 5;
  std::string target = {}; // of the variant that runs
  std::string reason = {}; // and why it does
  uint64_t weightBytes = 0;
  uint64_t cacheBytes = 0;
  uint64_t workingBytes = 0;
  double memoryBandwidth = 0; // EngineStatus
  bool showsTexts = false;    // StepLoop::setShowsTexts
  /// Whether its Heartbeat beats inside of a step, too.
  bool beatsInSteps = false;
};

/// The model is loaded, requests are taken.
struct ReadyMessage {
  EngineFacts facts = {};
};

/// It could not be loaded; the last message.
struct LoadFailedMessage {
  Status error;
};

/// What one answer got in a step.
struct AnswerEvent {
  GenerationId id{};
  GenerationEvent event = {};
};

/// What happened in a step: the status first, as it is after all of the events.
/// Only the fields that the engine counts itself are sent. Before a step that
/// begins an answer there is a message without events.
struct StepMessage {
  EngineStatus status = {};
  GenerationId lastTaken{};               // of the requests that it has read
  std::vector<GenerationId> started = {}; // their first rows are computed next
  std::vector<AnswerEvent> events = {};
};

/// What it is doing; a few times a second while that changes.
struct ViewMessage {
  EngineView view = {};
};

struct SlotDoneMessage {
  uint64_t id = 0;
  SlotReport report = {};
};

using ToEngine = std::variant<SubmitMessage, CancelMessage, CancelAllMessage,
                              SlotMessage, PauseMessage, EndThoughtMessage>;
using FromEngine =
    std::variant<ProgressMessage, ReadyMessage, LoadFailedMessage, StepMessage,
                 ViewMessage, SlotDoneMessage>;

/// No frame is longer, whatever is in it.
inline constexpr size_t kMaxFrameBytes = size_t{64} << 20;

/// Appends a frame.
void appendFrame(const ToEngine &message, std::string &out);
void appendFrame(const FromEngine &message, std::string &out);

/// Reads a frame's bytes after its length. Errors: DataLoss.
Result<ToEngine> parseToEngine(std::string_view frame);
Result<FromEngine> parseFromEngine(std::string_view frame);

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_MESSAGES_H
