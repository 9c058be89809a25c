//===- TempFolder.h - A folder for the files of one test --------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_TEMPFOLDER_H
#define G4_TEST_SUPPORT_TEMPFOLDER_H

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace g4rt {

/// Removed with everything in it when the test ends.
class TempFolder {
public:
  TempFolder() : path_(testing::TempDir() + "/g4-XXXXXX") {
    if (!::mkdtemp(path_.data()))
      std::abort();
  }
  TempFolder(const TempFolder &) = delete;
  TempFolder &operator=(const TempFolder &) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string &name) const { return path_ + "/" + name; }

  /// A file of these bytes; gives its path.
  std::string write(const std::string &name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

  size_t numFiles() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path_), {}));
  }

private:
  std::string path_;
};

inline std::string readWholeFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::span<const std::byte> bytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace g4rt

#endif // G4_TEST_SUPPORT_TEMPFOLDER_H
