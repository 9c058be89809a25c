// Any bytes as a GGUF file: rows of what is accepted lie inside of it, and all
// that a model of it would be made of is there or refused.

#include "models/checkpoint/TokenizerJson.h"
#include "models/checkpoint/gguf/GgufFile.h"
#include "models/gemma4/Config.h"
#include "models/gemma4/gguf/Gguf.h"
#include "models/gemma4/gguf/Mmproj.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

/// First, middle and last: the rest is like them.
static void readRows(const g4::RowSource &source) {
  if (!source.isReadable() || source.numCols() > 1 << 20)
    return;
  std::vector<float> row(source.numCols());
  for (int64_t i : {int64_t{0}, source.numRows() / 2, source.numRows() - 1}) {
    source.read(i, row);
    for (std::byte byte : source.storedRow(i))
      asm volatile("" : : "r"(byte));
  }
}

static void readModel(g4::GgufFile file) {
  auto model = g4::gemma4::openGguf(std::move(file));
  if (!model)
    return;
  for (const auto &[name, source] : model->sources)
    readRows(*source);
  auto config = g4::gemma4::parseTextConfig(model->config);
  require(!config || config->numLayers() > 0, "a model has layers");
  flatbuffers::FlatBufferBuilder builder;
  if (auto tokenizer = model->readTokenizer())
    (void)g4::importParsedTokenizer(*tokenizer, builder);
}

static void readTower(g4::GgufFile file) {
  auto tower = g4::gemma4::openMmproj(std::move(file));
  if (!tower)
    return;
  for (const auto &[name, source] : tower->sources)
    readRows(*source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  FuzzFile bytes(textOf(data, size));
  auto file = g4::GgufFile::open(bytes.path());
  if (!file)
    return 0;
  size_t sum = 0;
  for (const auto &[name, tensor] : file->tensors()) {
    sum += tensor.bytes.size();
    readRows(g4::MappedRows(name, tensor));
  }
  require(sum <= size, "tensors do not overlap");
  for (const auto &[key, value] : file->metadata())
    (void)value.toJson();
  readModel(*std::move(file));
  readTower(*g4::GgufFile::open(bytes.path()));
  return 0;
}
