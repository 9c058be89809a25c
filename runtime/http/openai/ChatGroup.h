//===- ChatGroup.h - Several chats in one stream ----------------*- C++ -*-===//
//
// POST /g4/chats, for the server's page: a browser has six connections to a
// server, and its agents are up to 32. The answers come in one stream of
// events, each with the number of its chat:
//
//   {"chat": 3, "chunk": {...}}   a chunk of a streamed chat completion
//   {"chat": 3, "error": {...}}   instead of its end
//
// then [DONE], after the last of them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_CHATGROUP_H
#define G4_RUNTIME_HTTP_OPENAI_CHATGROUP_H

#include "runtime/http/openai/AnswerDelivery.h"
#include "runtime/http/openai/RequestBody.h"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// A chat whose request has been read and checked.
struct PreparedChat {
  GenerationRequest request;
  std::vector<std::unique_ptr<AnswerFormat>> choices = {};
  DeliveryOptions options;
};

/// {"chats": [...]}, whose elements are objects: bodies of chats. Errors:
/// InvalidArgument if the text is no such JSON, larger than 1 MiB, or has no
/// chat or more than 32.
Result<RequestBody> parseChatGroup(std::string_view body);

/// Submits all that were prepared, with one choice each; the others' errors are
/// their answers. The request of chat i is named after the exchange, "req-1.i".
/// A client that leaves cancels all of them. From any thread; `engine` outlives
/// `exchange`.
void deliverGroup(Engine &engine, std::deque<Result<PreparedChat>> chats,
                  std::shared_ptr<Exchange> exchange,
                  std::chrono::milliseconds pingTime);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_CHATGROUP_H
