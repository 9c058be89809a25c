//===- Answer.cpp - From sampled tokens to events -------------------------===//

#include "runtime/engine/Answer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace g4rt {

/// For the rules after a last token; beyond, the answer ends as it would.
constexpr int kLastPatience = 100; // ms

Result<Answer> Answer::create(GenerationRequest request,
                              const Tokenizer &tokenizer, Time submitted) {
  G4RT_ASSIGN(StopMatcher stops, StopMatcher::create(request.stops));
  return Answer(std::move(request), std::move(stops), tokenizer, submitted);
}

Status Answer::compileRules(const Tokenizer &tokenizer,
                            GrammarCompiler &grammars,
                            BudgetedThreads *threads) {
  if (request_.rules.areNone())
    return Status();
  G4RT_ASSIGN(AnswerGuide guide,
              AnswerGuide::create(request_.rules, grammars, tokenizer, start_,
                                  request_.stopIds));
  guide_ = std::make_shared<AnswerGuide>(std::move(guide));
  guideThreads_ = threads;
  return Status();
}

Answer::Answer(GenerationRequest request, StopMatcher stops,
               const Tokenizer &tokenizer, Time submitted)
    : request_(std::move(request)), stops_(std::move(stops)),
      numTokens_(static_cast<size_t>(tokenizer.numTokens())),
      limits_(request_, numTokens_), decoder_(tokenizer, request_.special),
      generator_(request_.sampling.seed), submitted_(submitted) {
  if (request_.isChat) {
    marks_ = AnswerMarks::of(tokenizer);
    start_ = startOfAnswer(request_.promptIds, marks_);
    part_ = partOf(start_);
    if (start_ == AnswerStart::Channel)
      labelLeft_ = marks_.numLabelTokens;
    // Where there are tools their calls are guided.
    pieces_ = AnswerPieces(AnswerSplitter(
        tokenizer, marks_, start_,
        request_.rules.tools.empty() ? GuidedCalls::No : GuidedCalls::Yes));
  }
  if (request_.numPromptLogprobs >= 0)
    scoredIds_ = request_.promptIds;
  counts_.addPrompt(request_.promptIds);
  usage_.numPromptTokens = static_cast<int64_t>(request_.promptIds.size());
}

double Answer::secondsUntil(Time now) const {
  return std::chrono::duration<double>(now - submitted_).count();
}

std::optional<Answer::Time> Answer::nextDeadline() const {
  double seconds = request_.timeoutSeconds;
  double queue = request_.queueTimeoutSeconds;
  if (!hasStarted_ && queue > 0)
    seconds = seconds > 0 ? std::min(seconds, queue) : queue;
  if (seconds <= 0)
    return std::nullopt;
  return submitted_ + std::chrono::duration_cast<Time::duration>(
                          std::chrono::duration<double>(seconds));
}

bool Answer::isLate(Time now) const {
  auto deadline = nextDeadline();
  return deadline && *deadline <= now;
}

void Answer::start(int64_t numCachedTokens, Time now) {
  hasStarted_ = true;
  usage_.numCachedTokens = numCachedTokens;
  times_.queued = secondsUntil(now);
}

Result<GenerationEvent> Answer::scorePrompt(std::span<const LogitSource> rows) {
  GenerationEvent event;
  event.prompt.reserve(rows.size());
  for (const LogitSource &row : rows) {
    G4RT_ASSIGN(PromptToken token, scoreToken(row, scoredIds_[++numScored_],
                                              request_.numPromptLogprobs));
    event.prompt.push_back(std::move(token));
  }
  return event;
}

Result<Sample> Answer::choose(Sampler &sampler, const LogitSource &logits) {
  return sampler.sample(logits, request_.sampling, counts_, generator_,
                        limits_.mask(rules()));
}

void Answer::endThought() {
  if (thoughtEnd_ || !marks_.channelEnd)
    return;
  thoughtEnd_.emplace(numTokens_);
  thoughtEnd_->allow(*marks_.channelEnd);
}

/// What may come next but for the request's lists. A guide lets every thought
/// end.
const TokenMask *Answer::rules() {
  if (thoughtEnd_ && part_ == AnswerPart::Thought && labelLeft_ == 0)
    return &*thoughtEnd_;
  return guide_ ? guide_->allowed() : nullptr;
}

static SlotPhase phaseOf(AnswerPart part) {
  switch (part) {
  case AnswerPart::Content:
    return SlotPhase::Answer;
  case AnswerPart::Thought:
    return SlotPhase::Thought;
  case AnswerPart::Call:
    return SlotPhase::Call;
  }
  return SlotPhase::Answer;
}

SlotView Answer::view(Time now) const {
  SlotView view{.requestId = request_.requestId,
                .phase = lastToken_ ? phaseOf(part_) : SlotPhase::Prompt,
                .numPromptTokens = usage_.numPromptTokens,
                .numAnswerTokens = usage_.numAnswerTokens,
                .ageSeconds = secondsUntil(now)};
  double seconds = lastToken_ ? *lastToken_ - times_.firstToken : 0;
  if (seconds > 0)
    view.tokensPerSecond =
        static_cast<double>(usage_.numAnswerTokens - 1) / seconds;
  return view;
}

void Answer::enterPart(int32_t id) {
  part_ = marks_.after(part_, id);
  if (id == marks_.channelBegin)
    labelLeft_ = marks_.numLabelTokens;
  else
    labelLeft_ = std::max<int64_t>(labelLeft_ - 1, 0);
}

// Not in a thought, whose marks belong to it.
bool Answer::isStopSoughtIn(int32_t id) {
  AnswerPart before = part_;
  enterPart(id);
  return request_.stopInThought ||
         (before != AnswerPart::Thought && part_ != AnswerPart::Thought);
}

// `piece` is what a token that is no stop id says.
std::optional<FinishReason> Answer::addText(int32_t id, std::string_view piece,
                                            std::string &text) {
  if (!isStopSoughtIn(id) || limits_.isTooShort()) {
    stops_.flush(text);
    text += piece;
  } else if (seekStop(piece, text)) {
    return FinishReason::Stop;
  }
  if (isKnownToBeOver())
    return finish(FinishReason::Stop, text);
  if (usage_.numAnswerTokens < request_.maxTokens)
    return std::nullopt;
  return finish(FinishReason::Length, text);
}

// True once a stop string is complete.
bool Answer::seekStop(std::string_view piece, std::string &text) {
  bool hadStopped = stops_.hasStopped();
  bool hasStopped = stops_.append(piece, text);
  if (hasStopped && !hadStopped && request_.keepsStop)
    text += stops_.stop();
  return hasStopped;
}

/// The last token is waited for, because one that ends the rules, too, is a
/// stop wherever they are followed.
bool Answer::isKnownToBeOver() {
  bool isLast = usage_.numAnswerTokens == request_.maxTokens;
  std::chrono::milliseconds patience(isLast ? kLastPatience : 0);
  return (!following_ || isLast) && followRules(patience) == JobState::Done &&
         isOver();
}

/// A guide that is given up stays with the job.
void Answer::guide(int32_t id) {
  if (!guide_)
    return;
  if (!guideThreads_)
    return guide_->accept(id);
  following_ = guideThreads_->post([guide = guide_, id] { guide->accept(id); });
}

JobState Answer::followRules(std::chrono::milliseconds patience) {
  if (!following_)
    return JobState::Done;
  JobState state = guideThreads_->wait(*following_, patience);
  if (state == JobState::Done)
    following_.reset();
  return state;
}

FinishReason Answer::finish(FinishReason reason, std::string &text) {
  finishText(text);
  return stops_.hasStopped() ? FinishReason::Stop : reason;
}

// What the decoder held back can complete a stop string.
void Answer::finishText(std::string &text) {
  std::string rest;
  decoder_.finish(rest);
  seekStop(rest, text);
  stops_.flush(text);
}

GenerationEnd Answer::endOf(FinishReason reason, Status error, Time now) const {
  GenerationTimes times = times_;
  times.total = secondsUntil(now);
  if (request_.isPromptOnly && reason == FinishReason::Length)
    times.firstToken = times.total; // all of that was prefill
  GenerationUsage usage = usage_;
  usage.numThoughtTokens = pieces_.numThoughtTokens();
  return {.reason = reason,
          .error = std::move(error),
          .stop = reason == FinishReason::Stop ? stops_.stop() : "",
          .hasCall = pieces_.hasCall(),
          .hasCutCall = pieces_.hasCutCall(),
          .usage = usage,
          .times = times};
}

void Answer::conclude(GenerationEvent &event, FinishReason reason, Status error,
                      Time now) {
  bool isCut = reason == FinishReason::Length;
  std::ranges::move(pieces_.finish(isCut ? AnswerCut::Yes : AnswerCut::No),
                    std::back_inserter(event.pieces));
  event.end = endOf(reason, std::move(error), now);
}

GenerationEvent Answer::append(Sample sample, Time now) {
  int32_t id = sample.token.id;
  counts_.addOutput(id);
  limits_.accept(id);
  guide(id);
  lastToken_ = secondsUntil(now);
  if (++usage_.numAnswerTokens == 1)
    times_.firstToken = *lastToken_;
  GenerationEvent event{.token = std::move(sample)};
  std::string text;
  std::optional<FinishReason> reason;
  std::optional<DecodedToken> token; // a stop id is no part of the answer
  if (std::ranges::find(request_.stopIds, id) != request_.stopIds.end()) {
    finishText(text);
    reason = FinishReason::Stop;
  } else {
    std::string piece;
    token = decoder_.append(id, piece);
    reason = addText(id, piece, text);
  }
  event.pieces = pieces_.append(token, std::move(text));
  if (reason)
    conclude(event, *reason, Status(), now);
  return event;
}

GenerationEvent Answer::end(FinishReason reason, Status error, Time now) {
  std::string text;
  finishText(text);
  GenerationEvent event{.pieces =
                            pieces_.append(std::nullopt, std::move(text))};
  conclude(event, reason, std::move(error), now);
  return event;
}

} // namespace g4rt
