//===- Chat.cpp - g4rt chat -----------------------------------------------===//
//
// A conversation on the terminal, a line a message. Ctrl-C stops the answer
// that is being made, Ctrl-D ends.
//
//===----------------------------------------------------------------------===//

#include "runtime/engine/LocalEngine.h"
#include "tools/g4rt/Answer.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/Signals.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <utility>

namespace g4rt {

namespace {

struct ChatArguments {
  ModelFlags model;
  SamplingFlags sampling;
  std::string system;
  bool thinking = false;
};

/// What is printed of an answer, and what the conversation keeps.
class ShownAnswer {
public:
  void show(const AnswerPiece &piece) {
    std::string text = textOf(piece);
    // A thought stands above what is said.
    bool isThought = piece.kind == AnswerPiece::Kind::Thought;
    if (std::exchange(wasThought_, isThought) && !isThought)
      text.insert(0, "\n\n");
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    if (piece.kind == AnswerPiece::Kind::Content)
      content_ += piece.text;
  }
  /// Without thoughts: the model's template has none in what was said before.
  const std::string &content() const { return content_; }

private:
  static std::string textOf(const AnswerPiece &piece) {
    if (piece.kind == AnswerPiece::Kind::Call)
      return "[call " + piece.call.name + " " + piece.call.arguments + "]";
    return piece.text;
  }

  std::string content_;
  bool wasThought_ = false;
};

/// The conversation so far.
class Chat {
public:
  Chat(const LoadedModel &model, Engine &engine, const ChatArguments &args)
      : model_(model), runner_(engine), sampling_(args.sampling),
        defaults_(serve(model, engine).generation) {
    conversation_.enableThinking = args.thinking;
    if (!args.system.empty())
      conversation_.messages.push_back(textMessage(Role::System, args.system));
  }

  /// Prints the model's answer to `text`. After an error the conversation is as
  /// it was before.
  Status answer(const std::string &text);
  AnswerRunner &runner() { return runner_; }

private:
  Result<std::string> generate();

  const LoadedModel &model_;
  AnswerRunner runner_;
  const SamplingFlags sampling_;
  const GenerationDefaults defaults_;
  Conversation conversation_;
};

} // namespace

Result<std::string> Chat::generate() {
  GenerationRequest request = requestOf(sampling_, defaults_, PromptKind::Chat);
  G4RT_ASSIGN(Prompt prompt, model_.chatTemplate()->render(conversation_));
  request.promptIds = prompt.encode(model_.tokenizer());
  request.isChat = true;
  ShownAnswer shown;
  G4RT_ASSIGN(GenerationEnd end,
              runner_.run(std::move(request), [&](const AnswerPiece &piece) {
                shown.show(piece);
              }));
  std::fputs(end.reason == FinishReason::Stop ? "\n" : " [cut]\n", stdout);
  std::fflush(stdout);
  return shown.content();
}

Status Chat::answer(const std::string &text) {
  G4RT_TRY(checkText("the message", text));
  conversation_.messages.push_back(textMessage(Role::User, text));
  auto answer = generate();
  if (!answer) {
    conversation_.messages.pop_back();
    return std::move(answer).error();
  }
  conversation_.messages.push_back(
      textMessage(Role::Assistant, *std::move(answer)));
  return Status();
}

/// Until the input ends.
static int talk(Chat &chat) {
  bool isTerminal = ::isatty(STDIN_FILENO);
  for (std::string line;;) {
    if (isTerminal)
      std::cout << "> " << std::flush;
    if (!std::getline(std::cin, line))
      break;
    if (line.empty())
      continue;
    if (Status status = chat.answer(line); !status.ok())
      report(status);
  }
  if (isTerminal)
    std::cout << "\n";
  return kExitOk;
}

static int runChat(const ChatArguments &args) {
  SignalTarget target;
  // Before the engine's thread, which must not get the signals.
  SignalWatcher watcher([&](int signal) {
    if (signal != SIGINT || !target.cancel())
      std::_Exit(kExitFailure);
  });
  auto loaded = loadModel(args.model);
  if (!loaded)
    return report(loaded.error());
  LoadedModel &model = **loaded;
  if (!model.chatTemplate())
    return report(Status(StatusCode::Unimplemented,
                         args.model.file + ": has no chat template; `g4rt run "
                                           "--raw` goes on with text"));
  if (Status status = checkText("--system", args.system); !status.ok())
    return report(status);
  LocalEngine engine(model.executor(), model.tokenizer(),
                     {.maxModelLength = model.maxModelLength()});
  Chat chat(model, engine, args);
  target.set(&chat.runner());
  int code = talk(chat);
  target.set(nullptr);
  return code;
}

Command addChat(CLI::App &app) {
  auto args = std::make_shared<ChatArguments>();
  args->model.maxNumSeqs = 1;
  addModelFlags(app, args->model);
  app.add_option("--system", args->system, "The system's message");
  app.add_flag("--thinking", args->thinking, "Let the model think first");
  addSamplingFlags(app, args->sampling);
  app.footer("A line is a message. Ctrl-C stops an answer, Ctrl-D ends.");
  return [args] { return runChat(*args); };
}

} // namespace g4rt
