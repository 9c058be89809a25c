//===- g4rt.cpp - The runtime's command line ------------------------------===//

#include "runtime/base/LostFile.h"
#include "tools/cli/Console.h"
#include "tools/g4rt/Commands.h"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <map>

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
  auto add = [&](const char *name, const char *what,
                 const std::function<Command(CLI::App &)> &make) {
    commands[name] = make(*app.add_subcommand(name, what));
  };
  add("serve", "Serve OpenAI's API",
      [&](CLI::App &serve) { return addServe(serve, {argv, argv + argc}); });
  add("run", "Answer one prompt", addRun);
  add("chat", "Talk on the terminal", addChat);
  add("bench", "Time a model's steps, or the answers of a server", addBench);
  add("eval", "Logits and perplexity of given token ids", addEval);
  if (argc > 1 && argv[1][0] != '-' && !commands.contains(argv[1]))
    return reportUsage(
        std::string(argv[1]) +
        ": not a command, needs serve, run, chat, bench or eval");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // CLI11 throws for --help as well; every other reason is wrong usage.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  // A file that grows too large is an error of the write, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
  endOnLostFile("g4rt: ", kExitBadModel);
  int code = commands.at(app.get_subcommands()[0]->get_name())();
  // A full disk behind stdout cost a part of the answer.
  if (code == kExitOk && !g4::isOutputWritten())
    return report(
        Status(StatusCode::ResourceExhausted, "writing to stdout went wrong"));
  return code;
}
