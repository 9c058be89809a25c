//===- Banner.cpp - What a server says when it is ready -------------------===//

#include "tools/g4rt/Banner.h"

#include "runtime/base/SystemMemory.h"

#include <cstdio>
#include <optional>

namespace g4rt {

static void printRow(const char *title, const char *what, uint64_t bytes,
                     const std::string &note) {
  std::printf("%-10s %-15s %10s  %s\n", title, what, byteText(bytes).c_str(),
              note.c_str());
}

static bool isOnGpu(const artifact::Artifact &root, const std::string &target) {
  for (const artifact::Variant *variant : *root.variants())
    if (variant->target()->string_view() == target)
      return variant->device() != artifact::DeviceKind::cpu;
  return false;
}

static const char *originOf(const artifact::Artifact &root, bool isOnGpu) {
  for (const artifact::Weight *weight : *root.weights())
    if (weight->synthetic())
      return "synthetic: made at load from a seed";
  return isOnGpu ? "uploaded from the file" : "mapped from the file";
}

/// With less memory than all sessions want at once, they share the pages.
static std::string sessionText(const EngineFacts &engine) {
  const ExecutorLimits &limits = engine.limits;
  std::string text = std::to_string(limits.numSlots) + " sessions x " +
                     std::to_string(engine.maxModelLength) + " tokens";
  if (limits.numPages >= limits.numSlots * limits.pagesPerSlot)
    return text;
  return text + " at most, " +
         std::to_string(limits.numPages * limits.pageSize) + " in all";
}

static void printMemory(const artifact::Artifact &root,
                        const EngineFacts &engine) {
  const ExecutorLimits &limits = engine.limits;
  bool onGpu = isOnGpu(root, engine.target);
  printRow("memory", "weights", engine.weightBytes, originOf(root, onGpu));
  printRow("", "KV cache", engine.cacheBytes, sessionText(engine));
  printRow("", "working memory", engine.workingBytes,
           "steps of " + std::to_string(limits.maxStepTokens) + " tokens");
  // What is left of a GPU's memory its engine alone could say.
  auto available = onGpu ? std::nullopt : availableMemoryBytes();
  printRow("", "total",
           engine.weightBytes + engine.cacheBytes + engine.workingBytes,
           available ? byteText(*available) + " left" : "");
}

/// "http://127.0.0.1:8000", "http://[::1]:8000".
static std::string urlOf(const BannerFacts &facts) {
  bool isV6 = facts.address.find(':') != std::string::npos;
  return "http://" + (isV6 ? "[" + facts.address + "]" : facts.address) + ":" +
         std::to_string(facts.port);
}

void printBanner(const ArtifactFile &file, const EngineFacts &engine,
                 const BannerFacts &facts) {
  const artifact::Model &table = *file.root().model();
  const artifact::ChatTemplate *chatTemplate = file.root().chat_template();
  std::string url = urlOf(facts);
  std::printf("g4rt %s\n", G4_VERSION);
  std::printf("artifact   %s, %s, digest %s\n", file.path().c_str(),
              byteText(file.sizeBytes()).c_str(), file.digest().c_str());
  std::printf("model      %s (%s), %.1f M parameters, template %s\n",
              table.name()->c_str(), table.architecture()->c_str(),
              table.num_parameters() / 1e6,
              chatTemplate ? chatTemplate->name()->c_str() : "none");
  std::printf("variant    %s: %s\n", engine.target.c_str(),
              engine.reason.c_str());
  printMemory(file.root(), engine);
  std::printf("serving    %s at %s/v1%s\n\n", facts.name.c_str(), url.c_str(),
              facts.isInsecure ? ", WITHOUT A KEY, to everyone who reaches it"
                               : "");
  std::printf("  curl %s/v1/chat/completions -H 'Content-Type: "
              "application/json' -d '{\"model\":\"%s\",\"messages\":[{\"role\":"
              "\"user\",\"content\":\"Draw a large red circle.\"}]}'\n\n",
              url.c_str(), facts.name.c_str());
  std::fflush(stdout);
}

} // namespace g4rt
