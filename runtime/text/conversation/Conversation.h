//===- Conversation.h - What a chat request says ----------------*- C++ -*-===//
//
// The messages, tools and template arguments of a request in types. Made in one
// place, from the JSON of OpenAI's chat API and of Gemma's own message format;
// nothing later looks at that JSON. A chat template renders it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_CONVERSATION_H
#define G4_RUNTIME_TEXT_CONVERSATION_CONVERSATION_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/Value.h"
#include "runtime/text/conversation/ValueParser.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

class FieldReader;

enum class Role : uint8_t { System, Developer, User, Assistant, Tool };

/// "assistant".
std::string_view toString(Role role);

enum class PartKind : uint8_t { Text, Image, Audio, Video };

/// A piece of a message: text, or the place of a picture, sound or film.
struct ContentPart {
  PartKind kind = PartKind::Text;
  std::string text; // of Text
};

struct Content {
  enum class Form : uint8_t { Null, String, Parts };
  Form form = Form::Null;
  std::vector<ContentPart> parts; // String: one of Text
};

struct ToolCall {
  std::optional<std::string> id;
  std::string name;
  Value arguments; // a map or null
};

/// A tool's result inside the message that called it: Gemma's own format.
struct ToolResponse {
  std::optional<std::string> name;
  Value response;
};

struct Message {
  Role role = Role::User;
  Content content;
  std::string thought;                   // reasoning, else reasoning_content
  std::optional<std::string> name;       // of Tool
  std::optional<std::string> toolCallId; // of Tool
  std::vector<ToolCall> toolCalls;
  std::vector<ToolResponse> toolResponses;
};

/// A message that is one text.
Message textMessage(Role role, std::string text);

/// A function that the model may call.
struct ToolDeclaration {
  std::string name;
  std::string description;
  Value parameters;            // a JSON schema: a map or null
  std::string schemaPath = {}; // of `parameters` in the request
  Value response;              // likewise
  bool isStrict = false;       // all of `parameters` must be obeyed
};

struct Conversation {
  std::vector<Message> messages;
  std::vector<ToolDeclaration> tools;
  bool enableThinking = false;
  bool preserveThinking = false;
  bool addGenerationPrompt = true;
  /// The answer goes on with the last message, which the assistant began.
  bool continuesLast = false;
};

struct ConversationLimits {
  size_t maxMessages = 4096;
  size_t maxPartsPerMessage = 1024;
  size_t maxTools = 128;
  /// Of the request, and of all arguments that are JSON in a string together.
  ValueLimits values = {};
};

/// Reads `messages`, `tools` and the arguments of the template, which stand in
/// `chat_template_kwargs` or in the request itself; other fields of the request
/// are for others. What the request does not say is as `defaults` have it.
/// `limits.values` is what parsing the request has left.
///
/// Errors: InvalidArgument with the path of the first wrong field:
/// `messages[2].content[1].type: "movie", needs ...`.
Result<Conversation> readConversation(const FieldReader &request,
                                      ConversationLimits limits = {},
                                      const Conversation &defaults = {});

/// The same of a request's text. Errors: those of parseValue besides.
Result<Conversation> parseConversation(std::string_view requestJson,
                                       const ConversationLimits &limits = {},
                                       const Conversation &defaults = {});

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_CONVERSATION_H
