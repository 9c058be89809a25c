//===- AnswerDelivery.cpp - From the engine to the client -----------------===//

#include "runtime/http/openai/AnswerDelivery.h"

#include "runtime/http/Sse.h"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace g4rt {

namespace {

/// Of the loop's thread. The engine's sink keeps it until the last event.
class AnswerDelivery : public std::enable_shared_from_this<AnswerDelivery> {
public:
  AnswerDelivery(std::shared_ptr<Exchange> exchange,
                 std::unique_ptr<AnswerFormat> format, DeliveryOptions options)
      : exchange_(std::move(exchange)), format_(std::move(format)),
        options_(options), pingTimer_(exchange_->loop()),
        lease_(exchange_->memory()) {}

  /// Counts what a prompt of so many tokens takes. False if there is no room.
  bool holdPrompt(size_t numTokens);

  /// What the engine calls, on its thread. Lets go of this at the end.
  static GenerationSink sinkOf(std::shared_ptr<AnswerDelivery> delivery);

  /// The engine has taken the request.
  void begin();
  void onEvent(const GenerationEvent &event);

private:
  void send(const json::object &chunk) {
    exchange_->send(formatEvent(json::serialize(chunk)));
  }
  void schedulePing();
  bool holdGathered(const GenerationEvent &event);
  void end(const GenerationEnd &end);
  void fail(const ApiError &error);

  std::shared_ptr<Exchange> exchange_;
  std::unique_ptr<AnswerFormat> format_;
  DeliveryOptions options_;
  bool hasBegun_ = false;
  boost::asio::steady_timer pingTimer_;
  MemoryPool::Lease lease_;
  size_t promptBytes_ = 0;   // of lease_
  size_t gatheredBytes_ = 0; // that format_ keeps, about
};

} // namespace

// A prompt's ids are kept for a restart of the engine, in the request on its
// way there and in the frame that is sent.
bool AnswerDelivery::holdPrompt(size_t numTokens) {
  constexpr size_t kCopies = 3, kStateBytes = 8192;
  promptBytes_ = numTokens * sizeof(int32_t) * kCopies + kStateBytes;
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

GenerationSink
AnswerDelivery::sinkOf(std::shared_ptr<AnswerDelivery> delivery) {
  return [delivery = std::move(delivery)](GenerationEvent event) mutable {
    bool isLast = event.end.has_value();
    // Taken first: after the last event the sink may be gone any time.
    std::shared_ptr<AnswerDelivery> target =
        isLast ? std::exchange(delivery, nullptr) : delivery;
    Exchange &exchange = *target->exchange_;
    exchange.post([target = std::move(target), event = std::move(event)] {
      target->onEvent(event);
    });
  };
}

// The first event may overtake the call that says that there will be events.
void AnswerDelivery::begin() {
  if (std::exchange(hasBegun_, true) || !options_.isStream)
    return;
  exchange_->startStream(kEventStream);
  for (const json::object &chunk : format_->begin())
    send(chunk);
  schedulePing();
}

// Every event sets the time anew. The timer does not keep the answer alive.
void AnswerDelivery::schedulePing() {
  pingTimer_.expires_after(options_.pingTime);
  pingTimer_.async_wait(
      [weak = weak_from_this()](boost::system::error_code error) {
        std::shared_ptr<AnswerDelivery> self = weak.lock();
        if (error || !self)
          return;
        self->exchange_->send(std::string(kPingComment));
        self->schedulePing();
      });
}

static bool isFailure(const GenerationEnd &end) {
  return end.reason == FinishReason::Failed ||
         end.reason == FinishReason::Cancelled;
}

static ApiError errorOfEnd(const GenerationEnd &end) {
  if (end.reason == FinishReason::Cancelled)
    return {ErrorKind::Draining, "the server ended before the answer did"};
  if (end.error.code() == StatusCode::Unavailable)
    return engineLostError();
  // A step that the device had no memory for: the queue had room.
  if (end.error.code() == StatusCode::ResourceExhausted)
    return {ErrorKind::Internal, "internal error"};
  return errorOf(end.error);
}

void AnswerDelivery::onEvent(const GenerationEvent &event) {
  // A failure before the first token still gets its own status.
  if (event.end && isFailure(*event.end))
    return fail(errorOfEnd(*event.end));
  begin();
  if (!holdGathered(event)) {
    exchange_->cancel();
    return fail(overloadedError());
  }
  std::vector<json::object> chunks = format_->append(event);
  for (const json::object &chunk : chunks)
    send(chunk);
  if (!chunks.empty())
    gatheredBytes_ = 0;
  if (event.end)
    end(*event.end);
  else if (options_.isStream)
    schedulePing();
}

void AnswerDelivery::end(const GenerationEnd &end) {
  pingTimer_.cancel();
  if (!options_.isStream)
    return exchange_->respond(
        HttpResponse{.body = json::serialize(format_->whole(end))});
  if (options_.includeUsage)
    send(format_->usageChunk(end));
  exchange_->send(std::string(kDoneEvent));
  exchange_->finish();
}

// A stream that is cut ends without [DONE], so that nobody takes it for whole.
void AnswerDelivery::fail(const ApiError &error) {
  pingTimer_.cancel();
  if (!options_.isStream || !hasBegun_)
    return exchange_->respond(error);
  exchange_->send(formatEvent(errorJson(error)));
  exchange_->abort();
}

static ApiError errorOfSubmit(const Status &status, const Engine &engine) {
  if (status.code() != StatusCode::Unavailable)
    return errorOf(status);
  EnginePhase phase = engine.status().phase;
  return phase == EnginePhase::Serving ? drainingError()
                                       : notServingError(phase);
}

void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::unique_ptr<AnswerFormat> format,
                   DeliveryOptions options) {
  auto delivery =
      std::make_shared<AnswerDelivery>(exchange, std::move(format), options);
  if (!delivery->holdPrompt(request.promptIds.size()))
    return exchange->respond(overloadedError());
  Result<GenerationId> id =
      engine.submit(std::move(request), AnswerDelivery::sinkOf(delivery));
  if (!id)
    return exchange->respond(errorOfSubmit(id.error(), engine));
  exchange->onGone([&engine, id = *id] { engine.cancel(id); });
  exchange->post([delivery = std::move(delivery)] { delivery->begin(); });
}

} // namespace g4rt
