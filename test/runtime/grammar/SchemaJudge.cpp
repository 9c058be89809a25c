//===- SchemaJudge.cpp - Which documents a schema lets through ------------===//
//
// For test/e2e/test_schemas.py. Each line of stdin is {"schema": ...,
// "documents": ["...", ...]}, where a document is its text; each line of stdout
// has a 1 for each document that can be written and a 0 for each that cannot,
// or "refused: " and why.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Json.h"

#include <iostream>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class SchemaJudge : public GrammarCase {
public:
  void TestBody() override {}

  std::string judge(const json::value &request) {
    auto grammar = jsonGrammar(json::serialize(request.at("schema")));
    if (!grammar)
      return "refused: " + grammar.error().message();
    std::string out;
    for (const json::value &document : request.at("documents").as_array())
      out += accepts(*grammar, document.as_string()) ? '1' : '0';
    return out;
  }
};

} // namespace
} // namespace g4rt

int main() {
  g4rt::SchemaJudge judge;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << judge.judge(*g4rt::parseJson(line)) << '\n';
  return testing::Test::HasFailure();
}
