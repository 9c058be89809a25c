//===- SharedObject.cpp - Load code from memory ---------------------------===//

#include "runtime/device/cpu/SharedObject.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace g4rt {

static Status failure(StatusCode code, const std::string &what) {
  return Status(code, "loading CPU code: " + what);
}

static Status wrong(const std::string &what) {
  return failure(StatusCode::DataLoss, what);
}

static bool isForThisMachine(const Elf64_Ehdr &head) {
  return std::memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
         head.e_ident[EI_CLASS] == ELFCLASS64 &&
         head.e_ident[EI_DATA] == ELFDATA2LSB && head.e_type == ET_DYN &&
         head.e_machine == EM_X86_64;
}

// The dynamic loader maps what the headers say. Where the file is shorter, the
// process would die of SIGBUS at the first access.
static Status checkElf(std::span<const std::byte> bytes) {
  Elf64_Ehdr head;
  if (bytes.size() < sizeof(head))
    return wrong(std::to_string(bytes.size()) +
                 " bytes are not an ELF shared object");
  std::memcpy(&head, bytes.data(), sizeof(head));
  if (!isForThisMachine(head))
    return wrong("it is not an ELF shared object for x86-64");
  if (head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phoff > bytes.size() ||
      head.e_phnum > (bytes.size() - head.e_phoff) / sizeof(Elf64_Phdr))
    return wrong("its program headers lie outside of it");
  for (size_t i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + head.e_phoff + i * sizeof(segment),
                sizeof(segment));
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC)
      continue;
    if (segment.p_offset > bytes.size() ||
        segment.p_filesz > bytes.size() - segment.p_offset ||
        segment.p_filesz > segment.p_memsz)
      return wrong("segment " + std::to_string(i) + " ends outside of it");
  }
  return Status();
}

static bool writeAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return true;
}

Result<SharedObject> SharedObject::load(std::span<const std::byte> bytes) {
  G4RT_TRY(checkElf(bytes));
  SharedObject object(::memfd_create("g4-kernels", MFD_CLOEXEC));
  if (object.fd_ < 0 || !writeAll(object.fd_, bytes))
    return failure(StatusCode::ResourceExhausted,
                   std::string("memfd: ") + std::strerror(errno));
  std::string path = "/proc/self/fd/" + std::to_string(object.fd_);
  object.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object.handle_)
    return wrong(std::string("dlopen: ") + ::dlerror());
  return object;
}

SharedObject::~SharedObject() {
  if (handle_)
    ::dlclose(handle_);
  if (fd_ >= 0)
    ::close(fd_);
}

void *SharedObject::find(const char *symbol) const {
  return ::dlsym(handle_, symbol);
}

} // namespace g4rt
