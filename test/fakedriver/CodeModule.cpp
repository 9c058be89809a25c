//===- CodeModule.cpp - Emulated code where a GPU's would be --------------===//

#include "test/fakedriver/CodeModule.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

/// The end of an ELF file: lld writes the section headers last.
static size_t sizeOf(const Elf64_Ehdr &head) {
  return std::max(head.e_phoff + size_t{head.e_phentsize} * head.e_phnum,
                  head.e_shoff + size_t{head.e_shentsize} * head.e_shnum);
}

/// Kernels call functions of the emulator in this library, which the program
/// has loaded for itself alone.
static void showOwnSymbols() {
  Dl_info own;
  if (::dladdr(reinterpret_cast<void *>(&emulatorSymbols), &own))
    ::dlopen(own.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

// The file stays open while the library is loaded: dlopen() knows libraries by
// their names, and the next one must not have this number.
static void *openImage(const void *image, size_t bytes, int &file) {
  file = ::memfd_create("emulated code", MFD_CLOEXEC);
  if (file < 0 || ::write(file, image, bytes) != static_cast<ssize_t>(bytes))
    return nullptr;
  return ::dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(),
                  RTLD_NOW | RTLD_LOCAL);
}

bool CodeModule::isFor(const DeviceSettings &device) const {
  auto *made = static_cast<int64_t *>(::dlsym(library_, kEmulatedCapability));
  return !made || face().runs(*made, device);
}

Result CodeModule::load(const void *image, const DeviceSettings &device,
                        std::string &log) {
  scratchBytes_ = face().scratchBytes(device);
  Elf64_Ehdr head;
  if (std::memcmp(image, ELFMAG, SELFMAG) != 0) {
    log = "this driver runs emulated code, not a text";
    return kNoBinaryForGpu;
  }
  std::memcpy(&head, image, sizeof(head));
  image_ = image;
  std::memcpy(head_.data(), image, head_.size());
  if (head.e_machine != EM_X86_64) {
    log = "this driver runs emulated code, not that of a GPU";
    return kNoBinaryForGpu;
  }
  showOwnSymbols();
  library_ = openImage(image, sizeOf(head), file_);
  if (library_ && isFor(device))
    return kSuccess;
  if (library_) {
    log = "the code is for another GPU";
    return kNoBinaryForGpu;
  }
  const char *error = ::dlerror();
  log = error ? error : "a file in memory cannot be written";
  return kInvalidImage;
}

bool CodeModule::hasImage() const {
  return !face().keepsImage ||
         std::memcmp(image_, head_.data(), head_.size()) == 0;
}

CodeModule::~CodeModule() {
  if (library_)
    ::dlclose(library_);
  if (file_ >= 0)
    ::close(file_);
}

Function *CodeModule::find(const std::string &name) {
  if (auto known = functions_.find(name); known != functions_.end())
    return known->second.get();
  void *code = ::dlsym(library_, name.c_str());
  void *info = ::dlsym(library_, (kEmulatedInfoPrefix + name).c_str());
  if (!code || !info)
    return nullptr;
  auto function = std::make_unique<Function>();
  function->name = name;
  function->maxDynamicSharedBytes = scratchBytes_;
  function->code = reinterpret_cast<EmulatedFunction>(code);
  std::memcpy(&function->info, info, sizeof(EmulatedInfo));
  return (functions_[name] = std::move(function)).get();
}

bool CodeModule::has(const void *function) const {
  return std::any_of(functions_.begin(), functions_.end(), [&](auto &entry) {
    return entry.second.get() == function;
  });
}

} // namespace g4::fakedriver
