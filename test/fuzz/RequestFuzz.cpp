// Any bytes as the body of a chat and of a completion. What is accepted here
// has sampling parameters that the engine takes and grammars that the library
// reads: the engine must have nothing left to refuse.

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/CompletionRequest.h"

#include "test/fuzz/Fuzz.h"
#include "test/support/ChatTokenizer.h"
#include "test/support/TestChatTemplate.h"

using namespace g4rt;

namespace {

/// The readers ask an engine nothing.
class NoEngine : public Engine {
public:
  Result<GenerationId> submit(GenerationRequest, GenerationSink) override {
    return Status(StatusCode::Unavailable, "there is none");
  }
  void cancel(GenerationId) override {}
  bool drain(std::chrono::steady_clock::time_point) override { return true; }
  EngineStatus status() const override { return {}; }
};

} // namespace

static void check(const GenerationFields &fields, const Tokenizer &tokenizer) {
  require(checkSamplingParams(fields.sampling, tokenizer.numTokens()).ok(),
          "sampling parameters can be used");
  const AnswerRules &rules = fields.rules;
  require(rules.content.empty() || checkGrammar(rules.content).ok(),
          "grammars can be read");
  for (const ToolRule &tool : rules.tools)
    require(checkGrammar(tool.grammar).ok(), "grammars of tools can be read");
  require(fields.numChoices > 0, "an answer has choices");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static auto *tokenizer = new TestTokenizer(chatTokenizerJson());
  static auto *large = new TestChatTemplate(g4::gemma4::TemplateVariant::Large);
  static auto *engine = new NoEngine();
  static auto *model =
      new ServedModel{.engine = *engine,
                      .tokenizer = **tokenizer,
                      .chatTemplate = large->operator->(),
                      .name = "tiny",
                      .generation = {.bosId = 2, .eosIds = {1, 106, 50}},
                      .maxModelLength = 256};
  std::string_view body = textOf(data, size);
  if (auto chat = parseChatRequest(body, *model))
    check(chat->generation, **tokenizer);
  if (auto completion = parseCompletionRequest(body, *model))
    check(completion->generation, **tokenizer);
  return 0;
}
