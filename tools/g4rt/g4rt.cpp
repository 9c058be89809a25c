//===- g4rt.cpp - The runtime's command line ------------------------------===//

#include "runtime/base/LostFile.h"
#include "tools/cli/Console.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/FlagSources.h"
#include "tools/g4rt/HelpGroups.h"
#include "tools/g4rt/OtherWords.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <memory>

namespace g4rt {

int exitCodeOf(const Status &status) {
  switch (status.code()) {
  case StatusCode::Ok:
    return kExitOk;
  case StatusCode::InvalidArgument:
    return kExitUsage;
  case StatusCode::NotFound:
  case StatusCode::Unimplemented:
  case StatusCode::DataLoss:
    return kExitBadModel;
  case StatusCode::ResourceExhausted:
    return kExitNoSpace;
  case StatusCode::Unavailable:
    return kExitDevice;
  case StatusCode::Cancelled:
  case StatusCode::Internal:
    return kExitFailure;
  }
  return kExitFailure;
}

int report(const Status &status) {
  g4::printMessage("g4rt", status.message());
  return exitCodeOf(status);
}

int reportUsage(const std::string &message) {
  g4::printMessage("g4rt", message);
  return kExitUsage;
}

/// A program that is started without stdin, stdout or stderr would give their
/// numbers to its next files, and write its messages there. What takes their
/// place can only be used the wrong way, so that it still fails.
static void fillStandardFiles() {
  for (int file : {0, 1, 2})
    if (::fcntl(file, F_GETFD) < 0)
      (void)::open("/dev/null", file == 0 ? O_WRONLY : O_RDONLY); // is `file`
}

/// The words of the command line after the subcommand, with those of other
/// servers in ours and with the flags that come from elsewhere.
static Result<std::vector<std::string>> gatherWords(int argc, char **argv,
                                                    CLI::App &command) {
  Translation translation = inOurWords({argv + 2, argv + argc});
  for (const std::string &note : translation.notes)
    g4::printMessage("g4rt", note);
  auto environment = [](const std::string &name) {
    const char *value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  return withOtherSources(translation.words, command, environment);
}

/// --help=all becomes --help, and a help is sorted.
static void prepareHelp(std::vector<std::string> &words, CLI::App &command) {
  auto all = std::ranges::find(words, "--help=all");
  bool wantsAll = all != words.end();
  if (wantsAll)
    *all = "--help";
  for (const std::string &word : words)
    if (word == "--help" || word == "-h")
      return groupHelp(command, wantsAll ? HelpSize::All : HelpSize::Screen);
}

static int unknownCommand(const std::string &name, const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands({}))
    names.push_back(command->get_name());
  std::string all;
  for (size_t i = 0; i < names.size(); ++i)
    all += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + names[i];
  std::string nearest = g4::nearestName(name, names);
  return reportUsage(name + ": not a command, needs " + all +
                     (nearest.empty() ? "" : "; is it " + nearest + "?"));
}

/// The whole command line, the program's name first.
static Result<std::vector<std::string>> gatherArguments(int argc, char **argv,
                                                        CLI::App &app) {
  std::vector<std::string> arguments(argv, argv + argc);
  CLI::App *serve = app.get_subcommand("serve");
  bool isEngine =
      std::ranges::find(arguments, "--engine-of") != arguments.end();
  // An engine gets all of its words from its server.
  if (argc < 2 || arguments[1] != serve->get_name() || isEngine)
    return arguments;
  G4RT_ASSIGN(std::vector<std::string> words, gatherWords(argc, argv, *serve));
  // They are in `words` now, and no engine needs them.
  ::unsetenv("G4_API_KEY");
  ::unsetenv("G4_ADMIN_KEY");
  prepareHelp(words, *serve);
  arguments.resize(2);
  arguments.insert(arguments.end(), words.begin(), words.end());
  return arguments;
}

static void parse(CLI::App &app, const std::vector<std::string> &arguments) {
  std::vector<const char *> words;
  for (const std::string &word : arguments)
    words.push_back(word.c_str());
  app.parse(static_cast<int>(words.size()), words.data());
}

/// `code`, or that a full disk behind stdout cost a part of the output.
static int withOutput(int code) {
  if (code == kExitOk && !g4::isOutputWritten())
    return report(
        Status(StatusCode::ResourceExhausted, "writing to stdout went wrong"));
  return code;
}

} // namespace g4rt

int main(int argc, char **argv) {
  using namespace g4rt;
  fillStandardFiles();
  CLI::App app("g4rt: runs .g4 artifacts", "g4rt");
  app.set_version_flag("--version", "g4rt " G4_VERSION);
  app.footer("Exit codes: 0 done, 2 usage, 3 bad model, 4 no memory or disk, 5 "
             "device lost, 1 anything else.");
  app.require_subcommand(1);
  app.failure_message(g4::usageMessage);
  std::map<std::string, Command> commands;
  auto arguments = std::make_shared<std::vector<std::string>>();
  auto add = [&](const char *name, const char *what,
                 const std::function<Command(CLI::App &)> &make) {
    commands[name] = make(*app.add_subcommand(name, what));
  };
  add("serve", "Serve OpenAI's API",
      [&](CLI::App &serve) { return addServe(serve, arguments); });
  add("run", "Answer one prompt", addRun);
  add("chat", "Talk on the terminal", addChat);
  add("bench", "Time a model's steps, or the answers of a server", addBench);
  add("eval", "Logits and perplexity of given token ids", addEval);
  add("doctor", "What this machine can run of a file, and why not", addDoctor);
  add("picture", "What a model gets to see of a picture", addPicture);
  if (argc > 1 && argv[1][0] != '-' && !commands.contains(argv[1]))
    return unknownCommand(argv[1], app);
  auto gathered = gatherArguments(argc, argv, app);
  if (!gathered)
    return report(gathered.error());
  *arguments = *std::move(gathered);
  try {
    parse(app, *arguments);
  } catch (const CLI::ParseError &error) {
    // CLI11 throws for --help as well; every other reason is wrong usage.
    return withOutput(app.exit(error) == 0 ? kExitOk : kExitUsage);
  }
  // A file that grows too large is an error of the write, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
  endOnLostFile("g4rt: ", kExitBadModel);
  return withOutput(commands.at(app.get_subcommands()[0]->get_name())());
}
