//===- Messages.cpp - What a server and its engine tell each other --------===//

#include "runtime/engine/process/Messages.h"

#include "runtime/engine/process/Codec.h"

#include <cstring>
#include <utility>

namespace g4rt {

//===----------------------------------------------------------------------===//
// Descriptions: the fields in the order of their bytes
//===----------------------------------------------------------------------===//

template <typename Codec, typename T>
using Ref = typename Codec::template Ref<T>;

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, GenerationId> id) {
  if constexpr (std::same_as<Codec, WireWriter>) {
    codec.number(static_cast<uint64_t>(id));
  } else {
    uint64_t number = 0;
    codec.number(number);
    id = GenerationId{number};
  }
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, KeyShare> share) {
  if constexpr (std::same_as<Codec, WireWriter>) {
    codec.number(static_cast<uint64_t>(share.key));
  } else {
    uint64_t number = 0;
    codec.number(number);
    share.key = KeyId{number};
  }
  codec.number(share.weight);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, Status> status) {
  StatusCode code = status.code();
  std::string message = status.message();
  codec.enumerator(code, StatusCode::Internal);
  codec.text(message);
  if constexpr (std::same_as<Codec, WireReader>) {
    status = code == StatusCode::Ok ? Status() : Status(code, message);
    if (status.ok() && !message.empty()) // success has nothing to say
      codec.fail();
  }
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, SamplingParams> params) {
  codec.number(params.temperature);
  codec.number(params.topK);
  codec.number(params.topP);
  codec.number(params.minP);
  codec.number(params.presencePenalty);
  codec.number(params.frequencyPenalty);
  codec.number(params.repetitionPenalty);
  codec.number(params.seed);
  codec.list(params.logitBias, 8, [&](auto &bias) {
    codec.number(bias.id);
    codec.number(bias.bias);
  });
  codec.numbers(params.suppressIds);
  codec.number(params.numTopLogprobs);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, AnswerRules> rules) {
  codec.text(rules.content);
  codec.list(rules.tools, 8, [&](auto &tool) {
    codec.text(tool.begin);
    codec.text(tool.grammar);
  });
  codec.enumerator(rules.calls, CallRule::Required);
  codec.flag(rules.isOneCall);
  codec.flag(rules.mayThink);
  codec.number(rules.maxThoughtTokens);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, GenerationRequest> request) {
  codec.text(request.requestId);
  codec.numbers(request.promptIds);
  describe<Codec>(codec, request.sampling);
  codec.number(request.maxTokens);
  codec.number(request.numPromptLogprobs);
  codec.flag(request.isPromptOnly);
  codec.numbers(request.stopIds);
  codec.list(request.stops, 4, [&](auto &stop) { codec.text(stop); });
  codec.flag(request.keepsStop);
  codec.number(request.minTokens);
  codec.numbers(request.allowedIds);
  codec.list(request.bannedRows, 4, [&](auto &row) { codec.numbers(row); });
  codec.enumerator(request.special, SpecialIds::Show);
  codec.flag(request.isChat);
  codec.flag(request.stopInThought);
  codec.number(request.timeoutSeconds);
  codec.number(request.queueTimeoutSeconds);
  codec.number(request.priority);
  describe<Codec>(codec, request.share);
  codec.text(request.cacheSalt);
  describe<Codec>(codec, request.rules);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, TokenLogprob> token) {
  codec.number(token.id);
  codec.number(token.logprob);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, Sample> sample) {
  describe<Codec>(codec, sample.token);
  codec.list(sample.top, 8,
             [&](auto &token) { describe<Codec>(codec, token); });
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, GenerationEnd> end) {
  codec.enumerator(end.reason, FinishReason::Failed);
  describe<Codec>(codec, end.error);
  codec.text(end.stop);
  codec.flag(end.hasCall);
  codec.flag(end.hasCutCall);
  codec.number(end.usage.numPromptTokens);
  codec.number(end.usage.numCachedTokens);
  codec.number(end.usage.numAnswerTokens);
  codec.number(end.usage.numThoughtTokens);
  codec.number(end.times.queued);
  codec.number(end.times.firstToken);
  codec.number(end.times.total);
  // Whoever reads an end may rely on it.
  if constexpr (std::same_as<Codec, WireReader>)
    if ((end.reason == FinishReason::Failed) == end.error.ok())
      codec.fail();
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, AnswerPiece> piece) {
  codec.enumerator(piece.kind, AnswerPiece::Kind::UnreadableCall);
  codec.text(piece.text);
  codec.text(piece.call.name);
  codec.text(piece.call.arguments);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, AnswerEvent> event) {
  describe<Codec>(codec, event.id);
  codec.list(event.event.prompt, 16, [&](auto &token) {
    describe<Codec>(codec, token.sample);
    codec.number(token.rank);
  });
  codec.list(event.event.pieces, 13,
             [&](auto &piece) { describe<Codec>(codec, piece); });
  codec.optional(event.event.token,
                 [&](auto &sample) { describe<Codec>(codec, sample); });
  codec.optional(event.event.end,
                 [&](auto &end) { describe<Codec>(codec, end); });
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, LatencyHistogram> histogram) {
  for (auto &count : histogram.counts)
    codec.number(count);
  codec.number(histogram.sumSeconds);
}

// The rest is the server's own.
template <typename Codec>
static void describe(Codec &codec, Ref<Codec, EngineStatus> status) {
  codec.number(status.numRunning);
  codec.number(status.numPagesUsed);
  codec.number(status.numPagesCached);
  codec.number(status.numPages);
  codec.number(status.pageSize);
  codec.number(status.numWindowPagesUsed);
  codec.number(status.numWindowPagesCached);
  codec.number(status.numWindowPages);
  codec.number(status.numSlots);
  codec.enumerator(status.phase, EnginePhase::Failed);
  codec.text(status.lastError);
  codec.number(status.numSteps);
  codec.number(status.numPromptTokens);
  codec.number(status.numTakenPromptTokens);
  codec.number(status.numAnswerTokens);
  codec.number(status.numPreemptions);
  codec.number(status.numPrefixQueries);
  codec.number(status.numPrefixHits);
  codec.number(status.numPrefixEvictions);
  codec.number(status.numSessionFiles);
  codec.number(status.sessionBytes);
  codec.number(status.numRestoredTokens);
  codec.number(status.numRefusedSessions);
  codec.number(status.numSessionWriteErrors);
  codec.number(status.numFinishedStop);
  codec.number(status.numFinishedLength);
  codec.number(status.numCancelled);
  codec.number(status.numFailed);
  codec.number(status.numCutCalls);
  codec.number(status.numUnreadableCalls);
  codec.number(status.stepSeconds);
  codec.number(status.readBytes);
  codec.number(status.viewSeconds);
  describe<Codec>(codec, status.timeToFirstToken);
  describe<Codec>(codec, status.interTokenLatency);
  describe<Codec>(codec, status.requestLatency);
  describe<Codec>(codec, status.queueTime);
  describe<Codec>(codec, status.prefillTime);
  describe<Codec>(codec, status.decodeTime);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, SubmitMessage> message) {
  describe<Codec>(codec, message.id);
  codec.number(message.submitted);
  describe<Codec>(codec, message.request);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, CancelMessage> message) {
  describe<Codec>(codec, message.id);
}

template <typename Codec>
static void describe(Codec &, Ref<Codec, CancelAllMessage>) {}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, PauseMessage> message) {
  describe<Codec>(codec, message.id);
  codec.flag(message.isPaused);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, EndThoughtMessage> message) {
  describe<Codec>(codec, message.id);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, SlotMessage> message) {
  codec.number(message.id);
  codec.enumerator(message.command.action, SlotAction::Erase);
  codec.number(message.command.slot);
  codec.text(message.command.file);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, SlotDoneMessage> message) {
  codec.number(message.id);
  describe<Codec>(codec, message.report.error);
  codec.number(message.report.numTokens);
  codec.number(message.report.bytes);
  codec.number(message.report.seconds);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, ProgressMessage> message) {
  codec.number(message.share);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, ReadyMessage> message) {
  auto &facts = message.facts;
  auto &limits = facts.limits;
  codec.number(limits.vocabSize);
  codec.number(limits.maxStepTokens);
  codec.number(limits.maxChunkTokens);
  codec.number(limits.maxStepOutputs);
  codec.number(limits.numSlots);
  codec.number(limits.pageSize);
  codec.number(limits.numPages);
  codec.number(limits.pagesPerSlot);
  codec.number(limits.window);
  codec.number(limits.numWindowPages);
  codec.number(limits.windowPagesPerSlot);
  codec.number(facts.maxModelLength);
  codec.flag(facts.enablePrefixCaching);
  codec.optional(facts.decodePriority,
                 [&](auto &priority) { codec.number(priority); });
  codec.number(facts.grammarSeconds);
  codec.text(facts.target);
  codec.text(facts.reason);
  codec.number(facts.weightBytes);
  codec.number(facts.cacheBytes);
  codec.number(facts.workingBytes);
  codec.number(facts.memoryBandwidth);
  codec.flag(facts.showsTexts);
  codec.flag(facts.beatsInSteps);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, LoadFailedMessage> message) {
  describe<Codec>(codec, message.error);
  if constexpr (std::same_as<Codec, WireReader>)
    if (message.error.ok())
      codec.fail();
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, StepMessage> message) {
  describe<Codec>(codec, message.status);
  describe<Codec>(codec, message.lastTaken);
  codec.list(message.started, 8, [&](auto &id) { describe<Codec>(codec, id); });
  codec.list(message.events, 18,
             [&](auto &event) { describe<Codec>(codec, event); });
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, SlotView> slot) {
  codec.number(slot.slot);
  codec.text(slot.requestId);
  codec.enumerator(slot.phase, SlotPhase::Call);
  codec.number(slot.numPromptTokens);
  codec.number(slot.numAnswerTokens);
  codec.number(slot.numComputed);
  codec.number(slot.maxLength);
  codec.number(slot.ageSeconds);
  codec.number(slot.tokensPerSecond);
  codec.text(slot.text);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, PoolMap> map) {
  codec.text(map.name);
  codec.number(map.pageSize);
  codec.number(map.numPages);
  codec.number(map.numUsed);
  codec.number(map.numShared);
  codec.number(map.pagesPerCell);
  codec.numbers(map.usedByCell);
  codec.numbers(map.sharedByCell);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, ExpertLoad> load) {
  codec.text(load.layer);
  codec.numbers(load.rows);
}

template <typename Codec>
static void describe(Codec &codec, Ref<Codec, ViewMessage> message) {
  auto &view = message.view;
  codec.list(view.slots, 65, [&](auto &slot) { describe<Codec>(codec, slot); });
  codec.number(view.numSlotsLeftOut);
  codec.list(view.pools, 52, [&](auto &map) { describe<Codec>(codec, map); });
  codec.list(view.experts, 8,
             [&](auto &load) { describe<Codec>(codec, load); });
  codec.number(view.stepsPerExpertCount);
  codec.number(view.residentBytes);
  codec.number(view.weightBytes);
  codec.number(view.cacheBytes);
  codec.number(view.workingBytes);
  codec.text(view.target);
}

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

template <typename Variant>
static void append(const Variant &message, std::string &out) {
  size_t start = out.size();
  WireWriter writer(out);
  writer.number(uint32_t{0});
  writer.number(static_cast<uint8_t>(message.index()));
  std::visit(
      [&]<typename T>(const T &value) { describe<WireWriter>(writer, value); },
      message);
  auto size = static_cast<uint32_t>(out.size() - start - sizeof(uint32_t));
  std::memcpy(out.data() + start, &size, sizeof(size));
}

/// Tries the alternatives from `index` on.
template <typename Variant, size_t index = 0>
static void parseAlternative(WireReader &reader, uint8_t kind,
                             Variant &message) {
  if constexpr (index == std::variant_size_v<Variant>) {
    reader.fail();
  } else if (kind == index) {
    describe<WireReader>(reader, message.template emplace<index>());
  } else {
    parseAlternative<Variant, index + 1>(reader, kind, message);
  }
}

template <typename Variant>
static Result<Variant> parse(std::string_view frame) {
  WireReader reader(frame);
  uint8_t kind = 0;
  reader.number(kind);
  Variant message;
  parseAlternative(reader, kind, message);
  if (!reader.isDone())
    return Status(StatusCode::DataLoss,
                  "a message of " + std::to_string(frame.size()) +
                      " bytes and kind " + std::to_string(kind) +
                      ": cannot be read");
  return message;
}

void appendFrame(const ToEngine &message, std::string &out) {
  append(message, out);
}

void appendFrame(const FromEngine &message, std::string &out) {
  append(message, out);
}

Result<ToEngine> parseToEngine(std::string_view frame) {
  return parse<ToEngine>(frame);
}

Result<FromEngine> parseFromEngine(std::string_view frame) {
  return parse<FromEngine>(frame);
}

} // namespace g4rt
