//===- Gpu.cpp - Which GPUs a driver shows --------------------------------===//

#include "runtime/device/gpu/Gpu.h"

#include <cstdlib>

namespace g4rt::gpu {

std::string Gpu::text() const {
  return std::string(kind) + ":" + std::to_string(ordinal) + " " + name + " (" +
         uuid + ")";
}

int Questions::attribute(int which) {
  int value = 0;
  if (status.ok())
    status = driver.call<&DriverTable::deviceGetAttribute>(kLooking, &value,
                                                           which, device);
  return value;
}

std::string variablesText(std::initializer_list<const char *> names) {
  std::string text;
  for (const char *name : names)
    if (const char *value = std::getenv(name))
      text += std::string("; ") + name + " is \"" + value + "\"";
  return text;
}

static Result<Gpu> describe(Driver &driver, const GpuLook &look, int ordinal) {
  Gpu gpu{.kind = driver.facts().kind, .ordinal = ordinal};
  char name[256] = {};
  size_t bytes = 0;
  G4RT_TRY(
      driver.call<&DriverTable::deviceGet>(kLooking, &gpu.device, ordinal));
  G4RT_TRY(driver.call<&DriverTable::deviceGetName>(
      kLooking, name, int{sizeof(name)} - 1, gpu.device));
  G4RT_TRY(
      driver.call<&DriverTable::deviceTotalMem>(kLooking, &bytes, gpu.device));
  gpu.name = name;
  gpu.totalBytes = bytes;
  DriverUuid uuid = {};
  G4RT_TRY(
      driver.call<&DriverTable::deviceGetUuid>(kLooking, &uuid, gpu.device));
  gpu.uuid = look.uuidText(gpu, uuid);
  G4RT_TRY(look.describe(driver, gpu));
  return gpu;
}

static Status noGpu(const GpuLook &look) {
  return Status(StatusCode::NotFound, std::string("no ") + look.maker +
                                          " GPU is visible" +
                                          look.whatHidesAll());
}

Result<std::vector<Gpu>> listGpus(const DriverTable &table,
                                  const GpuLook &look) {
  DriverResult started = table.init.call(0);
  if (started == kNoDevice)
    return noGpu(look);
  Driver driver(table);
  if (started != kSuccess)
    return Status(StatusCode::Unavailable,
                  std::string("starting the ") + driver.facts().api +
                      " driver: " + table.init.symbol + ": " +
                      driver.errorText(started));
  int count = 0;
  DriverResult counted = table.deviceGetCount.call(&count);
  if (counted == kNoDevice)
    return noGpu(look);
  G4RT_TRY(driver.check(counted, table.deviceGetCount.symbol, "counting GPUs"));
  if (count == 0)
    return noGpu(look);
  std::vector<Gpu> gpus;
  for (int i = 0; i < count; ++i) {
    G4RT_ASSIGN(Gpu gpu, describe(driver, look, i));
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

Result<Gpu> findGpu(const DriverTable &table, const GpuLook &look,
                    int ordinal) {
  G4RT_ASSIGN(std::vector<Gpu> gpus, listGpus(table, look));
  if (ordinal >= 0 && static_cast<size_t>(ordinal) < gpus.size())
    return gpus[static_cast<size_t>(ordinal)];
  std::string all;
  for (const Gpu &gpu : gpus)
    all += (all.empty() ? "" : ", ") + gpu.text();
  return Status(StatusCode::InvalidArgument,
                std::string(table.facts->kind) + ":" + std::to_string(ordinal) +
                    ": no such GPU; " + std::to_string(gpus.size()) +
                    (gpus.size() == 1 ? " is" : " are") + " visible: " + all +
                    look.whatHides());
}

} // namespace g4rt::gpu
