//===- Machine.cpp - A GPU as the timing model sees it --------------------===//

#include "runtime/device/Machine.h"

#include "runtime/base/Json.h"
#include "runtime/device/CardsJson.h"

namespace g4rt {

/// "8.9" or "gfx942": what the list calls a card's architecture.
static std::string architectureOf(const Card &card) {
  if (!card.gfx.empty())
    return card.gfx;
  return std::to_string(card.major) + "." + std::to_string(card.minor);
}

static Result<json::object> findArchitecture(const json::value &root,
                                             const std::string &name) {
  const json::object *object = root.if_object();
  const json::value *list =
      object ? object->if_contains("architectures") : nullptr;
  if (!list || !list->is_array())
    return Status(StatusCode::InvalidArgument, "architectures: needs a list");
  for (const json::value &value : list->get_array()) {
    const json::object *entry = value.if_object();
    const json::value *known = entry ? entry->if_contains("name") : nullptr;
    if (known && known->is_string() && known->get_string() == name)
      return *entry;
  }
  return Status(StatusCode::NotFound,
                "architecture " + name + ": no figures are known");
}

Result<Machine> readMachine(const Card &card, std::string_view text) {
  if (card.units == 0)
    return Status(StatusCode::NotFound,
                  "card " + card.name + ": its units and clock are not known");
  G4RT_ASSIGN(json::value root, parseJson(text));
  std::string name = architectureOf(card);
  G4RT_ASSIGN(json::object entry, findArchitecture(root, name));
  Machine machine{.name = card.name,
                  .units = card.units,
                  .clock = card.clock,
                  .cacheBytes = static_cast<double>(card.cacheBytes)};
  double readShare = 0, matrixShare = 0, launch = 0;
  const std::pair<const char *, double *> keys[] = {
      {"warp", &machine.warp},
      {"schedulers", &machine.schedulers},
      {"issue_lanes", &machine.issueLanes},
      {"integer_lanes", &machine.integerLanes},
      {"special_lanes", &machine.specialLanes},
      {"shared_bytes", &machine.sharedRate},
      {"l2_bytes", &machine.cacheRate},
      {"matrix_share", &matrixShare},
      {"registers", &machine.registers},
      {"shared_kib", &machine.sharedBytes},
      {"block_shared_kib", &machine.blockSharedBytes},
      {"threads", &machine.threads},
      {"blocks", &machine.blocks},
      {"l2_latency", &machine.cacheLatency},
      {"memory_latency", &machine.memoryLatency},
      {"barrier_latency", &machine.barrierLatency},
      {"launch_us", &launch},
      {"read_share", &readShare}};
  for (auto [key, number] : keys) {
    const json::value *value = entry.if_contains(key);
    if (!value || !value->is_number())
      return Status(StatusCode::InvalidArgument,
                    "architecture " + name + ": " + key + " needs a number");
    *number = value->to_number<double>();
    // A system may take nothing of a block's shared memory.
    bool mayBeZero = number == &machine.blockSharedBytes;
    if (!(*number > 0 || (mayBeZero && *number == 0)) || *number > 1e9)
      return Status(StatusCode::InvalidArgument,
                    "architecture " + name + ": " + key + " is out of range");
  }
  if (readShare > 1 || matrixShare > 1)
    return Status(StatusCode::InvalidArgument,
                  "architecture " + name + ": a share is above 1");
  machine.sharedBytes *= 1024;
  machine.blockSharedBytes *= 1024;
  machine.launchSeconds = launch * 1e-6;
  machine.readBandwidth = card.bandwidth * readShare;
  machine.matrixRate =
      card.matrixProducts * matrixShare / (card.units * card.clock);
  if (const json::value *source = entry.if_contains("source");
      source && source->is_string())
    machine.source = source->get_string();
  return machine;
}

Result<Machine> machineOf(const Card &card) {
  return readMachine(card, kCardsJson);
}

} // namespace g4rt
