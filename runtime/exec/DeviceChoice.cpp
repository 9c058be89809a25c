//===- DeviceChoice.cpp - Which device runs a model -----------------------===//

#include "runtime/exec/DeviceChoice.h"

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/device/hip/HipDevice.h"

#include <charconv>
#include <map>
#include <string>

namespace g4rt {

/// N of "KIND:N", 0 of "KIND"; none of any other text.
static std::optional<int> ordinalIn(std::string_view text,
                                    std::string_view kind) {
  if (text == kind)
    return 0;
  if (!text.starts_with(kind) || text.substr(kind.size(), 1) != ":")
    return {};
  text.remove_prefix(kind.size() + 1);
  int ordinal = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, ordinal);
  if (error != std::errc() || rest != end || text[0] == '-')
    return {};
  return ordinal;
}

Result<DeviceName> parseDeviceName(std::string_view text) {
  if (text == "auto")
    return DeviceName{};
  if (text == "cpu")
    return DeviceName{artifact::DeviceKind::cpu, 0};
  for (auto kind : {artifact::DeviceKind::cuda, artifact::DeviceKind::hip})
    if (auto ordinal = ordinalIn(text, artifact::EnumNameDeviceKind(kind)))
      return DeviceName{kind, *ordinal};
  return Status(StatusCode::InvalidArgument,
                "device " + std::string(text) +
                    ": needs auto, cpu, cuda, cuda:N, hip or hip:N");
}

DeviceOpener machineDevices(int numThreads, Heartbeat *heartbeat) {
  return
      [numThreads, heartbeat](artifact::DeviceKind kind,
                              int ordinal) -> Result<std::unique_ptr<Device>> {
        switch (kind) {
        case artifact::DeviceKind::cpu:
          return createCpuDevice(numThreads, heartbeat);
        case artifact::DeviceKind::cuda:
          return createCudaDevice(ordinal);
        case artifact::DeviceKind::hip:
          return createHipDevice(ordinal);
        }
        return Status(StatusCode::NotFound, "this g4rt drives no such device");
      };
}

/// The first variant whose device opens.
static Result<DeviceChoice> chooseAutomatically(const artifact::Artifact &root,
                                                const DeviceOpener &open) {
  std::map<artifact::DeviceKind, std::unique_ptr<Device>> devices;
  std::map<artifact::DeviceKind, std::string> missing;
  std::string passed;
  for (const artifact::Variant *variant : *root.variants()) {
    artifact::DeviceKind kind = variant->device();
    if (!devices.contains(kind) && !missing.contains(kind)) {
      Result<std::unique_ptr<Device>> device = open(kind, 0);
      if (device)
        devices[kind] = *std::move(device);
      else if (device.error().code() == StatusCode::NotFound)
        missing[kind] = device.error().message();
      else
        return std::move(device).error();
    }
    bool isThere = devices.contains(kind);
    std::string why =
        isThere ? whyNot(*variant, *devices[kind]) : missing[kind];
    if (why.empty())
      return DeviceChoice{std::move(devices[kind]),
                          {variant, choiceReason(passed)}};
    passed += (passed.empty() ? "" : ", ") + variant->target()->str() + " (" +
              why + ")";
  }
  std::string target = "native";
  for (const auto &[kind, device] : devices)
    if (kind != artifact::DeviceKind::cpu && target == "native")
      target = device->targetName();
  return Status(StatusCode::NotFound,
                "no variant runs on this machine; the file has " +
                    (passed.empty() ? "none" : passed) + howToAdd(target));
}

Result<DeviceChoice> chooseDevice(const artifact::Artifact &root,
                                  const DeviceName &name,
                                  const DeviceOpener &open) {
  if (!name.kind)
    return chooseAutomatically(root, open);
  G4RT_ASSIGN(std::unique_ptr<Device> device, open(*name.kind, name.ordinal));
  G4RT_ASSIGN(VariantChoice variant, chooseVariant(root, *device));
  return DeviceChoice{std::move(device), std::move(variant)};
}

} // namespace g4rt
