//===- OlderLibc.cpp - Functions that older C libraries lack --------------===//
//
// With G4_STATIC the C++ library of the build machine is part of the programs,
// and wants what glibc 2.35 and 2.36 brought. `--wrap` leads its calls here, so
// that glibc 2.34 will do.
//
//===----------------------------------------------------------------------===//

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <sys/random.h>

/// std::random_device.
extern "C" uint32_t __wrap_arc4random() {
  uint32_t number;
  if (getrandom(&number, sizeof(number), 0) != sizeof(number))
    abort();
  return number;
}

namespace {

/// An address of code, and what the object that has it says of itself.
struct Search {
  uintptr_t address;
  dl_find_object *result;
};

} // namespace

static int findIn(dl_phdr_info *info, size_t, void *data) {
  auto &[address, result] = *static_cast<Search *>(data);
  bool isInside = false;
  uintptr_t unwindTable = 0, begin = 0, end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    uintptr_t at = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME)
      unwindTable = at;
    if (segment.p_type != PT_LOAD)
      continue;
    begin = begin ? begin : at;
    end = at + segment.p_memsz;
    isInside |= address >= at && address < end;
  }
  if (!isInside || !unwindTable)
    return 0;
  *result = {};
  result->dlfo_map_start = reinterpret_cast<void *>(begin);
  result->dlfo_map_end = reinterpret_cast<void *>(end);
  result->dlfo_eh_frame = reinterpret_cast<void *>(unwindTable);
  return 1;
}

/// libgcc, for every frame that an exception passes. 0: found.
extern "C" int __wrap__dl_find_object(void *address, dl_find_object *result) {
  Search search{reinterpret_cast<uintptr_t>(address), result};
  return dl_iterate_phdr(findIn, &search) == 1 ? 0 : -1;
}
