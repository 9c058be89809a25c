//===- FlagSources.cpp - Flags from a file and the environment ------------===//

#include "tools/g4rt/FlagSources.h"

#include "tools/cli/Console.h"

#include <algorithm>
#include <map>
#include <yaml-cpp/yaml.h>

namespace g4rt {

/// Values of a flag, by its long name without dashes.
using Settings = std::map<std::string, std::vector<std::string>>;

static Status wrong(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

/// Whether `word` gives `option`: --name, --name=value, -n or -nvalue.
static bool gives(std::string_view word, const CLI::Option &option) {
  if (word.starts_with("--")) {
    std::string name(word.substr(2, word.find('=') - 2));
    return option.check_lname(name) || option.check_fname(name);
  }
  return word.size() > 1 && word[0] == '-' &&
         option.check_sname(std::string(1, word[1]));
}

/// Whether the command line has FILE, which stands first or last.
static bool hasFile(const std::vector<std::string> &words) {
  return !words.empty() &&
         (!words.front().starts_with('-') || words.back().ends_with(".g4"));
}

static bool isGiven(const CLI::Option &option,
                    const std::vector<std::string> &words) {
  if (option.get_positional() && hasFile(words))
    return true;
  return std::ranges::any_of(
      words, [&](const std::string &word) { return gives(word, option); });
}

/// Takes --config FILE or --config=FILE out of `words`; none if it is not
/// there.
static Result<std::optional<std::string>>
takeConfig(std::vector<std::string> &words) {
  constexpr std::string_view kConfig = "--config";
  auto at = std::ranges::find_if(words, [&](const std::string &word) {
    return word == kConfig || word.starts_with(std::string(kConfig) + "=");
  });
  if (at == words.end())
    return std::optional<std::string>();
  if (*at != kConfig) {
    std::string path = at->substr(kConfig.size() + 1);
    words.erase(at);
    return std::optional(path);
  }
  if (at + 1 == words.end())
    return wrong("--config: needs a file");
  std::string path = *(at + 1);
  words.erase(at, at + 2);
  return std::optional(path);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

static Result<std::vector<std::string>> valuesOf(const YAML::Node &node,
                                                 const std::string &key) {
  std::vector<std::string> values;
  if (node.IsScalar())
    values.push_back(node.Scalar());
  for (const YAML::Node &element : node) {
    if (!node.IsSequence() || !element.IsScalar())
      return wrong(key + ": needs a word, a number, true or false, or a list "
                         "of them");
    values.push_back(element.Scalar());
  }
  return values;
}

// YAML's library throws; nothing of it gets out of here.
static Result<Settings> parseSettings(const std::string &path) try {
  YAML::Node root = YAML::LoadFile(path);
  Settings settings;
  if (root.IsNull())
    return settings;
  if (!root.IsMap())
    return wrong("needs lines such as max-num-seqs: 32");
  for (const auto &member : root) {
    std::string key = member.first.Scalar();
    std::ranges::replace(key, '_', '-');
    if (settings.contains(key))
      return wrong(key + ": is there twice");
    G4RT_ASSIGN(settings[key], valuesOf(member.second, key));
  }
  return settings;
} catch (const YAML::Exception &error) {
  return wrong(error.what());
}

static Result<Settings> readSettings(const std::string &path) {
  auto settings = parseSettings(path);
  if (!settings)
    return std::move(settings).error().during("--config " + path);
  return settings;
}

static Status checkNames(const Settings &settings, const CLI::App &app) {
  std::vector<std::string> names = g4::optionNames(app);
  for (const auto &[key, values] : settings) {
    std::string flag = "--" + key;
    if (std::ranges::find(names, flag) != names.end())
      continue;
    std::string nearest = g4::nearestName(flag, names);
    return wrong("--config: " + key + " is no flag" +
                 (nearest.empty() ? "" : ", is it " + nearest.substr(2) + "?"));
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Both
//===----------------------------------------------------------------------===//

/// G4_MAX_NUM_SEQS of max-num-seqs.
static std::string variableOf(const std::string &name) {
  std::string variable = "G4_";
  for (char c : name)
    variable +=
        c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return variable;
}

// Kubernetes sets G4_PORT to tcp://10.0.0.1:80 where a service is called g4.
static std::vector<std::string> valuesFor(const CLI::Option &option,
                                          const Settings &settings,
                                          const Environment &environment) {
  for (const std::string &name : option.get_lnames())
    if (auto value = environment(variableOf(name));
        value && !value->starts_with("tcp://"))
      return {*value};
  for (const std::string &name : option.get_lnames())
    if (auto found = settings.find(name); found != settings.end())
      return found->second;
  return {};
}

Result<std::vector<std::string>>
withOtherSources(const std::vector<std::string> &words, const CLI::App &app,
                 const Environment &environment) {
  std::vector<std::string> out = words;
  G4RT_ASSIGN(std::optional<std::string> path, takeConfig(out));
  Settings settings;
  if (path) {
    G4RT_ASSIGN(settings, readSettings(*path));
    G4RT_TRY(checkNames(settings, app));
  }
  for (const CLI::Option *option : app.get_options()) {
    bool isOurs = !option->get_lnames().empty() && !option->get_group().empty();
    if (!isOurs || option == app.get_help_ptr() || isGiven(*option, words))
      continue;
    for (const std::string &value : valuesFor(*option, settings, environment))
      out.push_back("--" + option->get_lnames()[0] + "=" + value);
  }
  return out;
}

} // namespace g4rt
