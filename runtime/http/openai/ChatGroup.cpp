//===- ChatGroup.cpp - Several chats in one stream ------------------------===//

#include "runtime/http/openai/ChatGroup.h"

#include "runtime/http/Sse.h"
#include "runtime/http/openai/AnswerErrors.h"
#include "runtime/http/openai/EventSink.h"
#include "runtime/http/openai/KeyedSubmit.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace g4rt {

constexpr size_t kMaxGroupBytes = size_t{1} << 20;
constexpr size_t kMaxChats = 32;

static Status wrongChats() {
  return Status(StatusCode::InvalidArgument,
                "chats: needs a list of 1 to " + std::to_string(kMaxChats) +
                    " bodies of /v1/chat/completions");
}

Result<RequestBody> parseChatGroup(std::string_view text) {
  if (text.size() > kMaxGroupBytes)
    return Status(StatusCode::InvalidArgument,
                  "request: " + std::to_string(text.size()) +
                      " bytes, needs at most " +
                      std::to_string(kMaxGroupBytes));
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  const Value *found = body.value.find("chats");
  const ValueList *chats = found ? found->list() : nullptr;
  if (!chats || chats->empty() || chats->size() > kMaxChats ||
      !std::ranges::all_of(*chats, [](const Value &v) { return v.map(); }))
    return wrongChats();
  return body;
}

namespace {

/// Of the loop's thread. The engine's sinks keep it until their last events.
class ChatGroup : public std::enable_shared_from_this<ChatGroup> {
public:
  ChatGroup(std::shared_ptr<Exchange> exchange, size_t numChats,
            std::chrono::milliseconds pingTime)
      : exchange_(std::move(exchange)), formats_(numChats), numOpen_(numChats),
        pingTimer_(exchange_->loop()), pingTime_(pingTime),
        lease_(exchange_->memory()) {}

  /// Counts what the prompts take. False if there is no room.
  bool holdPrompts(const std::deque<Result<PreparedChat>> &chats);
  Exchange &exchange() { return *exchange_; }
  /// Before the chat is submitted.
  void setFormat(size_t index, std::unique_ptr<AnswerFormat> format) {
    formats_[index] = std::move(format);
  }

  void begin();
  void onEvent(size_t index, const GenerationEvent &event);
  void fail(size_t index, const ApiError &error);

private:
  void send(size_t index, std::string_view key, json::value value);
  void endOne();
  void pingLater() { schedulePing(shared_from_this(), pingTimer_, pingTime_); }

  std::shared_ptr<Exchange> exchange_;
  std::vector<std::unique_ptr<AnswerFormat>> formats_;
  size_t numOpen_;
  boost::asio::steady_timer pingTimer_;
  std::chrono::milliseconds pingTime_;
  MemoryPool::Lease lease_;
};

} // namespace

bool ChatGroup::holdPrompts(const std::deque<Result<PreparedChat>> &chats) {
  size_t numBytes = 0;
  for (const Result<PreparedChat> &chat : chats)
    if (chat)
      numBytes += bytesHeldForPrompt(chat->request.promptIds.size());
  return lease_.resize(numBytes);
}

void ChatGroup::begin() {
  exchange_->startStream(kEventStream);
  pingLater();
}

void ChatGroup::send(size_t index, std::string_view key, json::value value) {
  exchange_->send(formatEvent(
      json::serialize(json::object{{"chat", index}, {key, std::move(value)}})));
}

void ChatGroup::onEvent(size_t index, const GenerationEvent &event) {
  if (event.end && isFailure(*event.end))
    return fail(index, errorOfEnd(*event.end));
  AnswerFormat &format = *formats_[index];
  for (json::object &chunk : format.append(event))
    send(index, "chunk", std::move(chunk));
  pingLater();
  if (!event.end)
    return;
  send(index, "chunk", format.usageChunk(*event.end));
  endOne();
}

void ChatGroup::fail(size_t index, const ApiError &error) {
  send(index, "error", json::parse(errorJson(error)).at("error"));
  endOne();
}

void ChatGroup::endOne() {
  if (--numOpen_ > 0)
    return;
  pingTimer_.cancel();
  exchange_->send(std::string(kDoneEvent));
  exchange_->finish();
}

static Submission submitOne(Engine &engine,
                            const std::shared_ptr<ChatGroup> &group,
                            PreparedChat chat, size_t index) {
  const HttpRequest &from = group->exchange().request();
  group->setFormat(index, std::move(chat.choices.front()));
  chat.request.requestId = from.id + "." + std::to_string(index);
  int64_t numPromptTokens = std::ssize(chat.request.promptIds);
  return submitFor(from, engine, std::move(chat.request), numPromptTokens,
                   sinkOf(group, index));
}

void deliverGroup(Engine &engine, std::deque<Result<PreparedChat>> chats,
                  std::shared_ptr<Exchange> exchange,
                  std::chrono::milliseconds pingTime) {
  for (Result<PreparedChat> &chat : chats)
    if (Status status =
            chat ? addTimeout(exchange->request().timeout, chat->request)
                 : Status();
        !status.ok())
      return exchange->respond(errorOf(status));
  auto group = std::make_shared<ChatGroup>(exchange, chats.size(), pingTime);
  if (!group->holdPrompts(chats))
    return exchange->respond(overloadedError());
  exchange->post([group] { group->begin(); });
  auto failLater = [&](size_t index, ApiError error) {
    exchange->post([group, index, error = std::move(error)] {
      group->fail(index, error);
    });
  };
  std::vector<GenerationId> ids;
  for (size_t i = 0; i < chats.size(); ++i) {
    if (!chats[i]) {
      failLater(i, errorOf(chats[i].error()));
      continue;
    }
    Submission submission = submitOne(engine, group, *std::move(chats[i]), i);
    if (submission.id)
      ids.push_back(*submission.id);
    else
      failLater(i, std::move(submission.error));
  }
  follow(*exchange, engine, std::move(ids));
}

} // namespace g4rt
