//===- AnswerDelivery.cpp - From the engine to the client -----------------===//

#include "runtime/http/openai/AnswerDelivery.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/http/openai/AnswerErrors.h"
#include "runtime/http/openai/EventSink.h"

#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <utility>

namespace g4rt {

namespace {

/// Of the loop's thread. The engine's sink keeps it until the last event.
class AnswerDelivery : public std::enable_shared_from_this<AnswerDelivery> {
public:
  AnswerDelivery(std::shared_ptr<Exchange> exchange,
                 std::vector<std::unique_ptr<AnswerFormat>> formats,
                 DeliveryOptions options)
      : exchange_(std::move(exchange)), numOpen_(formats.size()),
        options_(options), pingTimer_(exchange_->loop()),
        lease_(exchange_->memory()) {
    for (std::unique_ptr<AnswerFormat> &format : formats)
      choices_.push_back({std::move(format), {}});
  }

  /// Counts what a prompt of so many tokens takes. False if there is no room.
  bool holdPrompt(size_t numTokens);

  Exchange &exchange() { return *exchange_; }

  /// The engine has taken the request.
  void begin();
  void onEvent(size_t choice, const GenerationEvent &event);
  void fail(const ApiError &error);

private:
  struct Choice {
    std::unique_ptr<AnswerFormat> format;
    GenerationEnd end;
  };

  void send(const json::object &chunk) {
    exchange_->send(options_.wire.write(chunk));
  }
  void pingLater() {
    schedulePing(shared_from_this(), pingTimer_, options_.pingTime,
                 options_.wire.ping);
  }
  bool holdGathered(const GenerationEvent &event);
  GenerationEnd endOfAll() const;
  json::object whole(const GenerationEnd &end);
  void end();

  std::shared_ptr<Exchange> exchange_;
  std::vector<Choice> choices_;
  size_t numOpen_;
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

bool AnswerDelivery::holdPrompt(size_t numTokens) {
  promptBytes_ =
      choices_.size() * bytesHeldForPrompt(numTokens) + options_.keptBytes;
  return lease_.resize(promptBytes_);
}

/// Memory that an event takes until it is sent, as text and as a tree of JSON.
static size_t treeBytes(const GenerationEvent &event, bool hasLogprobs) {
  constexpr size_t kEntryBytes = 1024; // of a token and its log-probability
  size_t numEntries =
      event.token && hasLogprobs ? 1 + event.token->top.size() : 0;
  return 4 * event.text.size() + numEntries * kEntryBytes;
}

// Grows in steps. Of a stream only what is not sent yet is kept.
bool AnswerDelivery::holdGathered(const GenerationEvent &event) {
  constexpr size_t kStepBytes = size_t{32} << 10;
  gatheredBytes_ += treeBytes(event, options_.hasLogprobs);
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

void AnswerDelivery::onEvent(size_t choice, const GenerationEvent &event) {
  if (hasFailed_)
    return;
  // A failure before the first token still gets its own status.
  if (event.end && isFailure(*event.end))
    return fail(errorOfEnd(*event.end));
  begin();
  if (!holdGathered(event))
    return fail(overloadedError());
  std::vector<json::object> chunks = choices_[choice].format->append(event);
  if (!chunks.empty() && !options_.keepsAnswer)
    gatheredBytes_ = 0;
  for (const json::object &chunk : chunks)
    send(chunk);
  if (event.end) {
    choices_[choice].end = *event.end;
    --numOpen_;
  }
  if (numOpen_ == 0)
    end();
  else if (options_.isStream)
    pingLater();
}

/// The first choice's end, with the tokens of all: those of the prompt once.
GenerationEnd AnswerDelivery::endOfAll() const {
  GenerationEnd end = choices_[0].end;
  for (size_t i = 1; i < choices_.size(); ++i)
    end.usage.numAnswerTokens += choices_[i].end.usage.numAnswerTokens;
  return end;
}

/// The objects of all choices as one.
json::object AnswerDelivery::whole(const GenerationEnd &end) {
  json::object out = choices_[0].format->whole(choices_[0].end);
  if (choices_.size() == 1)
    return out;
  for (size_t i = 1; i < choices_.size(); ++i) {
    json::object other = choices_[i].format->whole(choices_[i].end);
    out["choices"].as_array().push_back(
        std::move(other.at("choices").as_array().at(0)));
  }
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

/// One request for each choice. The last one is `request` itself: with one
/// choice nothing is copied.
static std::vector<GenerationRequest> requestsOf(GenerationRequest request,
                                                 size_t numChoices) {
  std::vector<GenerationRequest> requests;
  requests.reserve(numChoices);
  requests.assign(numChoices - 1, request);
  requests.push_back(std::move(request));
  for (size_t i = 0; i < numChoices; ++i)
    requests[i].sampling.seed += i;
  return requests;
}

void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::vector<std::unique_ptr<AnswerFormat>> choices,
                   DeliveryOptions options) {
  size_t numChoices = choices.size();
  if (Status status = addTimeout(exchange->request().timeout, request);
      !status.ok())
    return exchange->respond(errorOf(status));
  auto delivery =
      std::make_shared<AnswerDelivery>(exchange, std::move(choices), options);
  if (!delivery->holdPrompt(request.promptIds.size()))
    return exchange->respond(overloadedError());
  request.requestId = exchange->request().id;
  std::vector<GenerationRequest> requests =
      requestsOf(std::move(request), numChoices);
  std::vector<GenerationId> ids;
  for (size_t i = 0; i < numChoices; ++i) {
    Result<GenerationId> id =
        engine.submit(std::move(requests[i]), sinkOf(delivery, i));
    if (!id) {
      // Before the ends of those that are cancelled.
      exchange->post([delivery, error = errorOfSubmit(id.error(), engine)] {
        delivery->fail(error);
      });
      return cancelAll(engine, ids);
    }
    ids.push_back(*id);
  }
  follow(*exchange, engine, std::move(ids));
  exchange->post([delivery = std::move(delivery)] { delivery->begin(); });
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
