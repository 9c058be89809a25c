//===- Doctor.cpp - g4rt doctor -------------------------------------------===//

#include "runtime/base/Printable.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/device/cuda/Gpu.h"
#include "runtime/device/hip/Gpu.h"
#include "runtime/exec/Canary.h"
#include "runtime/exec/VariantChoice.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/ModelFlags.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace g4rt {

namespace {

/// Looks at one device after the other and prints what it finds.
class Doctor {
public:
  Doctor(ModelFlags flags, const ArtifactTables &tables)
      : flags_(std::move(flags)), root_(tables.root()) {}

  /// All devices of the machine, or the one that was asked for.
  void lookAt(const DeviceName &wanted);
  /// The verdict, and the exit code.
  int conclude() const;

private:
  void lookAtCpu();
  void lookAtCuda(const DeviceName &wanted);
  void lookAtHip(const DeviceName &wanted);
  void lookAtGpus(const Result<std::vector<gpu::Gpu>> &gpus,
                  const DeviceName &wanted);
  bool tellVariants(const DeviceName &name);
  void tryDevice(const DeviceName &name, const std::string &flag);
  Status load(const std::string &flag);
  void note(const Status &status);

  ModelFlags flags_;
  const artifact::Artifact &root_;
  std::vector<std::string> serving_; // values of --device
  /// Why the first device does not, one that has code for it if there is one.
  Status first_;
};

} // namespace

/// At once: what comes next may take minutes.
static void tellDevice(const std::string &line) {
  std::printf("%s\n", printable(line).c_str());
  std::fflush(stdout);
}

/// A line about the device that was named last.
static void tell(const std::string &line) { tellDevice("  " + line); }

/// A plan that does not fit has several lines.
static void tellLines(std::string_view text) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    tell(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Doctor::note(const Status &status) {
  tellLines("no: " + status.message());
  bool isAbsence = status.code() == StatusCode::NotFound;
  if (first_.ok() || (first_.code() == StatusCode::NotFound && !isAbsence))
    first_ = status;
}

void Doctor::lookAt(const DeviceName &wanted) {
  auto isWanted = [&](artifact::DeviceKind kind) {
    return !wanted.kind || *wanted.kind == kind;
  };
  if (isWanted(artifact::DeviceKind::cpu))
    lookAtCpu();
  if (isWanted(artifact::DeviceKind::cuda))
    lookAtCuda(wanted);
  if (isWanted(artifact::DeviceKind::hip))
    lookAtHip(wanted);
}

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

/// Of the features that the file's CPU code may need, those that are here.
static std::string cpuFeatures(const artifact::Artifact &root,
                               const Device &device) {
  std::set<std::string> names;
  for (const artifact::Variant *variant : *root.variants())
    if (variant->device() == artifact::DeviceKind::cpu)
      for (const auto *feature : *variant->features())
        if (device.hasFeature(feature->string_view()))
          names.insert(feature->str());
  std::string text;
  for (const std::string &name : names)
    text += " " + name;
  return text;
}

void Doctor::lookAtCpu() {
  DeviceName name{artifact::DeviceKind::cpu, 0};
  auto device = machineDevices(flags_.threads)(*name.kind, name.ordinal);
  tellDevice("cpu");
  if (!device)
    return note(device.error());
  std::string features = cpuFeatures(root_, **device);
  if (!features.empty())
    tell("features" + features);
  if (auto bytes = availableMemoryBytes())
    tell("memory " + byteText(*bytes) + " available");
  tryDevice(name, "cpu");
}

void Doctor::lookAtCuda(const DeviceName &wanted) {
  auto driver = cuda::loadDriver();
  int version = 0;
  if (!driver) {
    tellDevice("cuda");
    return note(driver.error());
  }
  if (driver->driverGetVersion.call(&version) == gpu::kSuccess)
    tellDevice("cuda, driver for CUDA " + cuda::driverVersionText(version));
  lookAtGpus(gpu::listGpus(*driver, cuda::nvidiaGpus()), wanted);
}

void Doctor::lookAtHip(const DeviceName &wanted) {
  auto driver = hip::loadDriver();
  int version = 0;
  if (!driver) {
    tellDevice("hip");
    return note(driver.error());
  }
  if (driver->driverGetVersion.call(&version) == gpu::kSuccess)
    tellDevice("hip, runtime HIP " + hip::driverVersionText(version));
  lookAtGpus(gpu::listGpus(*driver, hip::amdGpus(*driver)), wanted);
}

/// "architecture gfx942", "compute capability 9.0".
static std::string archText(const gpu::Gpu &gpu) {
  if (!gpu.arch.empty())
    return "architecture " + gpu.arch;
  return "compute capability " + std::to_string(gpu.major) + "." +
         std::to_string(gpu.minor);
}

void Doctor::lookAtGpus(const Result<std::vector<gpu::Gpu>> &gpus,
                        const DeviceName &wanted) {
  if (!gpus)
    return note(gpus.error());
  bool isThere = false;
  for (const gpu::Gpu &gpu : *gpus) {
    if (wanted.kind && wanted.ordinal != gpu.ordinal)
      continue;
    isThere = true;
    tellDevice(gpu.text());
    std::string flag =
        std::string(gpu.kind) + ":" + std::to_string(gpu.ordinal);
    tell(archText(gpu) + ", " + std::to_string(gpu.numMultiprocessors) +
         " compute units, memory " + byteText(gpu.totalBytes));
    tryDevice(*parseDeviceName(flag), flag);
  }
  if (!isThere)
    note(Status(StatusCode::InvalidArgument,
                "number " + std::to_string(wanted.ordinal) +
                    ": no such GPU; the visible ones are 0 to " +
                    std::to_string(gpus->size() - 1)));
}

//===----------------------------------------------------------------------===//
// What it can do with the file
//===----------------------------------------------------------------------===//

/// A line for each variant of the device's kind. False if none runs.
bool Doctor::tellVariants(const DeviceName &name) {
  auto device = machineDevices(flags_.threads)(*name.kind, name.ordinal);
  if (!device) {
    note(device.error());
    return false;
  }
  if (auto memory = (*device)->memory();
      memory && *name.kind != artifact::DeviceKind::cpu)
    tell("memory " + byteText(memory->freeBytes) + " free");
  bool doesRun = false;
  for (const artifact::Variant *variant : *root_.variants()) {
    if (variant->device() != *name.kind)
      continue;
    std::string why = whyNot(*variant, **device);
    tell("variant " + variant->target()->str() + ": " +
         (why.empty() ? "runs" : why));
    doesRun |= why.empty();
  }
  if (!doesRun)
    note(Status(StatusCode::NotFound, "the file has no code for it" +
                                          howToAdd((*device)->targetName())));
  return doesRun;
}

/// What a server would have there.
static Status tellPlan(const artifact::Artifact &root,
                       const ModelFlags &flags) {
  G4RT_ASSIGN(LoadOptions options, loadOptions(flags));
  G4RT_ASSIGN(LoadPlan plan, planLoad(root, options));
  G4RT_TRY(plan.fitted.fit);
  const MemoryPlan &memory = plan.fitted.memory;
  tell("plan " + byteText(neededBytes(memory)) + ": " +
       std::to_string(memory.limits.numSlots) + " sessions x " +
       std::to_string(plan.fitted.executor.maxModelLength) + " tokens");
  return Status();
}

static Status tellCanary(LoadedModel &model) {
  const artifact::Program &program = *model.variant().variant->program();
  G4RT_ASSIGN(std::vector<CanaryValue> values,
              measureCanary(model.file(), program, model.executor()));
  if (values.empty())
    tell("canary: the file has none");
  size_t numWrong = 0;
  for (const CanaryValue &value : values) {
    tell("canary " + value.text());
    numWrong += !value.isRight();
  }
  if (numWrong == 0)
    return Status();
  return Status(StatusCode::Internal,
                "this device does not compute what the compiler did: " +
                    std::to_string(numWrong) + " of " +
                    std::to_string(values.size()) +
                    " values of the canary are off");
}

/// Loads the model there, for one session, and compares every value of the
/// canary.
Status Doctor::load(const std::string &flag) {
  ModelFlags flags = flags_;
  flags.device = flag;
  G4RT_TRY(tellPlan(root_, flags));
  flags.maxNumSeqs = 1;
  flags.noVerify = true; // else a load compares the canary's values itself
  flags.verify = false;
  G4RT_ASSIGN(std::unique_ptr<LoadedModel> model, loadModel(flags));
  tell("loaded " + model->variant().variant->target()->str());
  return tellCanary(*model);
}

void Doctor::tryDevice(const DeviceName &name, const std::string &flag) {
  if (!tellVariants(name))
    return;
  if (Status status = load(flag); !status.ok())
    return note(status);
  serving_.push_back(flag);
  tell("yes: --device " + flag + " serves it");
}

int Doctor::conclude() const {
  std::string all;
  for (const std::string &flag : serving_)
    all += (all.empty() ? "" : ", ") + flag;
  std::printf("%s\n", all.empty() ? "nothing here serves this file"
                                  : ("serves on " + all).c_str());
  return serving_.empty() ? exitCodeOf(first_) : kExitOk;
}

static int runDoctor(const ModelFlags &flags) {
  auto wanted = parseDeviceName(flags.device);
  auto file = asModelError(OpenFile::open(flags.file));
  if (!file)
    return report(file.error());
  auto tables = ArtifactTables::read(*file);
  if (!tables)
    return report(tables.error());
  Doctor doctor(flags, *tables);
  doctor.lookAt(*wanted);
  return doctor.conclude();
}

Command addDoctor(CLI::App &app) {
  auto flags = std::make_shared<ModelFlags>();
  addModelFlags(app, *flags);
  app.footer("Loads FILE on every device of this machine, or on the one of "
             "--device, and compares the numbers that g4c stored in it. Exit "
             "code 0 if one of them serves it.");
  return [flags] { return runDoctor(*flags); };
}

} // namespace g4rt
