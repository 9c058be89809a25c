#include "runtime/grammar/GrammarCompiler.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

TEST(NoGrammarCompilerTest, EverythingSaysThatTheLibraryIsMissing) {
  TestTokenizer tokenizer(chatTokenizerJson());
  GrammarCompiler compiler(*tokenizer);
  EXPECT_FALSE(hasGrammars());
  EXPECT_EQ(checkGrammar("root ::= \"a\"").code(), StatusCode::Unimplemented);
  auto compiled = compiler.compile("root ::= \"a\"");
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().code(), StatusCode::Unimplemented);
}

} // namespace
} // namespace g4rt
