//===- DumpRows.cpp - Tensors of a GGUF file as f32 -----------------------===//
//
// g4-dump-rows FILE.gguf: all rows of all tensors, in the order of their names,
// as f32 on stdout. What oracle scripts compare with other readers.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/gguf/GgufFile.h"

#include <cstdio>

using namespace g4;

static void dump(const MappedRows &rows) {
  std::vector<float> row(rows.numCols());
  for (int64_t i = 0; i < rows.numRows(); ++i) {
    rows.read(i, row);
    std::fwrite(row.data(), sizeof(float), row.size(), stdout);
  }
}

int main(int argc, char **argv) {
  auto file = argc == 2 ? GgufFile::open(argv[1])
                        : g4rt::Status(g4rt::StatusCode::InvalidArgument,
                                       "usage: g4-dump-rows FILE.gguf");
  if (!file) {
    std::fprintf(stderr, "%s\n", file.error().message().c_str());
    return 1;
  }
  for (const auto &[name, tensor] : file->tensors()) {
    MappedRows rows(name, tensor);
    if (rows.isReadable())
      dump(rows);
  }
}
