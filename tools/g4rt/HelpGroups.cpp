//===- HelpGroups.cpp - What --help shows ---------------------------------===//

#include "tools/g4rt/HelpGroups.h"

#include <array>
#include <string>
#include <string_view>

namespace g4rt {

namespace {

struct HelpRow {
  std::string_view name;
  const char *group;
  bool isOnScreen;
};

} // namespace

constexpr const char *kModel = "Model and device";
constexpr const char *kSize = "Sizes";
constexpr const char *kNetwork = "Network and keys";
constexpr const char *kChats = "Chats";
constexpr const char *kOperation = "Operation";

/// A flag that is not here is shown by --help=all, under "More".
constexpr auto kRows = std::to_array<HelpRow>({
    {"model", kModel, true},
    {"device", kModel, true},
    {"memory", kModel, true},
    {"gpu-memory-utilization", kModel, true},
    {"threads", kModel, true},
    {"verify", kModel, false},
    {"no-verify", kModel, false},
    {"copy-weights", kModel, false},
    {"max-model-len", kSize, true},
    {"max-num-seqs", kSize, true},
    {"max-num-batched-tokens", kSize, false},
    {"long-prefill-token-threshold", kSize, false},
    {"max-queued-requests", kSize, false},
    {"max-queued-tokens", kSize, false},
    {"enable-prefix-caching", kSize, false},
    {"host", kNetwork, true},
    {"port", kNetwork, true},
    {"uds", kNetwork, false},
    {"ssl-certfile", kNetwork, false},
    {"ssl-keyfile", kNetwork, false},
    {"api-key", kNetwork, true},
    {"api-key-file", kNetwork, true},
    {"admin-key", kNetwork, false},
    {"key-requests", kNetwork, false},
    {"key-tokens-per-minute", kNetwork, false},
    {"insecure-no-auth", kNetwork, false},
    {"allowed-host", kNetwork, false},
    {"allowed-origins", kNetwork, false},
    {"max-connections", kNetwork, false},
    {"http-memory", kNetwork, false},
    {"served-model-name", kChats, true},
    {"reasoning", kChats, true},
    {"default-chat-template-kwargs", kChats, false},
    {"strict", kChats, false},
    {"config", kOperation, true},
    {"print-plan", kOperation, true},
    {"json", kOperation, false},
    {"log-level", kOperation, false},
    {"log-format", kOperation, false},
    {"log-file", kOperation, false},
    {"shutdown-timeout", kOperation, false},
    {"step-timeout", kOperation, false},
    {"no-sandbox", kOperation, false},
});

static HelpRow rowOf(const CLI::Option &option) {
  for (const std::string &name : option.get_lnames())
    for (const HelpRow &row : kRows)
      if (row.name == name)
        return row;
  return {"", "More", false};
}

void groupHelp(CLI::App &serve, HelpSize size) {
  for (CLI::Option *option : serve.get_options()) {
    bool isHidden = option->get_group().empty();
    if (isHidden || option == serve.get_help_ptr())
      continue;
    HelpRow row = rowOf(*option);
    option->group(row.isOnScreen || size == HelpSize::All ? row.group : "");
  }
  serve.footer(size == HelpSize::All
                   ? "A flag that is not given may come from the environment, "
                     "G4_MAX_NUM_SEQS, or from --config FILE."
                   : "g4rt serve --help=all shows every flag.");
}

} // namespace g4rt
