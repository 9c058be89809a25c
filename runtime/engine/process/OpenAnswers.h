//===- OpenAnswers.h - Who waits for a process's events ---------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H
#define G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H

#include "runtime/engine/StepLoop.h"
#include "runtime/engine/process/Messages.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace g4rt {

/// All answers that have not ended, with their sinks, and the requests of those
/// that nothing was said of yet: they can be asked anew. Whoever takes
/// deliveries calls their sinks. Not thread-safe.
class OpenAnswers {
public:
  /// Engines that may be lost while they compute an answer of which they have
  /// said nothing yet. More are not tried: the request may be what ends them.
  static constexpr int kMaxTries = 3;

  void add(SubmitMessage request, GenerationSink sink);

  bool contains(GenerationId id) const { return answers_.contains(id); }
  int64_t size() const { return static_cast<int64_t>(answers_.size()); }
  /// Those of which no engine has said that it computes them, and the tokens of
  /// their prompts.
  int64_t numWaiting() const { return numWaiting_; }
  int64_t numWaitingTokens() const { return numWaitingTokens_; }
  /// They were cancelled: they are not to be asked anew.
  void spend(GenerationId id);
  void spendAll();

  /// What an engine has said: in their order; events that nobody waits for are
  /// dropped. Where the engine is lost with this, so are the failures of
  /// answers that can be asked anew.
  std::vector<Delivery> take(StepMessage message);
  /// Ends one; none if there is no such.
  std::vector<Delivery> end(GenerationId id, const GenerationEnd &end);

  /// An engine is lost, or has lost its device. Ends those that have begun to
  /// answer, or were begun too often; the others are fresh again.
  std::vector<Delivery> failBegun(const Status &error);
  /// The end of all, with this error.
  std::vector<Delivery> failAll(const Status &error);

  /// The requests of all that are fresh, by rising id, as they were added.
  std::vector<SubmitMessage> fresh() const;

private:
  struct Answer {
    std::shared_ptr<const GenerationSink> sink;
    std::optional<SubmitMessage> request; // until something was said
    int64_t numPromptTokens = 0;
    bool isWaiting = false;
    int numTries = 0;
    /// Whether the engine that is now may have been ended by it: it computes
    /// it, or has not said yet that it took it.
    bool isSuspect = true;
  };
  using Answers = std::map<GenerationId, Answer>;

  Delivery endOf(Answers::iterator answer, const GenerationEnd &end);
  void note(const StepMessage &message);
  void setWaiting(Answer &answer, bool isWaiting);
  void erase(Answers::iterator answer);

  Answers answers_;
  GenerationId lastTaken_{}; // by the engine that is now
  int64_t numWaiting_ = 0, numWaitingTokens_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_OPENANSWERS_H
