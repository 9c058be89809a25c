//===- AnswerDelivery.cpp - From the engine to the client -----------------===//

#include "runtime/http/openai/AnswerDelivery.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/openai/AnswerErrors.h"
#include "runtime/http/openai/EventSink.h"
#include "runtime/http/openai/KeyedSubmit.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <iterator>
#include <tuple>
#include <utility>

namespace g4rt {

namespace {

/// Of the loop's thread. The engine's sink keeps it until the last event.
class AnswerDelivery : public std::enable_shared_from_this<AnswerDelivery> {
public:
  AnswerDelivery(std::shared_ptr<Exchange> exchange,
                 std::vector<std::unique_ptr<AnswerFormat>> formats,
                 size_t numPrompts, DeliveryOptions options)
      : exchange_(std::move(exchange)), numOpen_(formats.size()),
        numTried_(formats.size() / numPrompts), options_(options),
        pingTimer_(exchange_->loop()), lease_(exchange_->memory()) {
    for (std::unique_ptr<AnswerFormat> &format : formats)
      choices_.push_back({choices_.size(), std::move(format), {}});
  }

  /// Counts what the prompts take. False if there is no room.
  bool holdPrompts(const std::vector<GenerationRequest> &prompts);

  Exchange &exchange() { return *exchange_; }

  /// The engine has taken the request.
  void begin();
  void onEvent(size_t choice, const GenerationEvent &event);
  void fail(const ApiError &error);

private:
  struct Choice {
    size_t index;
    std::unique_ptr<AnswerFormat> format;
    GenerationEnd end;
    double logprobs = 0; // of all its tokens, where they are asked for

    double meanLogprob() const {
      return logprobs / static_cast<double>(
                            std::max<int64_t>(end.usage.numAnswerTokens, 1));
    }
  };

  void send(const json::object &chunk) {
    exchange_->send(options_.wire.write(chunk));
  }
  void pingLater() {
    schedulePing(shared_from_this(), pingTimer_, options_.pingTime,
                 options_.wire.ping);
  }
  bool holdGathered(const GenerationEvent &event);
  std::vector<json::object> chunksOf(size_t choice,
                                     const GenerationEvent &event);
  GenerationEnd endOfAll() const;
  void keepBest();
  json::object whole(const GenerationEnd &end);
  void end();

  std::shared_ptr<Exchange> exchange_;
  std::vector<Choice> choices_;
  size_t numOpen_;
  size_t numTried_; // answers to a prompt
  bool hasFailed_ = false;
  DeliveryOptions options_;
  bool hasBegun_ = false;
  boost::asio::steady_timer pingTimer_;
  MemoryPool::Lease lease_;
  size_t promptBytes_ = 0;   // of lease_
  size_t gatheredBytes_ = 0; // that the formats keep, about
};

} // namespace

// A prompt's ids are kept for a restart of the engine, in the request on its
// way there and in the frame that is sent.
size_t bytesHeldForPrompt(size_t numTokens) {
  constexpr size_t kCopies = 3, kStateBytes = 8192;
  return numTokens * sizeof(int32_t) * kCopies + kStateBytes;
}

bool AnswerDelivery::holdPrompts(
    const std::vector<GenerationRequest> &prompts) {
  promptBytes_ = options_.keptBytes;
  for (const GenerationRequest &prompt : prompts)
    promptBytes_ += numTried_ * bytesHeldForPrompt(prompt.promptIds.size());
  return lease_.resize(promptBytes_);
}

/// Memory that an event takes until it is sent, as text and as a tree of JSON.
static size_t treeBytes(const GenerationEvent &event, bool hasLogprobs) {
  constexpr size_t kEntryBytes = 1024; // of a token and its log-probability
  size_t numEntries =
      event.token && hasLogprobs ? 1 + event.token->top.size() : 0;
  size_t numBytes = 0;
  for (const AnswerPiece &piece : event.pieces)
    numBytes += piece.text.size() + piece.call.name.size() +
                piece.call.arguments.size();
  return 4 * numBytes + numEntries * kEntryBytes;
}

/// The same of the prompt's tokens that it has.
static size_t promptTreeBytes(const GenerationEvent &event) {
  constexpr size_t kEntryBytes = 512;
  size_t numEntries = 0;
  for (const PromptToken &token : event.prompt)
    numEntries += 1 + token.sample.top.size();
  return numEntries * kEntryBytes;
}

// Grows in steps. Of a stream only what is not sent yet is kept.
bool AnswerDelivery::holdGathered(const GenerationEvent &event) {
  constexpr size_t kStepBytes = size_t{32} << 10;
  gatheredBytes_ += treeBytes(event, options_.hasLogprobs) +
                    numTried_ * promptTreeBytes(event);
  size_t wanted = promptBytes_ + gatheredBytes_;
  return wanted <= lease_.size() || lease_.resize(wanted + kStepBytes);
}

// The first event may overtake the call that says that there will be events.
void AnswerDelivery::begin() {
  if (hasFailed_ || std::exchange(hasBegun_, true) || !options_.isStream)
    return;
  exchange_->startStream(options_.wire.contentType);
  for (Choice &choice : choices_)
    for (const json::object &chunk : choice.format->begin())
      send(chunk);
  pingLater();
}

/// The answers to a prompt share what is told of it, which the first one gets.
std::vector<json::object>
AnswerDelivery::chunksOf(size_t choice, const GenerationEvent &event) {
  if (event.prompt.empty())
    return choices_[choice].format->append(event);
  std::vector<json::object> chunks;
  for (size_t i = choice; i < choice + numTried_; ++i)
    std::ranges::move(choices_[i].format->appendPrompt(event.prompt),
                      std::back_inserter(chunks));
  return chunks;
}

void AnswerDelivery::onEvent(size_t choice, const GenerationEvent &event) {
  if (hasFailed_)
    return;
  // A failure before the first token still gets its own status.
  if (event.end && isFailure(*event.end))
    return fail(errorOfEnd(*event.end));
  begin();
  if (!holdGathered(event))
    return fail(overloadedError());
  std::vector<json::object> chunks = chunksOf(choice, event);
  if (!chunks.empty() && !options_.keepsAnswer)
    gatheredBytes_ = 0;
  for (const json::object &chunk : chunks)
    send(chunk);
  if (event.token)
    choices_[choice].logprobs += event.token->token.logprob;
  if (event.end) {
    choices_[choice].end = *event.end;
    --numOpen_;
  }
  if (numOpen_ == 0)
    end();
  else if (options_.isStream)
    pingLater();
}

/// The first choice's end, with the tokens of all: those of a prompt once.
GenerationEnd AnswerDelivery::endOfAll() const {
  GenerationEnd end = choices_[0].end;
  for (size_t i = 1; i < choices_.size(); ++i) {
    const GenerationUsage &usage = choices_[i].end.usage;
    end.usage.numAnswerTokens += usage.numAnswerTokens;
    if (i % numTried_ != 0)
      continue;
    end.usage.numPromptTokens += usage.numPromptTokens;
    end.usage.numCachedTokens += usage.numCachedTokens;
  }
  return end;
}

/// Leaves the choices that are given, in the order in which they are.
void AnswerDelivery::keepBest() {
  if (options_.numBest >= numTried_)
    return;
  std::ranges::sort(choices_, {}, [this](const Choice &choice) {
    return std::tuple(choice.index / numTried_, -choice.meanLogprob(),
                      choice.index);
  });
  size_t place = 0;
  std::erase_if(choices_, [&](const Choice &) {
    return place++ % numTried_ >= options_.numBest;
  });
}

/// The objects of the choices that are given as one, with the usage of all.
json::object AnswerDelivery::whole(const GenerationEnd &end) {
  bool isOnlyOne = choices_.size() == 1;
  keepBest();
  json::object out = choices_[0].format->whole(choices_[0].end);
  if (isOnlyOne)
    return out;
  json::array &choices = out["choices"].as_array();
  for (size_t i = 1; i < choices_.size(); ++i) {
    json::object other = choices_[i].format->whole(choices_[i].end);
    choices.push_back(std::move(other.at("choices").as_array().at(0)));
  }
  for (size_t i = 0; i < choices.size(); ++i)
    choices[i].as_object()["index"] = i;
  out["usage"] = usageOf(end.usage);
  out["timings"] = timingsOf(end);
  return out;
}

void AnswerDelivery::end() {
  pingTimer_.cancel();
  GenerationEnd end = endOfAll();
  if (!options_.isStream)
    return exchange_->respond(
        HttpResponse{.body = json::serialize(whole(end))});
  if (options_.includeUsage)
    send(choices_[0].format->usageChunk(end));
  exchange_->send(std::string(options_.wire.end));
  exchange_->finish();
}

// A stream that is cut ends without [DONE], so that nobody takes it for whole.
void AnswerDelivery::fail(const ApiError &error) {
  if (std::exchange(hasFailed_, true))
    return;
  exchange_->cancel(); // the other choices, too
  pingTimer_.cancel();
  if (!options_.isStream || !hasBegun_)
    return exchange_->respond(error);
  send(errorObject(error, options_.wire.errorShape));
  exchange_->abort();
}

Status addTimeout(const std::string &header, GenerationRequest &request) {
  if (header.empty() || request.timeoutSeconds > 0)
    return Status();
  double seconds = 0;
  const char *end = header.data() + header.size();
  auto [rest, error] = std::from_chars(header.data(), end, seconds);
  if (error != std::errc() || rest != end || !(seconds > 0) ||
      seconds > kMostTimeoutSeconds)
    return Status(StatusCode::InvalidArgument,
                  "X-Request-Timeout: needs seconds above 0");
  request.timeoutSeconds = seconds;
  return Status();
}

/// The request of answer `number` to a prompt, of `numTried`. The last one is
/// the prompt's own: with one answer nothing is copied.
static GenerationRequest requestOf(GenerationRequest &prompt, size_t number,
                                   size_t numTried) {
  GenerationRequest request =
      number + 1 < numTried ? prompt : std::move(prompt);
  request.sampling.seed += number;
  if (number > 0)
    request.numPromptLogprobs = -1; // the first one's are all of theirs
  return request;
}

void deliverAnswers(Engine &engine, std::vector<GenerationRequest> prompts,
                    std::shared_ptr<Exchange> exchange,
                    std::vector<std::unique_ptr<AnswerFormat>> choices,
                    DeliveryOptions options) {
  size_t numChoices = choices.size(), numTried = numChoices / prompts.size();
  for (GenerationRequest &prompt : prompts) {
    prompt.requestId = exchange->request().id;
    if (Status status = addTimeout(exchange->request().timeout, prompt);
        !status.ok())
      return exchange->respond(errorOf(status));
  }
  auto delivery = std::make_shared<AnswerDelivery>(exchange, std::move(choices),
                                                   prompts.size(), options);
  if (!delivery->holdPrompts(prompts))
    return exchange->respond(overloadedError());
  std::vector<GenerationId> ids;
  for (size_t i = 0; i < numChoices; ++i) {
    GenerationRequest request =
        requestOf(prompts[i / numTried], i % numTried, numTried);
    // The others find what the first one has computed of it.
    int64_t numPromptTokens =
        i % numTried == 0 ? std::ssize(request.promptIds) : 0;
    Submission submission =
        submitFor(exchange->request(), engine, std::move(request),
                  numPromptTokens, sinkOf(delivery, i));
    if (!submission.id) {
      // Before the ends of those that are cancelled.
      exchange->post([delivery, error = std::move(submission.error)] {
        delivery->fail(error);
      });
      return cancelAll(engine, ids);
    }
    ids.push_back(*submission.id);
  }
  follow(*exchange, engine, std::move(ids));
  exchange->post([delivery = std::move(delivery)] { delivery->begin(); });
}

void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::vector<std::unique_ptr<AnswerFormat>> choices,
                   DeliveryOptions options) {
  std::vector<GenerationRequest> prompts;
  prompts.push_back(std::move(request));
  deliverAnswers(engine, std::move(prompts), std::move(exchange),
                 std::move(choices), options);
}

void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::unique_ptr<AnswerFormat> format,
                   DeliveryOptions options) {
  std::vector<std::unique_ptr<AnswerFormat>> choices;
  choices.push_back(std::move(format));
  deliverAnswer(engine, std::move(request), std::move(exchange),
                std::move(choices), options);
}

} // namespace g4rt
