//===- CommonGrammars.h - What most requests' grammars share ----*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_COMMONGRAMMARS_H
#define G4_RUNTIME_GRAMMAR_COMMONGRAMMARS_H

#include "runtime/base/Status.h"
#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/text/conversation/Value.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <string>

namespace g4rt {

/// The schema of any object, {"type": "object"}.
const Value &anyObject();

/// Of any object of JSON.
Result<std::string> anyObjectGrammar();

/// Makes known to `grammars` what may come where in objects of JSON and in
/// calls of tools, so that the first requests need not find it: most of a
/// schema's rules are the same ones. Some tenths of a second of processor time
/// for a quarter of a million tokens. Errors: those of
/// GrammarCompiler::compile.
Status warmGrammars(GrammarCompiler &grammars, const Tokenizer &tokenizer);

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_COMMONGRAMMARS_H
