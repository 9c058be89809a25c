//===- Output.cpp - What g4-interp leaves ---------------------------------===//

#include "tools/g4-interp/Output.h"

#include "models/checkpoint/Safetensors.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/NpyHeader.h"

#include <cstdio>

namespace g4 {

void printTensor(const std::string &name, const GraphTensor &tensor) {
  std::printf("%s %s\n", name.c_str(), shapeText(tensor.shape).c_str());
  for (int64_t i = 0; i < tensor.numRows(); ++i) {
    const char *separator = "";
    for (double element : tensor.row(i)) {
      std::printf("%s%.6g", separator, element);
      separator = " ";
    }
    std::printf("\n");
  }
}

g4rt::Status writeNpy(const std::string &folder, const std::string &name,
                      const GraphTensor &tensor) {
  if (name.find('/') != std::string::npos)
    return g4rt::Status(g4rt::StatusCode::InvalidArgument,
                        "tap " + name + ": not a name for a file");
  std::string shape;
  for (int64_t size : tensor.shape)
    shape += std::to_string(size) + ",";
  std::string file = g4rt::npyHeader("<f8", "(" + shape + ")");
  auto bytes = std::as_bytes(std::span(tensor.elements));
  file.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  return g4rt::writeFileAtomically(
      folder + "/" + name + ".npy",
      std::as_bytes(std::span(std::as_const(file))));
}

} // namespace g4
