// write-text-tables FOLDER: seeds of fuzz-text-tables, and beside that folder
// those of fuzz-tokenizer-json and fuzz-artifact.

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <fstream>

#include "test/support/TestChatTemplate.h"
#include "test/support/TestTokenizer.h"
#include "test/support/ToyModel.h"

using namespace g4rt;

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  TestTokenizer tokenizer(tinyTokenizerJson());
  TestChatTemplate large(g4::gemma4::TemplateVariant::Large);
  std::ofstream(std::string(argv[1]) + "/tokenizer", std::ios::binary)
      << '\1' << tokenizer.bytes();
  std::ofstream(std::string(argv[1]) + "/template", std::ios::binary)
      << '\0' << large.bytes();
  std::ofstream(std::string(argv[1]) + "/../tokenizer-json/tiny.json")
      << tinyTokenizerJson();
  // Without its code, which is not run: a mutation shall hit tables.
  ToyModel toy;
  toy.data.resize(toy.code().data->offset() - kHeadBytes + 8);
  *toy.code().data = artifact::Span(toy.code().data->offset(), 8);
  std::string_view code =
      std::string_view(toy.data).substr(toy.code().data->offset() - kHeadBytes);
  toy.code().checksum = checksum(std::as_bytes(std::span(code)));
  std::ofstream(std::string(argv[1]) + "/../artifact/toy.g4", std::ios::binary)
      << toy.file();
  return 0;
}
