//===- AnswerRulesReader.h - What an answer must look like ------*- C++ -*-===//
//
// response_format, vLLM's guided_* and structured_outputs, llama-server's
// grammar and json_schema, tool_choice and parallel_tool_calls become the rules
// of an answer. Schemas turn into grammars here, on a worker of the server, so
// that what is not supported is refused before the engine hears of it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERRULESREADER_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERRULESREADER_H

#include "runtime/base/Status.h"
#include "runtime/grammar/AnswerRules.h"
#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// The grammar of the content; empty if the request asks for none. Errors:
/// InvalidArgument for a wrong field, for two that both ask, and for what is no
/// schema, regular expression or grammar; Unimplemented with the path of what
/// is not supported.
Result<std::string> readContentGrammar(const FieldReader &request);

/// The grammar of JSON that obeys `schema`, which stands at `path`; a strict
/// one has no members that the schema does not name. Errors: those of
/// readContentGrammar.
Result<std::string> grammarOfSchema(const Value &schema, const JsonPath &path,
                                    bool isStrict);
/// Success if this server can obey a grammar, which the field at `path` asks
/// for. Errors: Unimplemented.
Status checkGrammars(const JsonPath &path);

/// What an endpoint's own fields say of calls.
struct CallWish {
  CallRule rule = CallRule::Free;
  /// The only tool that may be called, one of those declared; "": any.
  std::string tool = {};
  bool isOneCall = false;
};

/// The rule that auto, none or required ask for; none for an object, which
/// names a tool. Errors: InvalidArgument.
Result<std::optional<CallRule>> readCallRule(const Value &choice,
                                             const JsonPath &path);

/// The one tool of that name is wished for; `path` is where it is named.
/// Errors: InvalidArgument if no tool has it.
Status wishForTool(const std::string &name, const JsonPath &path,
                   const Conversation &conversation, CallWish &wish);

/// The rules of a chat's answer, whose content obeys the grammar `content`,
/// unless that is empty. Takes the tools out of `conversation` that must not be
/// called. `path` is the field that says how tools may be chosen. Errors: as
/// readAnswerRules.
Result<AnswerRules> makeAnswerRules(const CallWish &wish, const JsonPath &path,
                                    std::string content,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation);

/// The rules of an answer without thought and calls that obeys `grammar`; none
/// if that is empty.
AnswerRules rulesOfText(std::string grammar);

/// The rules of a chat's answer. Takes the tools out of `conversation` if
/// tool_choice is "none", all but one if it names one. Errors: those of
/// readContentGrammar, and the same for the fields of tools.
Result<AnswerRules> readAnswerRules(const FieldReader &request,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERRULESREADER_H
