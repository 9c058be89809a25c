//===- ToolGrammar.h - Calls of declared tools ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_TOOLGRAMMAR_H
#define G4_RUNTIME_GRAMMAR_TOOLGRAMMAR_H

#include "runtime/base/Status.h"
#include "runtime/grammar/AnswerRules.h"
#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/tokenizer/Tokenizer.h"

namespace g4rt {

/// Whether rules can hold in calls: the vocabulary has their marks, and this
/// program the grammar library.
bool canGuideCalls(const Tokenizer &tokenizer);

/// What may stand between the marks of a call of `tool`, where canGuideCalls().
///
/// Errors: of a tool that isStrict, InvalidArgument or Unimplemented naming the
/// place in its schema that cannot be held to.
Result<ToolRule> ruleOfTool(const ToolDeclaration &tool,
                            const Tokenizer &tokenizer);

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_TOOLGRAMMAR_H
