//===- WeightFiles.cpp - Which files of a folder hold the weights ---------===//

#include "models/checkpoint/WeightFiles.h"

#include "runtime/base/Json.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

constexpr const char *kSingleFile = "model.safetensors";
constexpr const char *kIndexFile = "model.safetensors.index.json";

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

static bool exists(const std::string &path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

static bool isPlainName(const std::string &name) {
  return !name.empty() && name[0] != '.' &&
         name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

/// The shards that the index names, each once.
static Result<std::set<std::string>> shardsOf(const std::string &indexPath) {
  G4RT_ASSIGN(json::value index, g4rt::parseJsonFile(indexPath));
  const json::object *root = index.if_object();
  if (!root)
    return invalid(indexPath + ": must hold a JSON object");
  const json::value *map = root->if_contains("weight_map");
  if (!map || !map->is_object())
    return invalid(indexPath + ": weight_map must be an object");
  std::set<std::string> shards;
  for (const auto &entry : map->get_object()) {
    const json::string *file = entry.value().if_string();
    if (!file)
      return invalid(indexPath + ": weight_map." + std::string(entry.key()) +
                     " must be a file name");
    std::string name(*file);
    if (!isPlainName(name))
      return invalid(indexPath + ": shard \"" + name +
                     "\" is not a plain file name");
    shards.insert(std::move(name));
  }
  return shards;
}

/// The files in the folder whose names begin and end so, sorted.
static std::vector<std::string> filesNamed(const std::string &folder,
                                           std::string_view begin,
                                           std::string_view end) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto &entry :
       std::filesystem::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end))
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The number of shards that "model-00002-of-00003.safetensors" says; 0 for
/// another name.
static size_t numShardsOf(std::string_view name) {
  size_t at = name.find("-of-");
  size_t count = 0;
  if (at != name.npos)
    std::from_chars(name.data() + at + 4, name.data() + name.size(), count);
  return count;
}

static Result<WeightFiles> shardsWithoutIndex(const std::string &folder) {
  WeightFiles files;
  files.names = filesNamed(folder, "model-", ".safetensors");
  std::erase_if(files.names,
                [](const auto &name) { return numShardsOf(name) == 0; });
  if (files.names.empty())
    return files;
  size_t count = numShardsOf(files.names[0]);
  if (files.names.size() != count || numShardsOf(files.names.back()) != count)
    return invalid(folder + ": " + std::to_string(files.names.size()) +
                   " files named as shards and no " + kIndexFile + "; " +
                   files.names[0] + " needs " + std::to_string(count));
  files.origin = std::to_string(count) + " shards without an index";
  return files;
}

/// Says what is wrong with a folder whose weights are of another kind.
static Status refuseOtherWeights(const std::string &folder) {
  if (exists(folder + "/adapter_model.safetensors"))
    return Status(StatusCode::Unimplemented,
                  folder + ": holds an adapter (adapter_model.safetensors) "
                           "and no model; merge it into its base model first");
  std::vector<std::string> pickles =
      filesNamed(folder, "pytorch_model", ".bin");
  if (!pickles.empty())
    return Status(StatusCode::Unimplemented,
                  folder + "/" + pickles[0] +
                      ": pickles are programs and are not read; save the "
                      "model as safetensors");
  return Status();
}

Result<WeightFiles> findWeightFiles(const std::string &folder) {
  bool hasSingle = exists(folder + "/" + kSingleFile);
  if (exists(folder + "/" + kIndexFile)) {
    Result<std::set<std::string>> shards = shardsOf(folder + "/" + kIndexFile);
    bool usesShards =
        shards && (!hasSingle ||
                   (shards->contains(kSingleFile) &&
                    std::ranges::all_of(*shards, [&](const std::string &name) {
                      return exists(folder + "/" + name);
                    })));
    if (usesShards)
      return WeightFiles{{shards->begin(), shards->end()},
                         std::to_string(shards->size()) + " files of " +
                             kIndexFile};
    if (!hasSingle)
      return std::move(shards).error();
  }
  if (hasSingle)
    return WeightFiles{{kSingleFile}, kSingleFile};
  G4RT_ASSIGN(WeightFiles files, shardsWithoutIndex(folder));
  if (files.names.empty())
    G4RT_TRY(refuseOtherWeights(folder));
  return files;
}

} // namespace g4
