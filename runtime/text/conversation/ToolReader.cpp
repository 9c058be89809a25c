//===- ToolReader.cpp - Tools and calls of a chat request -----------------===//

#include "runtime/text/conversation/ToolReader.h"

#include <algorithm>
#include <limits>

namespace g4rt {

constexpr size_t kMaxNameBytes = 128;
constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

static bool isNameByte(char c) {
  constexpr std::string_view kNone = "{}()[]<>\"'`,=|\\";
  bool isControl = (c >= 0 && c <= ' ') || c == 0x7f;
  return !isControl && kNone.find(c) == kNone.npos;
}

static Result<std::string> readDeclaredName(const FieldReader &fields) {
  G4RT_ASSIGN(std::string name, fields.neededString("name"));
  if (!name.empty() && name.size() <= kMaxNameBytes && name.front() != ':' &&
      name.back() != ':' && std::all_of(name.begin(), name.end(), isNameByte))
    return name;
  return fields.path().key("name").wrong(
      unexpected(name, "1 to 128 bytes without blanks, quotes and brackets"));
}

Result<ToolDeclaration> readDeclaration(const FieldReader &fields) {
  ToolDeclaration tool;
  G4RT_ASSIGN(tool.name, readDeclaredName(fields));
  G4RT_ASSIGN(std::optional<std::string> description,
              fields.string("description"));
  tool.description = description.value_or("");
  return tool;
}

Status readToolList(const FieldReader &request, size_t maxTools,
                    Result<ToolDeclaration> (*readOne)(const FieldReader &),
                    std::vector<ToolDeclaration> &tools) {
  JsonPath path = request.path().key("tools");
  G4RT_ASSIGN(std::span<const Value> list, request.list("tools", maxTools));
  for (size_t i = 0; i < list.size(); ++i) {
    JsonPath at = path.at(i);
    G4RT_ASSIGN(FieldReader fields, FieldReader::of(list[i], at));
    G4RT_ASSIGN(ToolDeclaration tool, readOne(fields));
    tools.push_back(std::move(tool));
  }
  return Status();
}

Status checkFunctionType(const FieldReader &fields) {
  G4RT_ASSIGN(std::optional<std::string> type, fields.string("type"));
  if (type && *type != "function")
    return fields.path().key("type").wrong(unexpected(*type, "\"function\""));
  return Status();
}

static Value asMember(Value value) {
  ValueMap map;
  map.push_back({"arguments", std::move(value)});
  return Value(std::move(map));
}

// OpenAI's clients send an object as the JSON of one, "" for none. A string
// that is too large to be parsed is refused as the request would be.
static Result<Value> parseArguments(const std::string &text,
                                    const JsonPath &path, ValueLimits &limits) {
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return Value();
  Result<Value> value = parseValue(text, limits);
  if (value && (value->map() || value->isNull()))
    return value;
  if (!value && limits.maxValues == 0)
    return std::move(value).error().during(path.toString());
  return asMember(Value(text));
}

static Result<Value> readArguments(const FieldReader &function,
                                   ValueLimits &limits) {
  const Value *value = function.find("arguments");
  if (!value || value->map())
    return value ? *value : Value();
  if (value->string())
    return parseArguments(*value->string(), function.path().key("arguments"),
                          limits);
  return asMember(*value);
}

Result<ToolCall> readCalledFunction(const Value &function, const JsonPath &path,
                                    ValueLimits &limits) {
  G4RT_ASSIGN(FieldReader inner, FieldReader::of(function, path));
  ToolCall call;
  G4RT_ASSIGN(std::optional<std::string> name, inner.string("name"));
  call.name = name && !name->empty() ? *name : "unknown";
  G4RT_ASSIGN(call.arguments, readArguments(inner, limits));
  return call;
}

static Result<ToolCall> readToolCall(const Value &value, const JsonPath &path,
                                     ValueLimits &limits) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  G4RT_TRY(checkFunctionType(fields));
  G4RT_ASSIGN(const Value *function, fields.neededObject("function"));
  G4RT_ASSIGN(ToolCall call,
              readCalledFunction(*function, path.key("function"), limits));
  G4RT_ASSIGN(call.id, fields.string("id"));
  return call;
}

Status readToolCalls(const FieldReader &fields, ValueLimits &limits,
                     Message &message) {
  JsonPath path = fields.path().key("tool_calls");
  G4RT_ASSIGN(std::span<const Value> calls,
              fields.list("tool_calls", kAnyNumber));
  for (size_t i = 0; i < calls.size(); ++i) {
    G4RT_ASSIGN(ToolCall call, readToolCall(calls[i], path.at(i), limits));
    message.toolCalls.push_back(std::move(call));
  }
  const Value *older = fields.find("function_call");
  if (!older || !calls.empty())
    return Status();
  G4RT_ASSIGN(
      ToolCall call,
      readCalledFunction(*older, fields.path().key("function_call"), limits));
  message.toolCalls.push_back(std::move(call));
  return Status();
}

static Result<ToolResponse> readToolResponse(const Value &value,
                                             const JsonPath &path) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  ToolResponse response;
  G4RT_ASSIGN(response.name, fields.string("name"));
  const Value *content = value.find("response");
  if (!content)
    return path.key("response").wrong("missing");
  response.response = *content;
  return response;
}

Status readToolResponses(const FieldReader &fields, Message &message) {
  JsonPath path = fields.path().key("tool_responses");
  G4RT_ASSIGN(std::span<const Value> list,
              fields.list("tool_responses", kAnyNumber));
  for (size_t i = 0; i < list.size(); ++i) {
    G4RT_ASSIGN(ToolResponse response, readToolResponse(list[i], path.at(i)));
    message.toolResponses.push_back(std::move(response));
  }
  return Status();
}

} // namespace g4rt
