//===- Banner.cpp - What a server says when it is ready -------------------===//

#include "tools/g4rt/Banner.h"

#include "runtime/base/Log.h"
#include "runtime/base/Printable.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/base/TryWrite.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <unistd.h>

namespace g4rt {

/// `text` and spaces up to `width`.
static std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

static std::string row(const char *title, const char *what, uint64_t bytes,
                       const std::string &note) {
  std::string size = byteText(bytes);
  size.insert(0, 10 - std::min<size_t>(size.size(), 10), ' ');
  return padded(title, 11) + padded(what, 16) + size + "  " + note + "\n";
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

static std::string memoryText(const artifact::Artifact &root,
                              const EngineFacts &engine) {
  const ExecutorLimits &limits = engine.limits;
  bool onGpu = isOnGpu(root, engine.target);
  // What is left of a GPU's memory its engine alone could say.
  auto available = onGpu ? std::nullopt : availableMemoryBytes();
  return row("memory", "weights", engine.weightBytes, originOf(root, onGpu)) +
         row("", "KV cache", engine.cacheBytes, sessionText(engine)) +
         row("", "working memory", engine.workingBytes,
             "steps of " + std::to_string(limits.maxStepTokens) + " tokens") +
         row("", "total",
             engine.weightBytes + engine.cacheBytes + engine.workingBytes,
             available ? byteText(*available) + " left" : "");
}

/// "http://127.0.0.1:8000", "https://[::1]:8000"; over a socket file any name
/// will do.
static std::string urlOf(const BannerFacts &facts) {
  std::string scheme = facts.usesTls ? "https://" : "http://";
  if (!facts.socketPath.empty())
    return scheme + "localhost";
  bool isV6 = facts.address.find(':') != std::string::npos;
  return scheme + (isV6 ? "[" + facts.address + "]" : facts.address) + ":" +
         std::to_string(facts.port);
}

/// What curl needs to find a server that no address leads to.
static std::string curlOf(const BannerFacts &facts) {
  return facts.socketPath.empty()
             ? "curl "
             : "curl --unix-socket " + printable(facts.socketPath) + " ";
}

static std::string modelText(const artifact::Artifact &root) {
  const artifact::Model &table = *root.model();
  const artifact::ChatTemplate *chatTemplate = root.chat_template();
  char millions[32];
  std::snprintf(millions, sizeof(millions), "%.1f",
                table.num_parameters() / 1e6);
  return printable(table.name()->string_view()) + " (" +
         printable(table.architecture()->string_view()) + "), " + millions +
         " M parameters, template " +
         (chatTemplate ? printable(chatTemplate->name()->string_view())
                       : "none");
}

std::string bannerText(const ArtifactTables &file, const EngineFacts &engine,
                       const BannerFacts &facts) {
  std::string url = urlOf(facts), name = printable(facts.name);
  return "g4rt " G4_VERSION "\nartifact   " + printable(file.path()) + ", " +
         byteText(file.sizeBytes()) + ", digest " + file.digest() +
         "\nmodel      " + modelText(file.root()) + "\nvariant    " +
         printable(engine.target) + ": " + printable(engine.reason) + "\n" +
         memoryText(file.root(), engine) + "serving    " + name + " at " + url +
         "/v1" +
         (facts.isInsecure ? ", WITHOUT A KEY, to everyone who reaches it"
                           : "") +
         (facts.socketPath.empty()
              ? "\npage       " + url + "/"
              : "\nsocket     " + printable(facts.socketPath)) +
         "\n\n  " + curlOf(facts) + url +
         "/v1/chat/completions -H 'Content-Type: application/json' -d "
         "'{\"model\":\"" +
         name +
         "\",\"messages\":[{\"role\":\"user\",\"content\":\"Draw a large red "
         "circle.\"}]}'\n\n";
}

void printBanner(const std::string &text) {
  int out = openForTrying(STDOUT_FILENO);
  if (!tryWrite(out, text))
    logEvent(LogLevel::Warning, "serve", "banner_not_written");
  if (out != STDOUT_FILENO)
    ::close(out);
}

} // namespace g4rt
