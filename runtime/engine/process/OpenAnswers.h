//===- OpenAnswers.h - Who waits for a process's events ---------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H
#define G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H

#include "runtime/engine/StepLoop.h"
#include "runtime/engine/process/Messages.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace g4rt {

/// The sinks of all answers that have not ended. Whoever takes deliveries calls
/// their sinks. Not thread-safe.
class OpenAnswers {
public:
  void add(GenerationId id, GenerationSink sink);

  bool contains(GenerationId id) const { return sinks_.contains(id); }
  int64_t size() const { return static_cast<int64_t>(sinks_.size()); }

  /// In their order; those that nobody waits for are dropped.
  std::vector<Delivery> take(std::vector<AnswerEvent> events);
  /// The end of all, with this error.
  std::vector<Delivery> failAll(const Status &error);

private:
  std::map<GenerationId, std::shared_ptr<const GenerationSink>> sinks_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H
