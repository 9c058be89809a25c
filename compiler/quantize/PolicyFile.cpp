//===- PolicyFile.cpp - A policy that a person wrote ----------------------===//

#include "compiler/quantize/PolicyFile.h"

#include "runtime/base/MappedFile.h"

#include <charconv>
#include <initializer_list>
#include <yaml-cpp/yaml.h>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

// Far above what a person writes, and far below what takes long to parse.
constexpr size_t kMaxBytes = size_t{1} << 20;
constexpr int64_t kMaxLayer = 1 << 20;

static Status wrong(const YAML::Node &node, const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                "line " + std::to_string(node.Mark().line + 1) + ": " + what);
}

/// `names` as "a, b or c".
template <typename Names>
static std::string listed(const Names &names) {
  std::string text;
  size_t i = 0;
  for (const auto &name : names) {
    text += i == 0 ? "" : i + 1 == std::size(names) ? " or " : ", ";
    text += name;
    ++i;
  }
  return text;
}

static std::vector<std::string> formatNames() {
  std::vector<std::string> names;
  for (const artifact::WeightFormat &format : artifact::weightFormats())
    names.emplace_back(format.name);
  return names;
}

/// A key that nobody reads is a mistake of its writer.
static Status checkKeys(const YAML::Node &map,
                        std::initializer_list<std::string_view> known) {
  for (const auto &entry : map) {
    std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::ranges::find(known, key) == known.end())
      return wrong(entry.first,
                   "key \"" + key + "\" is unknown, needs " + listed(known));
  }
  return Status();
}

static Result<std::string> textAt(const YAML::Node &map, const char *key) {
  YAML::Node value = map[key];
  if (!value || !value.IsScalar())
    return wrong(value ? value : map,
                 std::string(key) +
                     (value ? " must be a word" : " is missing"));
  return value.Scalar();
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// "7", or "0-3".
static Result<WeightPolicy::Layers> parseRange(const YAML::Node &node,
                                               const char *key) {
  Status status =
      wrong(node, std::string(key) + " must be a number or first-last, 0-3");
  if (!node.IsScalar())
    return status;
  const std::string &text = node.Scalar();
  const char *end = text.data() + text.size();
  WeightPolicy::Layers range;
  auto [rest, error] = std::from_chars(text.data(), end, range.first);
  if (error != std::errc())
    return status;
  range.last = range.first;
  if (rest != end) {
    auto [after, second] = std::from_chars(rest + 1, end, range.last);
    if (*rest != '-' || second != std::errc() || after != end)
      return status;
  }
  if (range.first < 0 || range.last < range.first || range.last > kMaxLayer)
    return status;
  return range;
}

static Result<const artifact::WeightFormat *>
parseFormat(const YAML::Node &rule) {
  G4RT_ASSIGN(std::string name, textAt(rule, "format"));
  const artifact::WeightFormat *format = artifact::findFormat(name);
  if (!format)
    return wrong(rule["format"], "format \"" + name + "\" is unknown, needs " +
                                     listed(formatNames()));
  return format;
}

static Result<artifact::WeightClass> parseClass(const YAML::Node &rule) {
  G4RT_ASSIGN(std::string name, textAt(rule, "class"));
  auto weightClass = artifact::findWeightClass(name);
  if (!weightClass)
    return wrong(rule["class"], "class \"" + name + "\" is unknown, needs " +
                                    listed(artifact::kWeightClassNames));
  return *weightClass;
}

/// Their kernels read f32, and they are small.
static bool isAlwaysF32(std::optional<artifact::WeightClass> weightClass) {
  return weightClass == artifact::WeightClass::Norm ||
         weightClass == artifact::WeightClass::Router;
}

static Result<WeightPolicy::Rule> parseRule(const YAML::Node &node) {
  if (!node.IsMap())
    return wrong(node, "a rule has class, layers and format");
  G4RT_TRY(checkKeys(node, {"class", "layers", "format"}));
  WeightPolicy::Rule rule;
  G4RT_ASSIGN(rule.format, parseFormat(node));
  if (node["class"]) {
    G4RT_ASSIGN(rule.weightClass, parseClass(node));
  }
  if (isAlwaysF32(rule.weightClass) && rule.format->name != "f32")
    return wrong(node["class"],
                 std::string(nameOf(*rule.weightClass)) + " is always f32");
  if (node["layers"]) {
    G4RT_ASSIGN(rule.layers, parseRange(node["layers"], "layers"));
  }
  return rule;
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

static Result<WeightPolicy> parseBase(const YAML::Node &root) {
  std::string name = "bf16";
  if (root["base"]) {
    G4RT_ASSIGN(name, textAt(root, "base"));
  }
  std::optional<WeightPolicy> base = WeightPolicy::find(name);
  if (!base)
    return wrong(root["base"], "base \"" + name + "\" is unknown, needs " +
                                   listed(WeightPolicy::names()));
  return *std::move(base);
}

/// Scales of training come with the preset q4-qat alone.
static Result<ScaleRule> parseScales(const YAML::Node &root) {
  G4RT_ASSIGN(std::string name, textAt(root, "scales"));
  auto rule = findScaleRule(name);
  if (!rule || *rule == ScaleRule::Lattice)
    return wrong(root["scales"],
                 "scales \"" + name + "\" is unknown, needs extreme or search");
  return *rule;
}

static Result<WeightPolicy> parseRoot(const YAML::Node &root) {
  if (!root.IsMap())
    return Status(StatusCode::InvalidArgument, "line 1: needs base or rules");
  G4RT_TRY(checkKeys(root, {"base", "scales", "rules"}));
  G4RT_ASSIGN(WeightPolicy policy, parseBase(root));
  if (root["scales"]) {
    G4RT_ASSIGN(policy.scaleRule, parseScales(root));
  }
  YAML::Node rules = root["rules"];
  if (rules && !rules.IsSequence())
    return wrong(rules, "rules must be a list");
  for (const YAML::Node &node : rules) {
    G4RT_ASSIGN(WeightPolicy::Rule rule, parseRule(node));
    policy.rules.push_back(rule);
  }
  // A rule for all classes is one for those that there is a choice for.
  for (auto weightClass :
       {artifact::WeightClass::Norm, artifact::WeightClass::Router})
    policy.rules.push_back(
        {.weightClass = weightClass, .format = artifact::findFormat("f32")});
  return policy;
}

Result<WeightPolicy> parsePolicy(std::string_view text) {
  if (text.size() > kMaxBytes)
    return Status(StatusCode::InvalidArgument,
                  std::to_string(text.size()) + " bytes, at most " +
                      std::to_string(kMaxBytes) + " are a policy");
  try { // the library reports with exceptions
    return parseRoot(YAML::Load(std::string(text)));
  } catch (const YAML::Exception &error) {
    return Status(StatusCode::InvalidArgument,
                  "line " + std::to_string(error.mark.line + 1) + ": " +
                      error.msg);
  }
}

Result<WeightPolicy> findPolicy(const std::string &nameOrPath) {
  if (std::optional<WeightPolicy> preset = WeightPolicy::find(nameOrPath))
    return *std::move(preset);
  auto file = g4rt::MappedFile::open(nameOrPath);
  if (!file)
    return Status(StatusCode::NotFound,
                  "weights must be a policy file or one of " +
                      listed(WeightPolicy::names()) + ", got " + nameOrPath);
  std::string_view text(reinterpret_cast<const char *>(file->bytes().data()),
                        file->bytes().size());
  auto policy = parsePolicy(text);
  if (!policy)
    return std::move(policy).error().during(nameOrPath);
  return policy;
}

} // namespace g4
