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
#include "runtime/text/Conversation.h"
#include "runtime/text/FieldReader.h"
#include "runtime/text/Tokenizer.h"

#include <string>

namespace g4rt {

/// The grammar of the content; empty if the request asks for none. Errors:
/// InvalidArgument for a wrong field, for two that both ask, and for what is no
/// schema, regular expression or grammar; Unimplemented with the path of what
/// is not supported.
Result<std::string> readContentGrammar(const FieldReader &request);

/// The rules of a chat's answer. Takes the tools out of `conversation` if
/// tool_choice is "none", all but one if it names one. Errors: those of
/// readContentGrammar, and the same for the fields of tools.
Result<AnswerRules> readAnswerRules(const FieldReader &request,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERRULESREADER_H
