//===- Answer.cpp - From sampled tokens to events -------------------------===//

#include "runtime/engine/Answer.h"

#include <algorithm>
#include <utility>

namespace g4rt {

Result<Answer> Answer::create(GenerationRequest request,
                              const Tokenizer &tokenizer, Time submitted) {
  G4RT_ASSIGN(StopMatcher stops, StopMatcher::create(request.stops));
  return Answer(std::move(request), std::move(stops), tokenizer, submitted);
}

Answer::Answer(GenerationRequest request, StopMatcher stops,
               const Tokenizer &tokenizer, Time submitted)
    : request_(std::move(request)), stops_(std::move(stops)),
      decoder_(tokenizer, request_.special), generator_(request_.sampling.seed),
      submitted_(submitted) {
  if (request_.isChat) {
    marks_ = AnswerMarks::of(tokenizer);
    part_ = partOf(startOfAnswer(request_.promptIds, marks_));
  }
  counts_.addPrompt(request_.promptIds);
  usage_.numPromptTokens = static_cast<int64_t>(request_.promptIds.size());
}

double Answer::secondsUntil(Time now) const {
  return std::chrono::duration<double>(now - submitted_).count();
}

void Answer::start(Time now) { times_.queued = secondsUntil(now); }

Result<Sample> Answer::choose(Sampler &sampler, const LogitSource &logits) {
  return sampler.sample(logits, request_.sampling, counts_, generator_);
}

// Not in a thought, whose marks belong to it.
bool Answer::isStopSoughtIn(int32_t id) {
  AnswerPart before = part_;
  part_ = marks_.after(before, id);
  return request_.stopInThought ||
         (before != AnswerPart::Thought && part_ != AnswerPart::Thought);
}

// The text of a token that is no stop id.
std::optional<FinishReason> Answer::addText(int32_t id, std::string &text) {
  std::string piece;
  decoder_.append(id, piece);
  if (!isStopSoughtIn(id)) {
    stops_.flush(text);
    text += piece;
  } else if (stops_.append(piece, text)) {
    return FinishReason::Stop;
  }
  if (usage_.numAnswerTokens < request_.maxTokens)
    return std::nullopt;
  finishText(text);
  return stops_.hasStopped() ? FinishReason::Stop : FinishReason::Length;
}

// What the decoder held back can complete a stop string.
void Answer::finishText(std::string &text) {
  std::string rest;
  decoder_.finish(rest);
  stops_.append(rest, text);
  stops_.flush(text);
}

GenerationEnd Answer::endOf(FinishReason reason, Status error, Time now) const {
  GenerationTimes times = times_;
  times.total = secondsUntil(now);
  return {.reason = reason,
          .error = std::move(error),
          .usage = usage_,
          .times = times};
}

GenerationEvent Answer::append(Sample sample, Time now) {
  int32_t id = sample.token.id;
  counts_.addOutput(id);
  lastToken_ = secondsUntil(now);
  if (++usage_.numAnswerTokens == 1)
    times_.firstToken = *lastToken_;
  GenerationEvent event{.text = {}, .token = std::move(sample), .end = {}};
  std::optional<FinishReason> reason;
  if (std::ranges::find(request_.stopIds, id) != request_.stopIds.end()) {
    finishText(event.text);
    reason = FinishReason::Stop;
  } else {
    reason = addText(id, event.text);
  }
  if (reason)
    event.end = endOf(*reason, Status(), now);
  return event;
}

GenerationEvent Answer::end(FinishReason reason, Status error, Time now) {
  GenerationEvent event;
  finishText(event.text);
  event.end = endOf(reason, std::move(error), now);
  return event;
}

} // namespace g4rt
