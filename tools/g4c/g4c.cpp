//===- g4c.cpp - The compiler's command line ------------------------------===//

#include "runtime/base/LostFile.h"
#include "tools/cli/Console.h"
#include "tools/g4c/Commands.h"

#include <csignal>
#include <map>

namespace g4 {

int report(const g4rt::Status &status) {
  printMessage("g4c", status.message());
  switch (status.code()) {
  case g4rt::StatusCode::Ok:
    return kExitOk;
  case g4rt::StatusCode::InvalidArgument:
  case g4rt::StatusCode::NotFound:
  case g4rt::StatusCode::Unimplemented:
  case g4rt::StatusCode::DataLoss:
    return kExitBadModel;
  case g4rt::StatusCode::ResourceExhausted:
    return kExitNoSpace;
  case g4rt::StatusCode::Unavailable:
  case g4rt::StatusCode::Cancelled:
  case g4rt::StatusCode::Internal:
    return kExitFailure;
  }
  return kExitFailure;
}

/// `code`, or that a full disk behind stdout cost a part of the output.
static int withOutput(int code) {
  if (code == kExitOk && !isOutputWritten())
    return report(g4rt::Status(g4rt::StatusCode::ResourceExhausted,
                               "writing to stdout went wrong"));
  return code;
}

} // namespace g4

int main(int argc, char **argv) {
  using namespace g4;
  CLI::App app("g4c: compiles Gemma 4 checkpoints into .g4 artifacts", "g4c");
  app.set_version_flag("--version", "g4c " G4_VERSION);
  app.require_subcommand(1);
  app.failure_message(usageMessage);
  std::map<std::string, Command> commands;
  auto add = [&](const char *name, const char *what,
                 Command (*make)(CLI::App &)) {
    commands[name] = make(*app.add_subcommand(name, what));
  };
  add("compile", "Compile a checkpoint into an artifact", addCompile);
  add("calibrate", "Count what a text does inside a model", addCalibrate);
  add("diff", "Say how two artifacts differ", addDiff);
  add("evaluate", "Say what an artifact loses against another", addEvaluate);
  add("inspect", "Print what an artifact holds", addInspect);
  add("plan", "Say what memory a model takes, and on which cards it fits",
      addPlan);
  add("predict", "Say how long steps take on a GPU that need not be there",
      addPredict);
  add("verify", "Check every byte of an artifact; runs nothing", addVerify);
  add("targets", "List the targets that can be compiled for", addTargets);
  if (argc > 1 && argv[1][0] != '-' && !commands.contains(argv[1])) {
    // CLI11 would say that a subcommand is required.
    printMessage("g4c", std::string("no subcommand \"") + argv[1] +
                            "\"; see g4c --help");
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // CLI11 throws for --help as well; every other reason is wrong usage.
    return withOutput(app.exit(error) == 0 ? kExitOk : kExitUsage);
  }
  // A file that grows too large is an error of the write, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
  g4rt::endOnLostFile("g4c: ", kExitBadModel);
  return withOutput(commands.at(app.get_subcommands()[0]->get_name())());
}
