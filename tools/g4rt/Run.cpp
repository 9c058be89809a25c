//===- Run.cpp - g4rt run -------------------------------------------------===//

#include "runtime/base/Printable.h"
#include "runtime/engine/LocalEngine.h"
#include "tools/g4rt/Answer.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/Signals.h"

#include <cstdio>

namespace g4rt {

namespace {

struct RunArguments {
  ModelFlags model;
  SamplingFlags sampling;
  std::string prompt;
  bool raw = false, thinking = false, verbose = false;
};

} // namespace

static Conversation oneTurn(const std::string &text, bool thinking) {
  Conversation conversation;
  conversation.messages.push_back(textMessage(Role::User, text));
  conversation.enableThinking = thinking;
  return conversation;
}

static Result<std::vector<int32_t>>
promptIds(const LoadedModel &model, const GenerationDefaults &defaults,
          const RunArguments &args, PromptKind kind) {
  G4RT_TRY(checkText("--prompt", args.prompt));
  const Tokenizer &tokenizer = model.tokenizer();
  if (kind == PromptKind::Chat) {
    G4RT_ASSIGN(Prompt prompt, model.chatTemplate()->render(
                                   oneTurn(args.prompt, args.thinking)));
    return prompt.encode(tokenizer);
  }
  return encodePlainPrompt(tokenizer, args.prompt, defaults.bosId);
}

static void printPiece(const AnswerPiece &piece) {
  std::fwrite(piece.text.data(), 1, piece.text.size(), stdout);
  std::fflush(stdout);
}

static void printFigures(const LoadedModel &model, const GenerationEnd &end) {
  const GenerationTimes &times = end.times;
  double answerSeconds = times.total - times.firstToken;
  std::fprintf(
      stderr, "variant  %s: %s\n",
      printable(model.variant().variant->target()->string_view()).c_str(),
      printable(model.variant().reason).c_str());
  std::fprintf(stderr, "prompt   %lld tokens, first token after %.1f ms\n",
               static_cast<long long>(end.usage.numPromptTokens),
               1e3 * times.firstToken);
  std::fprintf(stderr, "answer   %lld tokens",
               static_cast<long long>(end.usage.numAnswerTokens));
  if (end.usage.numAnswerTokens > 1 && answerSeconds > 0)
    std::fprintf(stderr, ", %.1f tokens/s after the first",
                 (end.usage.numAnswerTokens - 1) / answerSeconds);
  std::fprintf(stderr, "\n");
}

static int runRun(const RunArguments &args) {
  SignalTarget target;
  // Before the engine's thread, which must not get the signals.
  SignalWatcher watcher([&](int) {
    if (!target.cancel())
      std::_Exit(kExitFailure);
  });
  auto loaded = loadModel(args.model);
  if (!loaded)
    return report(loaded.error());
  LoadedModel &model = **loaded;
  LocalEngine engine(model.executor(), model.tokenizer(),
                     {.maxModelLength = model.maxModelLength()});
  GenerationDefaults defaults = serve(model, engine).generation;
  PromptKind kind =
      model.chatTemplate() && !args.raw ? PromptKind::Chat : PromptKind::Text;
  GenerationRequest request = requestOf(args.sampling, defaults, kind);
  auto ids = promptIds(model, defaults, args, kind);
  if (!ids)
    return report(ids.error());
  request.promptIds = *std::move(ids);
  AnswerRunner runner(engine);
  target.set(&runner);
  auto end = runner.run(std::move(request), printPiece);
  target.set(nullptr);
  if (!end)
    return report(end.error());
  std::fputc('\n', stdout);
  if (args.verbose)
    printFigures(model, *end);
  return end->reason == FinishReason::Cancelled ? kExitFailure : kExitOk;
}

Command addRun(CLI::App &app) {
  auto args = std::make_shared<RunArguments>();
  args->model.maxNumSeqs = 1;
  addModelFlags(app, args->model);
  app.add_option("-p,--prompt", args->prompt, "What the user says")->required();
  app.add_flag("--raw", args->raw,
               "Go on with the prompt as it is, special tokens included, "
               "instead of answering it as a chat's first message");
  app.add_flag("--thinking", args->thinking, "Let the model think first");
  addSamplingFlags(app, args->sampling);
  app.add_flag("--verbose,-v", args->verbose, "Figures on stderr");
  return [args] { return runRun(*args); };
}

} // namespace g4rt
