//===- Fuzz.h - What the fuzz programs share --------------------*- C++ -*-===//

#ifndef G4_TEST_FUZZ_FUZZ_H
#define G4_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace g4rt {

inline std::string_view textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

/// A file of these bytes, for readers that open files. It is in memory and gone
/// with this object.
class FuzzFile {
public:
  explicit FuzzFile(std::string_view bytes)
      : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (fd_ < 0 || ::write(fd_, bytes.data(), bytes.size()) !=
                       static_cast<ssize_t>(bytes.size()))
      std::abort();
  }
  FuzzFile(const FuzzFile &) = delete;
  FuzzFile &operator=(const FuzzFile &) = delete;
  ~FuzzFile() { ::close(fd_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
  int fd_;
};

/// Ends the program, with the input saved, unless `holds`.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

} // namespace g4rt

#endif // G4_TEST_FUZZ_FUZZ_H
