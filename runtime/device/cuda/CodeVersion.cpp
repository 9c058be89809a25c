//===- CodeVersion.cpp - Which driver a code object needs -----------------===//

#include "runtime/device/cuda/CodeVersion.h"

#include <charconv>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace g4rt::cuda {

namespace {

struct PtxRow {
  int ptx, driver;
};

// "Release notes" of NVIDIA's PTX ISA: the first CUDA with each version.
constexpr PtxRow kPtxRows[] = {
    {70, 11000}, {71, 11010}, {72, 11020}, {73, 11030}, {74, 11040},
    {75, 11050}, {76, 11060}, {77, 11070}, {78, 11080}, {80, 12000},
    {81, 12010}, {82, 12020}, {83, 12030}, {84, 12040}, {85, 12050},
    {86, 12070}, {87, 12080}, {88, 12090}, {90, 13000}};

// Offsets in an ELF file's identification, and what CUDA 13 writes there.
constexpr size_t kAbiVersionAt = 8;
constexpr std::byte kAbiOfCuda13{8};

int driverOfPtx(int ptx) {
  for (const PtxRow &row : kPtxRows)
    if (row.ptx >= ptx)
      return row.driver;
  return std::rbegin(kPtxRows)->driver;
}

/// The number after ".version ", "8.0" as 80; 0 if there is none near the
/// start.
int ptxVersion(std::string_view text) {
  constexpr std::string_view kDirective = ".version ";
  size_t at = text.substr(0, 4096).find(kDirective);
  if (at == std::string_view::npos)
    return 0;
  text.remove_prefix(at + kDirective.size());
  const char *end = text.data() + text.size();
  int major = 0, minor = 0;
  auto [dot, error] = std::from_chars(text.data(), end, major);
  if (error != std::errc() || dot == end || *dot != '.' || major > 99)
    return 0;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc() || minor > 9)
    return 0;
  return major * 10 + minor;
}

} // namespace

int neededDriverVersion(artifact::CodeFormat format,
                        std::span<const std::byte> code) {
  if (format == artifact::CodeFormat::ptx) {
    std::string_view text(reinterpret_cast<const char *>(code.data()),
                          code.size());
    int version = ptxVersion(text);
    return version == 0 ? 0 : driverOfPtx(version);
  }
  bool isNew = format == artifact::CodeFormat::cubin &&
               code.size() > kAbiVersionAt &&
               code[kAbiVersionAt] == kAbiOfCuda13;
  return isNew ? 13000 : 0;
}

} // namespace g4rt::cuda
