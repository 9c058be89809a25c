//===- KeyFlags.cpp - The flags of g4rt serve about keys ------------------===//

#include "tools/g4rt/KeyFlags.h"

#include "runtime/http/KeyFile.h"

namespace g4rt {

constexpr std::string_view kApiKey = "--api-key";
constexpr std::string_view kApiKeyFile = "--api-key-file";
constexpr std::string_view kAdminKey = "--admin-key";

void addKeyFlags(CLI::App &app, KeyFlags &flags) {
  app.add_option(std::string(kApiKey), flags.keys.users,
                 "A key that clients must send; may be given several times")
      ->allow_extra_args(false);
  app.add_option(std::string(kApiKeyFile), flags.file,
                 "A file of such keys, one a line, each maybe with rules as "
                 "weight=2; read again on SIGHUP");
  app.add_option("--key-requests", flags.keys.commonRules.maxAnswers,
                 "Answers of one key at a time, those that wait included, "
                 "where its file says nothing else; 0: any number")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--key-tokens-per-minute",
                 flags.keys.commonRules.tokensPerMinute,
                 "Tokens of prompts and answers of one key in a minute, where "
                 "its file says nothing else; 0: any number")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40))
      ->capture_default_str();
  app.add_option(std::string(kAdminKey), flags.keys.admins,
                 "A key for everything, /metrics too, for which an --api-key "
                 "is then too little")
      ->allow_extra_args(false);
}

static Status check(std::string_view flag,
                    const std::vector<std::string> &keys) {
  for (const std::string &key : keys)
    if (Status status = checkKey(key); !status.ok())
      return std::move(status).during(std::string(flag));
  return Status();
}

Result<Keys> readKeys(const KeyFlags &flags) {
  G4RT_TRY(check(kApiKey, flags.keys.users));
  G4RT_TRY(check(kAdminKey, flags.keys.admins));
  Keys keys = flags.keys;
  if (flags.file.empty())
    return keys;
  auto more = readKeyFile(flags.file, keys.commonRules);
  if (!more)
    return std::move(more).error().during(std::string(kApiKeyFile));
  keys.users.insert(keys.users.end(), more->users.begin(), more->users.end());
  keys.rules = std::move(more->rules);
  return keys;
}

std::vector<std::string>
withoutKeys(const std::vector<std::string> &arguments) {
  std::vector<std::string> out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    std::string_view name = word.substr(0, word.find('='));
    if (name != kApiKey && name != kApiKeyFile && name != kAdminKey)
      out.push_back(arguments[i]);
    else if (name == word)
      ++i; // its value is the next word
  }
  return out;
}

} // namespace g4rt
